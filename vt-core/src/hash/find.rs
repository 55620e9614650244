//! Finds long runs of hex digits, and counts lines, in a text as bits: the part of
//! extraction that looks at every byte.

use super::simd::{Instructions, Job, Marks, Simd};

/// The fewest digits that make a run worth looking at.
pub(super) const SHORTEST: usize = 30;

/// The length of a run that is at least so long: longer ones are measured only if
/// that matters.
pub(super) const LONG: usize = 64;

/// Bytes of text that stand for one [`Block`].
const BYTES: usize = 64;

/// The most places that are noted in one block: they have more than seven digits
/// in between, but where the block begins.
const MOST_ENDS: usize = BYTES / 8 + 1;

/// How many are noted in every block, whether there are so many or not.
const USUAL_ENDS: usize = 2;

/// A stretch of text: where its long runs of digits end, and where its lines do.
#[derive(Debug, Default)]
pub(super) struct Bitmap {
    // Those of the whole text, and one for the rest or for nothing, so that there
    // is a bit behind the last byte too.
    blocks: Vec<Block>,
    // The places behind runs, of which the first so many count.
    ends: Vec<u32>,
    end_count: usize,
    len: usize,
    line_ends: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    digits: u64,
    line_ends: u64,
    /// How many line ends are in the blocks before this one.
    ends_before: u32,
}

impl Bitmap {
    /// Reads a stretch of less than 4 GiB. A line feed at its beginning ends no line
    /// if it comes `after_return`: a CR has ended that line.
    pub(super) fn read(&mut self, text: &[u8], after_return: bool, simd: Simd) {
        simd.run(Read {
            bitmap: self,
            text,
            after_return,
        });
    }

    /// How many lines end in the stretch: each CR, and each LF not right after a CR,
    /// ends one.
    pub(super) const fn line_ends(&self) -> u32 {
        self.line_ends
    }

    /// How many lines end before a place in the stretch.
    #[inline(always)]
    pub(super) fn line_ends_before(&self, at: usize) -> u32 {
        let block = self.blocks[at / BYTES];
        block.ends_before + (block.line_ends & below(at)).count_ones()
    }

    /// How much memory it holds, in bytes.
    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        self.blocks.capacity() * size_of::<Block>() + self.ends.capacity() * size_of::<u32>()
    }

    /// How many digits the stretch ends with.
    pub(super) fn digits_at_end(&self) -> usize {
        self.len - self.first_digit(self.len)
    }

    /// Where the runs of at least [`SHORTEST`] hex digits end, in their order, and
    /// how long they are: [`LONG`] if they are longer. The last may go on after the
    /// stretch.
    #[inline(always)]
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, usize)> {
        let ends = self.ends[..self.end_count].iter().map(|end| *end as usize);
        let runs = ends.map(|end| (end, self.digits_before(end)));
        runs.filter(|(_, digits)| *digits >= SHORTEST)
    }

    /// How many digits end right before a place: [`LONG`] if there are more.
    #[inline(always)]
    fn digits_before(&self, end: usize) -> usize {
        let at = end / BYTES;
        let before = at.checked_sub(1).map_or(0, |at| self.blocks[at].digits);
        let digits = both(before, self.blocks[at].digits) >> (end % BYTES);
        (digits as u64).leading_ones() as usize
    }

    /// Where the digits begin that end right before a place.
    pub(super) fn first_digit(&self, end: usize) -> usize {
        let mut at = end / BYTES;
        let others = !self.blocks[at].digits & below(end);
        if others != 0 {
            return (at + 1) * BYTES - others.leading_zeros() as usize;
        }
        while at > 0 {
            at -= 1;
            let digits = self.blocks[at].digits.leading_ones() as usize;
            if digits < BYTES {
                return (at + 1) * BYTES - digits;
            }
        }
        0
    }
}

