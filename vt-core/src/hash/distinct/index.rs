//! Where hashes are, by their keys.

use std::iter;

use super::super::{
    memory::Memory,
    simd::{Instructions, Portable},
};

/// Places by keys. Each bucket is one line of a processor's cache, and has its own
/// part of all keys: it is found by their highest bits. What does not fit goes
/// astray, into the next bucket that has room.
///
/// An entry is, from its highest bit on: whether it is astray, some of the key's
/// bits that come after those of the bucket, and the place plus one in as many bits
/// as there may be places. So most other hashes of a bucket can be told apart
/// without looking at them, and the index can be made twice as large by going
/// through it once.
#[derive(Debug)]
pub(super) struct Index {
    buckets: Memory,
    /// There are two to the power of so many buckets.
    bits: u32,
}

/// The entries, each as the processor has it.
pub(super) type Bucket = [[u8; 4]; SLOTS];

const SLOTS: usize = 16;
const SLOT_BITS: u32 = SLOTS.trailing_zeros();

/// How many of the slots are in use, on average, when the index grows: more, and
/// many entries would be astray.
const FULL: usize = 13;

const ASTRAY: u32 = 1 << 31;

/// The most buckets, by their bits: with more there is no bit left for [`ASTRAY`].
const MOST_BITS: u32 = 31 - SLOT_BITS;

impl Default for Index {
    fn default() -> Self {
        Self::of_bits(0)
    }
}

impl Index {
    fn of_bits(bits: u32) -> Self {
        assert!(bits <= MOST_BITS, "more than 1.7 thousand million hashes");
        let buckets = Memory::zeroed(size_of::<Bucket>() << bits);
        Self { buckets, bits }
    }

    /// Says whether it has to grow to know so many places.
    pub(super) const fn is_full(&self, places: usize) -> bool {
        places > FULL << self.bits
    }

    /// What there is to be looked at for a key, most likely all of it.
    #[inline(always)]
    pub(super) fn home_of(&self, key: u64) -> &Bucket {
        self.bucket(self.home(key))
    }

    /// A place that is likely to have the key.
    #[inline(always)]
    pub(super) fn first_alike(&self, key: u64, by: impl Instructions) -> Option<usize> {
        let bucket = self.home_of(key);
        alike(bucket, self.mark(key), self.place_bits(), by).next()
    }

    /// The place that has the key and is the same, or else takes the key for `place`.
    #[inline(always)]
    pub(super) fn find_or_insert(
        &mut self,
        key: u64,
        place: usize,
        is_same: impl Fn(usize) -> bool,
        by: impl Instructions,
    ) -> Option<usize> {
        let place_bits = self.place_bits();
        let mut mark = self.mark(key);
        let mut at = self.home(key);
        loop {
            let bucket = self.bucket_mut(at);
            let known = alike(bucket, mark, place_bits, by).find(|place| is_same(*place));
            if known.is_some() {
                return known;
            }
            let used = used(bucket, by);
            if let Some(free) = bucket.get_mut(used) {
                *free = (mark | (place + 1) as u32).to_ne_bytes();
                return None;
            }
            at = (at + 1) % (1 << self.bits);
            mark |= ASTRAY;
        }
    }

    /// The same, twice as large. It is told the keys of places it does not know.
    pub(super) fn grown(self, key: impl Fn(usize) -> u64) -> Self {
        let mut grown = Self::of_bits(self.bits + 1);
        let mut astray = Vec::new();
        let (slots, _) = grown.buckets.as_chunks_mut();
        let (pairs, _) = slots.as_chunks_mut::<SLOTS>().0.as_chunks_mut();
        for (bucket, pair) in self.buckets().iter().zip(pairs) {
            self.divide(bucket, pair, &mut astray);
        }
        // All keys before the first is put in: so they are read side by side.
        let astray: Vec<_> = astray.iter().map(|place| (key(*place), *place)).collect();
        for (key, place) in astray {
            grown.find_or_insert(key, place, |_| false, Portable);
        }
        grown
    }

    /// Shares out a bucket among two, whose keys are known by one bit less.
    fn divide(&self, bucket: &Bucket, pair: &mut [Bucket; 2], astray: &mut Vec<usize>) {
        let place_bits = self.place_bits();
        // Each entry goes to the end of both and counts in one, since which one that is
        // cannot be guessed.
        let mut halves = [[[0; 4]; SLOTS + 1]; 2];
        let mut counts = [0; 2];
        for entry in &bucket[..used(bucket, Portable)] {
            let entry = u32::from_ne_bytes(*entry);
            let place = entry & place_bits;
            if entry & ASTRAY != 0 {
                astray.push(place as usize - 1);
                continue;
            }
            // The first bit that is known of the key says in which half it is.
            let mark = (entry ^ place) << 1;
            let half = usize::from(mark & ASTRAY != 0);
            let moved = (mark & !ASTRAY | place).to_ne_bytes();
            halves[0][counts[0]] = moved;
            halves[1][counts[1]] = moved;
            counts[0] += 1 - half;
            counts[1] += half;
        }
        for (at, half) in halves.iter_mut().enumerate() {
            half[counts[at]] = [0; 4];
            pair[at].copy_from_slice(&half[..SLOTS]);
        }
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

    fn buckets(&self) -> &[Bucket] {
        self.buckets.as_chunks().0.as_chunks().0
    }

    #[inline(always)]
    fn bucket(&self, at: usize) -> &Bucket {
        &self.buckets()[at]
    }

    #[inline(always)]
    fn bucket_mut(&mut self, at: usize) -> &mut Bucket {
        &mut self.buckets.as_chunks_mut().0.as_chunks_mut().0[at]
    }
}

/// How many slots are in use: the first ones.
#[inline(always)]
fn used(bucket: &Bucket, by: impl Instructions) -> usize {
    by.find(bucket, u32::MAX, 0).trailing_zeros() as usize
}

/// The places of the entries with this mark.
#[inline(always)]
fn alike(
    bucket: &Bucket,
    mark: u32,
    place_bits: u32,
    by: impl Instructions,
) -> impl Iterator<Item = usize> {
    let mut rest = by.find(bucket, !place_bits, mark);
    iter::from_fn(move || {
        let entry = bucket.get(rest.trailing_zeros() as usize)?;
        rest &= rest - 1;
        Some(u32::from_ne_bytes(*entry) & place_bits)
    })
    .filter(|place| *place != 0)
    .map(|place| place as usize - 1)
}

#[cfg(test)]
mod tests {
    use std::mem;

    use fastrand::Rng;

    use super::*;

    #[test]
    fn keys_that_are_alike_are_told_apart() {
        // As if somebody had guessed the secret: all want the same few buckets.
        for keys in [1, 2, 3, 50] {
            let key = |place: usize| (place as u64 % keys) << 60 | u64::MAX >> 4;
            let mut index = Index::default();
            for place in 0..500 {
                if index.is_full(place + 1) {
                    index = mem::take(&mut index).grown(key);
                }
                let found = index.find_or_insert(key(place), place, |_| false, Portable);
                assert_eq!(found, None);
            }
            for place in 0..500 {
                let found = index.find_or_insert(key(place), 500, |other| other == place, Portable);
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
            if index.is_full(place + 1) {
                index = mem::take(&mut index).grown(|place| keys[place]);
                for (other, key) in keys[..place].iter().enumerate() {
                    let found = index.find_or_insert(*key, place, |place| place == other, Portable);
                    assert_eq!(found, Some(other), "after {place}");
                }
            }
            index.find_or_insert(*key, place, |_| false, Portable);
        }
        assert_eq!(index.buckets().len(), 512);
    }
}
