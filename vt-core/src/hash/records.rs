//! Many small values of one length in bytes, in pieces that stay where they are.

use super::memory::Memory;

/// How many are in a piece, the last and a small one excepted: with so many of any
/// length a piece ends where a large page does.
const PIECE: usize = 1 << 21;

/// So many are moved while there are few: a piece would be too much for them.
const FEW: usize = 1 << 15;

/// How many there is room for at first.
const FIRST: usize = 64;

/// Grows without moving what is there: a vector that doubles needs three times the
/// memory for a moment, and pages that are asked for once more.
#[derive(Debug, Default)]
pub(super) struct Records<const N: usize> {
    pieces: Vec<Memory>,
    len: usize,
    room: usize,
}

impl<const N: usize> Records<N> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(super) fn push(&mut self, record: [u8; N]) {
        if self.len == self.room {
            self.grow();
        }
        self.len += 1;
        *self.at_mut(self.len - 1) = record;
    }

    #[inline(always)]
    pub(super) fn at(&self, place: usize) -> &[u8; N] {
        let (records, _) = self.pieces[place / PIECE].as_chunks();
        &records[place % PIECE]
    }

    #[inline(always)]
    pub(super) fn at_mut(&mut self, place: usize) -> &mut [u8; N] {
        let (records, _) = self.pieces[place / PIECE].as_chunks_mut();
        &mut records[place % PIECE]
    }

    /// Hands over all of them, and lets go of each piece after it.
    pub(super) fn drain(self) -> impl Iterator<Item = [u8; N]> {
        let mut left = self.len;
        let pieces = self.pieces.into_iter();
        pieces.flat_map(move |piece| {
            let count = left.min(PIECE);
            left -= count;
            (0..count).map(move |at| piece.as_chunks().0[at])
        })
    }

    #[cold]
    fn grow(&mut self) {
        let small = self.pieces.pop_if(|_| self.room < PIECE);
        let room = match self.room {
            0 => FIRST,
            room if room < FEW => room * 2,
            room => room - room % PIECE + PIECE,
        };
        let len = (room - self.pieces.len() * PIECE) * N;
        self.pieces.push(match small {
            Some(small) => small.longer(len),
            None => Memory::zeroed(len),
        });
        self.room = room;
    }
}

impl<const N: usize> Clone for Records<N> {
    fn clone(&self) -> Self {
        let mut clone = Self::default();
        (0..self.len).for_each(|place| clone.push(*self.at(place)));
        clone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: u32) -> Records<5> {
        let mut records = Records::default();
        for number in 0..count {
            let [a, b, c, d] = number.to_le_bytes();
            records.push([a, b, c, d, 7]);
        }
        records
    }

    fn number(record: &[u8; 5]) -> u32 {
        assert_eq!(record[4], 7);
        u32::from_le_bytes(*record.first_chunk().unwrap())
    }

    #[test]
    fn all_that_is_put_in_is_at_its_place() {
        let most = if cfg!(miri) { 300 } else { PIECE as u32 + 5 };
        for count in [0, 1, 64, 65, 200, most] {
            let records = numbers(count);
            assert_eq!(records.len(), count as usize);
            for place in 0..count {
                assert_eq!(number(records.at(place as usize)), place);
            }
            let clone = records.clone();
            assert!(clone.drain().map(|record| number(&record)).eq(0..count));
            assert!(records.drain().map(|record| number(&record)).eq(0..count));
        }
    }

    #[test]
    fn what_is_there_can_be_changed() {
        let mut records = numbers(100);
        *records.at_mut(70) = [1, 0, 0, 0, 7];
        assert_eq!(number(records.at(70)), 1);
        assert_eq!(number(records.at(71)), 71);
    }
}