/// Reading is a job of its own: the registers are for its loop alone.
struct Read<'a> {
    bitmap: &'a mut Bitmap,
    text: &'a [u8],
    after_return: bool,
}

impl Job for Read<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, by: impl Instructions) {
        let Bitmap { blocks, ends, .. } = self.bitmap;
        let (whole, rest) = self.text.as_chunks::<BYTES>();
        let mut last = [0; BYTES];
        last[..rest.len()].copy_from_slice(rest);
        let count = whole.len() + 1;
        if blocks.len() < count {
            blocks.resize(count, Block::default());
            ends.resize(count * MOST_ENDS, 0);
        }
        let mut state = State {
            after_return: u64::from(self.after_return),
            ..State::default()
        };
        for (block, text) in blocks.iter_mut().zip(whole) {
            *block = state.read(by.mark(text), ends);
        }
        blocks[whole.len()] = state.read(by.mark(&last), ends);
        self.bitmap.len = self.text.len();
        self.bitmap.end_count = state.end_count;
        self.bitmap.line_ends = state.line_ends;
    }
}

/// What is carried from block to block.
#[derive(Default)]
struct State {
    place: u32,
    digits: u64,
    last_whole: u64,
    has_pair: bool,
    after_return: u64,
    line_ends: u32,
    end_count: usize,
}

impl State {
    #[inline(always)]
    fn read(&mut self, marks: Marks, ends: &mut [u32]) -> Block {
        // Any 30 digits in a row cover two bytes of bits side by side, here or in the
        // block before. Most texts have few of those, and need no closer look.
        let whole_bytes = whole_bytes(marks.digits);
        let has_pair = whole_bytes & (whole_bytes << 8 | self.last_whole) != 0;
        if has_pair | self.has_pair {
            self.note_ends(ends_of_runs(self.digits, marks.digits), ends);
        }
        let returns = marks.carriage_returns;
        let line_ends = returns | marks.line_feeds & !(returns << 1 | self.after_return);
        let block = Block {
            digits: marks.digits,
            line_ends,
            ends_before: self.line_ends,
        };
        self.place += BYTES as u32;
        self.digits = marks.digits;
        self.last_whole = whole_bytes >> 56;
        self.has_pair = has_pair;
        self.after_return = returns >> (BYTES - 1);
        self.line_ends += line_ends.count_ones();
        block
    }

    /// Notes where runs may end in a block.
    #[inline(always)]
    fn note_ends(&mut self, bits: u64, ends: &mut [u32]) {
        let mut rest = bits;
        let mut next = |end: &mut u32| {
            *end = self.place + rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
        };
        let count = bits.count_ones() as usize;
        let free = &mut ends[self.end_count..self.end_count + MOST_ENDS];
        let (usual, more) = free.split_at_mut(USUAL_ENDS);
        // How many there are cannot be guessed: the usual number is written at once.
        usual.iter_mut().for_each(&mut next);
        if count > USUAL_ENDS {
            more[..count - USUAL_ENDS].iter_mut().for_each(next);
        }
        self.end_count += count;
    }
}

/// The bits of a block before the one that stands for a place.
#[inline(always)]
const fn below(at: usize) -> u64 {
    (1 << (at % BYTES)) - 1
}

#[inline(always)]
const fn both(before: u64, block: u64) -> u128 {
    (block as u128) << BYTES | before as u128
}

/// The highest bit of each byte that is all ones.
#[inline(always)]
const fn whole_bytes(bits: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    // One more than seven ones carries into the eighth bit.
    ((bits & !HIGHEST) + ONES) & bits & HIGHEST
}

