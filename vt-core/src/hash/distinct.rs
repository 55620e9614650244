//! A set of hashes that remembers in which order they came.

mod index;

use std::{
    hash::{BuildHasher, RandomState},
    mem,
};

use self::index::Index;
use super::{
    FileHash, HashKind, Occurrence,
    records::Records,
    simd::{Instructions, Job, Simd},
};

/// How long before a hash is put in it is asked for what is needed for it, in hashes:
/// that is all over the memory. Looked for only when its turn comes, it would be
/// waited for one after the other; here it comes side by side.
const AHEAD: usize = 32;

/// Where a hash is in the order of the distinct ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    New,
    Known(usize),
}

/// Distinct hashes, each by its place in the order in which they came.
///
/// A general map costs several times as much as finding the hashes does. Here a
/// hash takes its 33 bytes and five to ten for where it is.
#[derive(Debug)]
pub(super) struct Distinct {
    hashes: Records<{ FileHash::RECORD }>,
    index: Index,
    secret: [u64; 4],
}

impl Default for Distinct {
    fn default() -> Self {
        // Texts are hostile: nobody outside may know which digests are neighbours.
        let state = RandomState::new();
        Self {
            hashes: Records::default(),
            index: Index::default(),
            secret: [0, 1, 2, 3].map(|number| state.hash_one(number)),
        }
    }
}

impl Distinct {
    /// Puts hashes in, and tells of each its place and its line.
    pub(super) fn insert(&mut self, hashes: &[Occurrence], told: impl FnMut(Place, u64)) {
        Simd::detect().run(Insertion {
            distinct: self,
            hashes,
            told,
        });
    }

    /// The hashes, without what is needed to put more in.
    pub(super) fn into_hashes(self) -> Records<{ FileHash::RECORD }> {
        self.hashes
    }

    /// Makes room for so many more.
    fn reserve(&mut self, count: usize) {
        while self.index.is_full(self.hashes.len() + count) {
            let index = mem::take(&mut self.index);
            self.index =
                index.grown(|place| self.key(&FileHash::from_record(*self.hashes.at(place))));
        }
    }

    #[inline(always)]
    fn insert_one(&mut self, hash: &FileHash, key: u64, by: impl Instructions) -> Place {
        let record = hash.to_record();
        let is_same = |place: usize| *self.hashes.at(place) == record;
        let next = self.hashes.len();
        match self.index.find_or_insert(key, next, is_same, by) {
            Some(known) => Place::Known(known),
            None => {
                self.hashes.push(record);
                Place::New
            }
        }
    }

    /// 64 bits that are as random as the secret is.
    fn key(&self, hash: &FileHash) -> u64 {
        let [a, b, c, d] = hash.words();
        let [p, q, r, s] = self.secret;
        fold(fold(a ^ p, b ^ q) ^ r, fold(c ^ r, d ^ s) ^ p)
    }
}

/// Many hashes to put in, by the best instructions there are.
struct Insertion<'a, F> {
    distinct: &'a mut Distinct,
    hashes: &'a [Occurrence],
    told: F,
}

impl<F: FnMut(Place, u64)> Job for Insertion<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(mut self, by: impl Instructions) {
        let Self {
            distinct, hashes, ..
        } = self;
        distinct.reserve(hashes.len());
        let ahead = AHEAD.min(hashes.len());
        let mut keys = [0; AHEAD];
        for last in 0..hashes.len() + ahead {
            if let Some(at) = last.checked_sub(ahead) {
                let one = &hashes[at];
                let place = distinct.insert_one(&one.hash, keys[at % AHEAD], by);
                (self.told)(place, one.line);
            }
            if let Some(one) = hashes.get(last) {
                let key = distinct.key(&one.hash);
                keys[last % AHEAD] = key;
                by.fetch(distinct.index.home_of(key));
            }
            // By now that is there, and tells what else is needed.
            if let Some(at) = last.checked_sub(ahead / 2)
                && at < hashes.len()
                && let Some(place) = distinct.index.first_alike(keys[at % AHEAD], by)
            {
                by.fetch(distinct.hashes.at(place));
            }
        }
    }
}

impl FileHash {
    /// How many bytes it is as bytes alone.
    pub(super) const RECORD: usize = 33;

    /// All of it as bytes.
    #[inline(always)]
    fn to_record(self) -> [u8; Self::RECORD] {
        let mut record = [self.kind as u8; Self::RECORD];
        record[..32].copy_from_slice(&self.bytes);
        record
    }

    /// What was made a record of.
    #[inline(always)]
    pub(super) fn from_record(record: [u8; Self::RECORD]) -> Self {
        let [bytes @ .., kind] = record;
        // Of no other bytes are records made.
        let kind = HashKind::ALL[usize::from(kind)];
        Self { kind, bytes }
    }

    /// The bytes as numbers, for a hash table.
    fn words(&self) -> [u64; 4] {
        let (eights, _) = self.bytes.as_chunks();
        [0, 1, 2, 3].map(|at| u64::from_le_bytes(eights[at]))
    }
}

/// Both halves of a product: each bit of it depends on all of the factors.
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use fastrand::Rng;

    use super::*;

    #[test]
    fn it_tells_what_a_map_tells() {
        let mut random = Rng::with_seed(3);
        let count = if cfg!(miri) { 300 } else { 60_000 };
        let mut distinct = Distinct::default();
        let mut map = HashMap::new();
        let mut order = Vec::new();
        for _ in 0..10 {
            let batch: Vec<Occurrence> = (0..count)
                .map(|line| {
                    let number = random.u64(..count * 2);
                    let mut digest = [0; 32];
                    digest[..8].copy_from_slice(&number.to_le_bytes());
                    let hash = match number % 3 {
                        0 => FileHash::md5(*digest.first_chunk().unwrap()),
                        1 => FileHash::sha1(*digest.first_chunk().unwrap()),
                        _ => FileHash::sha256(digest),
                    };
                    Occurrence { hash, line }
                })
                .collect();
            let mut told = Vec::new();
            distinct.insert(&batch, |place, line| told.push((place, line)));
            let expected = batch.iter().map(|one| {
                let next = order.len();
                let place = *map.entry(one.hash).or_insert(next);
                if place == next {
                    order.push(one.hash);
                    (Place::New, one.line)
                } else {
                    (Place::Known(place), one.line)
                }
            });
            assert_eq!(told, expected.collect::<Vec<_>>());
        }
        let hashes: Vec<FileHash> = distinct
            .into_hashes()
            .drain()
            .map(FileHash::from_record)
            .collect();
        assert_eq!(hashes, order);
    }

    #[test]
    fn kinds_with_the_same_bytes_are_different_hashes() {
        let hashes = [
            FileHash::md5([0; 16]),
            FileHash::sha1([0; 20]),
            FileHash::sha256([0; 32]),
        ];
        let batch = hashes.map(|hash| Occurrence { hash, line: 1 });
        let mut distinct = Distinct::default();
        distinct.insert(&batch, |place, _| assert_eq!(place, Place::New));
        distinct.insert(&batch, |place, _| assert_ne!(place, Place::New));
        assert!(
            distinct
                .into_hashes()
                .drain()
                .map(FileHash::from_record)
                .eq(hashes)
        );
    }
}
