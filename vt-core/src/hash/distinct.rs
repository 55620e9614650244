//! A set of hashes that remembers in which order they came.

use std::{
    hash::{BuildHasher, RandomState},
    hint, mem,
};

use super::{
    FileHash, Occurrence,
    simd::{Instructions, Job, Simd},
};

/// How many hashes are put in at a time: what is needed for them stays in the
/// nearest cache of a processor.
const BATCH: usize = 256;

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
#[derive(Clone, Debug)]
pub(super) struct Distinct {
    hashes: Vec<FileHash>,
    index: Index,
    // Those of a batch, kept for the next one's.
    keys: Vec<u64>,
    // How many of a batch were there already: the next one is like it.
    known_before: usize,
    secret: [u64; 4],
}

impl Default for Distinct {
    fn default() -> Self {
        // Texts are hostile: nobody outside may know which digests are neighbours.
        let state = RandomState::new();
        Self {
            hashes: Vec::new(),
            index: Index::default(),
            keys: Vec::new(),
            known_before: 0,
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
    pub(super) fn into_hashes(self) -> Vec<FileHash> {
        self.hashes
    }

    /// Brings what is known of keys into the processor's caches.
    ///
    /// It is all over the memory. Asked for one after the other it would be waited
    /// for one after the other; here it comes side by side.
    #[inline(always)]
    fn fetch(&self, keys: &[u64], are_often_known: bool) {
        let buckets = keys.iter().map(|key| self.index.peek(*key));
        hint::black_box(buckets.fold(0, |all, entry| all ^ entry));
        if !are_often_known {
            return;
        }
        let alike = keys.iter().filter_map(|key| self.index.first_alike(*key));
        hint::black_box(alike.fold(0, |all, place| all ^ self.hashes[place].bytes[0]));
    }

    #[inline(always)]
    fn insert_one(&mut self, hash: &FileHash, key: u64) -> Place {
        let place = self.hashes.len();
        if self.index.is_full(place) {
            let index = mem::take(&mut self.index);
            self.index = index.grown(|place| self.key(&self.hashes[place]));
        }
        let is_same = |place: usize| self.hashes[place] == *hash;
        match self.index.find_or_insert(key, place, is_same) {
            Some(known) => Place::Known(known),
            None => {
                self.hashes.push(*hash);
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
    fn run(mut self, _: impl Instructions) {
        let distinct = self.distinct;
        let mut keys = mem::take(&mut distinct.keys);
        for batch in self.hashes.chunks(BATCH) {
            keys.clear();
            keys.extend(batch.iter().map(|one| distinct.key(&one.hash)));
            distinct.fetch(&keys, distinct.known_before > BATCH / 16);
            let before = distinct.hashes.len();
            for (one, key) in batch.iter().zip(&keys) {
                (self.told)(distinct.insert_one(&one.hash, *key), one.line);
            }
            distinct.known_before = batch.len() - (distinct.hashes.len() - before);
        }
        distinct.keys = keys;
    }
}

/// Both halves of a product: each bit of it depends on all of the factors.
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

/// Places by keys. Each bucket is one line of a processor's cache, and has its own
/// part of all keys: it is found by their highest bits. What does not fit goes
/// astray, into the next bucket that has room.
///
/// An entry is, from its highest bit on: whether it is astray, some of the key's
/// bits that come after those of the bucket, and the place plus one in as many bits
/// as there may be places. So most other hashes of a bucket can be told apart
/// without looking at them, and the index can be made twice as large by going
/// through it once.
#[derive(Clone, Debug, Default)]
struct Index {
    buckets: Vec<Bucket>,
    /// There are two to the power of so many buckets; none at first.
    bits: u32,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Bucket([u32; SLOTS]);

const SLOTS: usize = 16;
const SLOT_BITS: u32 = SLOTS.trailing_zeros();

/// How many of the slots are in use, on average, when the index grows: more, and
/// many entries would be astray.
const FULL: usize = 13;

const ASTRAY: u32 = 1 << 31;

/// The most buckets, by their bits: with more there is no bit left for [`ASTRAY`].
const MOST_BITS: u32 = 31 - SLOT_BITS;

impl Index {
    fn is_full(&self, places: usize) -> bool {
        places >= self.buckets.len() * FULL
    }

    /// Looks at where a key's entry would be.
    fn peek(&self, key: u64) -> u32 {
        let bucket = self.buckets.get(self.home(key));
        bucket.map_or(0, |bucket| bucket.0[0])
    }

    /// A place that is likely to have the key.
    #[inline(always)]
    fn first_alike(&self, key: u64) -> Option<usize> {
        let bucket = self.buckets.get(self.home(key))?;
        bucket.alike(self.mark(key), self.place_bits()).next()
    }

    /// The place that has the key and is the same, or else takes the key for `place`.
    #[inline(always)]
    fn find_or_insert(
        &mut self,
        key: u64,
        place: usize,
        is_same: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let place_bits = self.place_bits();
        let mut mark = self.mark(key);
        let mut at = self.home(key);
        loop {
            let bucket = &mut self.buckets[at];
            if let Some(known) = bucket.alike(mark, place_bits).find(|place| is_same(*place)) {
                return Some(known);
            }
            let used = bucket.used();
            if let Some(free) = bucket.0.get_mut(used) {
                *free = mark | (place + 1) as u32;
                return None;
            }
            at = (at + 1) % self.buckets.len();
            mark |= ASTRAY;
        }
    }

    /// The same, twice as large. It is told the keys of places it does not know.
    fn grown(self, key: impl Fn(usize) -> u64) -> Self {
        if self.buckets.is_empty() {
            let buckets = vec![Bucket::default()];
            return Self { buckets, bits: 0 };
        }
        let bits = self.bits + 1;
        assert!(bits <= MOST_BITS, "more than 1.7 thousand million hashes");
        let mut grown = Self {
            buckets: vec![Bucket::default(); 1 << bits],
            bits,
        };
        let mut others = Vec::new();
        let (halves, _) = grown.buckets.as_chunks_mut::<2>();
        for (bucket, halves) in self.buckets.iter().zip(halves) {
            let mut used = [0; 2];
            for entry in &bucket.0[..bucket.used()] {
                let place = entry & self.place_bits();
                // The first bit that is known of the key says in which half it is.
                let mark = (entry ^ place) << 1;
                let half = usize::from(mark & ASTRAY != 0);
                if entry & ASTRAY != 0 {
                    others.push(place as usize - 1);
                } else {
                    halves[half].0[used[half]] = mark & !ASTRAY | place;
                    used[half] += 1;
                }
            }
        }
        for place in others {
            grown.find_or_insert(key(place), place, |_| false);
        }
        grown
    }

    fn home(&self, key: u64) -> usize {
        // In two steps, since none of 64 bits may be left.
        (key >> 1 >> (63 - self.bits)) as usize
    }

    /// An entry with this key, less its place.
    fn mark(&self, key: u64) -> u32 {
        let known = key << self.bits >> 33;
        known as u32 & !self.place_bits()
    }

    const fn place_bits(&self) -> u32 {
        (1 << (self.bits + SLOT_BITS)) - 1
    }
}

impl Bucket {
    /// How many of its slots are in use: the first ones.
    #[inline(always)]
    fn used(&self) -> usize {
        // Where the last one is cannot be guessed: all are looked at, at once.
        self.0.iter().filter(|entry| **entry != 0).count()
    }

    /// The places of the entries with this mark.
    #[inline(always)]
    fn alike(&self, mark: u32, place_bits: u32) -> impl Iterator<Item = usize> {
        let is_alike = move |entry: &&u32| **entry & !place_bits == mark;
        let count = self.0.iter().filter(is_alike).count();
        let entries = if count == 0 { &[][..] } else { &self.0 };
        let places = entries
            .iter()
            .filter(is_alike)
            .map(move |entry| entry & place_bits);
        places
            .filter(|place| *place != 0)
            .map(|place| place as usize - 1)
    }
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
        assert_eq!(distinct.into_hashes(), order);
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
        assert_eq!(distinct.into_hashes(), hashes);
    }

    #[test]
    fn keys_that_are_alike_are_told_apart() {
        // As if somebody had guessed the secret: all want the same few buckets.
        for keys in [1, 2, 3, 50] {
            let key = |place: usize| (place as u64 % keys) << 60 | u64::MAX >> 4;
            let mut index = Index::default();
            for place in 0..500 {
                if index.is_full(place) {
                    index = mem::take(&mut index).grown(key);
                }
                let found = index.find_or_insert(key(place), place, |_| false);
                assert_eq!(found, None);
            }
            for place in 0..500 {
                let found = index.find_or_insert(key(place), 500, |other| other == place);
                assert_eq!(found, Some(place), "{keys} keys");
            }
        }
    }

    #[test]
    fn growing_loses_nothing() {
        let mut random = Rng::with_seed(8);
        let keys: Vec<u64> = (0..5_000).map(|_| random.u64(..)).collect();
        let mut index = Index::default();
        for (place, key) in keys.iter().enumerate() {
            if index.is_full(place) {
                index = mem::take(&mut index).grown(|place| keys[place]);
                for (other, key) in keys[..place].iter().enumerate() {
                    let found = index.find_or_insert(*key, place, |place| place == other);
                    assert_eq!(found, Some(other), "after {place}");
                }
            }
            index.find_or_insert(*key, place, |_| false);
        }
        assert_eq!(index.buckets.len(), 512);
    }
}