/// The bits of a block that stand for no digit and come after at least eight, or
/// after those the block begins with.
#[inline(always)]
const fn ends_of_runs(before: u64, block: u64) -> u64 {
    let twos = block & (block << 1 | before >> 63);
    let fours = twos & (twos << 2 | 0b11);
    let eights = fours & (fours << 4 | 0b1111);
    (eights << 1 | before >> 63) & !block
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::{super::simd::Portable, *};

    fn bitmap(text: &[u8], after_return: bool) -> Bitmap {
        let mut bitmap = Bitmap::default();
        bitmap.read(text, after_return, Simd::Portable(Portable));
        bitmap
    }

    fn runs(text: &[u8]) -> Vec<Range<usize>> {
        let bitmap = bitmap(text, false);
        let run = |(end, digits)| {
            let start = bitmap.first_digit(end);
            assert_eq!(digits, (end - start).min(LONG));
            start..end
        };
        bitmap.runs().map(run).collect()
    }

    fn line_ends(text: &[u8], after_return: bool) -> u32 {
        let bitmap = bitmap(text, after_return);
        let ends: Vec<u32> = (0..=text.len())
            .map(|at| bitmap.line_ends_before(at))
            .collect();
        assert!(ends.is_sorted() && ends.last() == Some(&bitmap.line_ends()));
        bitmap.line_ends()
    }

    #[test]
    fn a_byte_of_bits_is_whole_only_if_all_of_them_are_set() {
        for byte in 0..=u8::MAX {
            for other in [0, 1, 0x7f, 0x80, 0xfe, 0xff] {
                let bytes = [other, byte, other, 0, 0xff, 0xfe, other, byte];
                let expected = bytes.map(|byte| u8::from(byte == 0xff) << 7);
                let bits = u64::from_le_bytes(bytes);
                assert_eq!(whole_bytes(bits), u64::from_le_bytes(expected), "{bits:x}");
            }
        }
    }

    #[test]
    fn a_run_is_found_wherever_it_lies() {
        for length in 0..200 {
            for start in 0..130 {
                for rest in [0, 1, 29, 30, 31, 64] {
                    let text = [vec![b'-'; start], vec![b'a'; length], vec![b'g'; rest]].concat();
                    let run = (length >= SHORTEST).then_some(start..start + length);
                    assert!(
                        runs(&text).into_iter().eq(run),
                        "{length} digits at {start}"
                    );
                    let bitmap = bitmap(&text, false);
                    let at_end = if rest == 0 { length } else { 0 };
                    assert_eq!(bitmap.digits_at_end(), at_end, "{length} digits at {start}");
                }
            }
        }
    }

    #[test]
    fn runs_one_byte_apart_are_all_found() {
        for short in 0..=SHORTEST {
            let text = ["0".repeat(short), "f".repeat(30), "A".repeat(64)].join("x");
            let found: Vec<_> = runs(text.as_bytes()).iter().map(Range::len).collect();
            let long = if short < SHORTEST {
                &[30, 64][..]
            } else {
                &[30, 30, 64]
            };
            assert_eq!(found, long);
        }
    }

    #[test]
    fn text_without_digits_has_no_runs() {
        assert_eq!(runs(&[b'g'; 1000]), []);
        assert_eq!(runs(b""), []);
    }

    #[test]
    fn each_kind_of_line_end_counts_once() {
        for (text, ends) in [("", 0), ("a", 0), ("\n", 1), ("\r", 1), ("\r\n", 1)] {
            assert_eq!(line_ends(text.as_bytes(), false), ends, "{text:?}");
        }
        assert_eq!(line_ends(b"a\nb\rc\r\nd\n\r\r\n\n", false), 7);
        assert_eq!(line_ends(b"\n", true), 0);
        assert_eq!(line_ends(b"\r\n", true), 1);
    }

    #[test]
    fn any_two_parts_of_a_text_have_the_ends_of_the_whole() {
        let text = "\r\n\n\r\r\nab".repeat(100).into_bytes();
        for at in 0..=text.len() {
            let (first, rest) = text.split_at(at);
            let parts = line_ends(first, false) + line_ends(rest, first.ends_with(b"\r"));
            assert_eq!(parts, 400, "split at {at}");
        }
    }
}
