//! Sifts text for runs of digits, and judges each by its length and its surroundings.

use std::{mem, ops::Range};

use super::{
    FileHash, HashKind, Occurrence, SkipReason,
    find::{Bitmap, LONG, SHORTEST},
    label::{LOOK_BACK, label},
    list,
    simd::{Instructions, Job, Portable, Simd},
    skips::Skips,
};

/// The longest run that means anything: a SHA-512.
const LONGEST: usize = 128;

/// How much text before what is new may matter: a run that may not have ended,
/// its `0x`, and what is searched for a label.
pub(super) const CONTEXT: usize = LONGEST + 2 + LOOK_BACK;

/// How much of a text is copied behind the context of the text before: enough to
/// be the context of the rest.
const SEAM: usize = 2 * CONTEXT;

/// How much text is made a bitmap of at a time: what stays, with the bitmap, in
/// the nearest cache of a processor.
const PIECE: usize = 8 * 1024;

/// So many lines in a row make a list.
const LIST: usize = 8;

/// How long a line is at most for which a list is interrupted only, in bytes.
const ODD_LINE: usize = 256;

/// The lengths that a mistyped hash may have.
const NEAR_MISS: Range<usize> = SHORTEST..LONGEST_MISS + 1;
pub(super) const LONGEST_MISS: usize = 66;

/// What is found in a text, in its order.
#[derive(Debug, Default)]
pub(super) struct Finds {
    pub(super) found: Vec<Occurrence>,
    pub(super) skips: Skips,
}

/// Goes through a text that comes in pieces.
#[derive(Debug)]
pub(super) struct Sieve {
    simd: Simd,
    bitmap: Bitmap,
    judge: Judge,
    line_ends: u64,
    // How many digits the text ends with; of too many only some.
    open: usize,
    // The end of the text, as far as it may matter.
    tail: Vec<u8>,
}

impl Default for Sieve {
    fn default() -> Self {
        Self::after(b"", true)
    }
}

impl Sieve {
    /// Begins in the middle of a text, after these bytes of which the last
    /// [`CONTEXT`] matter. Says `begins_blank` whether nothing but blanks is on the
    /// line before them.
    pub(super) fn after(context: &[u8], begins_blank: bool) -> Self {
        let simd = Simd::detect();
        let mut bitmap = Bitmap::default();
        bitmap.read(context, false, simd);
        Self {
            simd,
            judge: Judge {
                begins_blank,
                alone: None,
            },
            line_ends: 0,
            open: bitmap.digits_at_end().min(LONGEST + 1),
            tail: context.to_vec(),
            bitmap,
        }
    }

    /// Judges all runs that end in `text`, which comes next.
    pub(super) fn sift(&mut self, text: &[u8], finds: &mut Finds) {
        let mut window = text;
        let mut fresh = 0;
        if !self.tail.is_empty() {
            let mut seam = mem::take(&mut self.tail);
            fresh = seam.len();
            seam.extend_from_slice(&text[..text.len().min(SEAM)]);
            self.sift_window(&seam, fresh, finds);
            if text.len() <= SEAM {
                seam.drain(..cut(&seam));
                self.tail = seam;
                return;
            }
            (window, fresh) = (&text[SEAM - CONTEXT..], CONTEXT);
            seam.clear();
            self.tail = seam;
        }
        self.sift_window(window, fresh, finds);
        self.tail.extend_from_slice(&window[cut(window)..]);
    }

    /// Judges what is left when the text has come to its end, and says how many
    /// lines it has.
    pub(super) fn finish(mut self, finds: &mut Finds) -> u64 {
        let text = mem::take(&mut self.tail);
        let open = text.len() - self.open..text.len();
        if open.len() >= SHORTEST {
            let line = self.line_ends + 1;
            if !Judge::take_hash(&text, &open, line, finds, Portable) {
                self.judge.judge(&text, open, line, finds);
            }
        }
        self.judge.settle(None, finds);
        let begun = text.last().is_some_and(|last| !is_line_end(*last));
        self.line_ends + u64::from(begun)
    }

    /// How much memory it holds, in bytes.
    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        self.tail.capacity() + self.bitmap.held()
    }

    /// How many lines have ended.
    pub(super) const fn line_ends(&self) -> u64 {
        self.line_ends
    }

    /// Whether what was found depends on what follows.
    pub(super) const fn is_waiting(&self) -> bool {
        self.judge.alone.is_some()
    }

    /// Tells it what follows: the first character that is no blank, none if the
    /// text ends before.
    pub(super) fn settle(&mut self, next: Option<u8>, finds: &mut Finds) {
        self.judge.settle(next, finds);
    }

    /// Takes the lines from a place on that are those of a list, if a line begins there.
    /// Says where the rest begins, and how much of it to look at before the next.
    fn take_list(&mut self, text: &[u8], from: usize, finds: &mut Finds) -> (usize, usize) {
        // Before what matters of a text is nothing only where it begins.
        if from > 0 && text[from - 1] != b'\n' {
            return (from, PIECE);
        }
        let (known, list) = (finds.found.len(), &text[from..]);
        let end = list::take(list, self.line_ends + 1, &mut finds.found, self.simd);
        let lines = finds.found.len() - known;
        self.line_ends += lines as u64;
        let mut odd = list[end..].iter().take(ODD_LINE);
        let is_list = lines >= LIST;
        let rest = is_list.then(|| odd.position(|byte| *byte == b'\n'));
        let size = rest.flatten().map_or(PIECE, |feed| feed + 1);
        (from + end, size)
    }

    /// Judges the runs that end in `text[fresh..]`; what is before is known already.
    fn sift_window(&mut self, text: &[u8], fresh: usize, finds: &mut Finds) {
        if let Some(next) = text[fresh..].iter().find(|byte| !is_blank(**byte)) {
            self.judge.settle(Some(*next), finds);
        }
        self.simd.run(Window {
            sieve: self,
            text,
            fresh,
            finds,
        });
        self.judge.begins_blank = self.judge.is_blank_before(text, cut(text));
    }
}

/// A text of which the end is new.
struct Window<'a> {
    sieve: &'a mut Sieve,
    text: &'a [u8],
    fresh: usize,
    finds: &'a mut Finds,
}

impl Job for Window<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, by: impl Instructions) {
        let Self {
            sieve,
            text,
            fresh,
            finds,
        } = self;
        let mut end = fresh;
        while end < text.len() {
            let (from, size) = sieve.take_list(text, end - sieve.open, finds);
            end = text.len().min(from + size);
            let after_return = text[..from].ends_with(b"\r");
            sieve
                .bitmap
                .read(&text[from..end], after_return, sieve.simd);
            for (run_end, digits) in sieve.bitmap.runs() {
                // What goes on to the end of the piece may go on after it.
                if from + run_end == end {
                    break;
                }
                let start = run_end - digits;
                let ends_before = u64::from(sieve.bitmap.line_ends_before(start));
                let line = sieve.line_ends + ends_before + 1;
                let run = from + start..from + run_end;
                if !Judge::take_hash(text, &run, line, finds, by) {
                    let start = match digits {
                        LONG => from + sieve.bitmap.first_digit(run_end),
                        _ => run.start,
                    };
                    sieve.judge.judge(text, start..run.end, line, finds);
                }
            }
            sieve.line_ends += u64::from(sieve.bitmap.line_ends());
            // Of a run that is too long already its last digits are enough: with
            // them it stays too long.
            sieve.open = sieve.bitmap.digits_at_end().min(LONGEST + 1);
        }
    }
}

/// Judges one run after the other.
#[derive(Debug)]
struct Judge {
    // Says whether nothing but blanks is on the line before the text.
    begins_blank: bool,
    // A run of a wrong length that has had its line for itself so far.
    alone: Option<Alone>,
}

#[derive(Debug)]
struct Alone {
    digits: [u8; LONGEST_MISS],
    count: usize,
    line: u64,
}

impl Judge {
    /// Takes a run for a hash if it is as long as one and stands free. Of one that
    /// is too long the last digits are enough: a digit touches them.
    #[inline(always)]
    fn take_hash(
        text: &[u8],
        run: &Range<usize>,
        line: u64,
        finds: &mut Finds,
        by: impl Instructions,
    ) -> bool {
        let Some(kind) = HashKind::of_hex_len(run.len()) else {
            return false;
        };
        let Some(before) = free_standing(text, run) else {
            return false;
        };
        if let Some(label) = label(before) {
            let reason = SkipReason::Labelled { label };
            finds.skips.push(&text[run.clone()], line, reason);
            return true;
        }
        let rest = &text[run.start..];
        let hash = match rest.first_chunk() {
            Some(digits) => FileHash::from_digits(kind, digits, by),
            None => {
                let mut digits = [b'0'; LONG];
                digits[..rest.len()].copy_from_slice(rest);
                FileHash::from_digits(kind, &digits, by)
            }
        };
        finds.found.push(Occurrence { hash, line });
        true
    }

    /// Judges a run that is no hash.
    fn judge(&mut self, text: &[u8], run: Range<usize>, line: u64, finds: &mut Finds) {
        let digits = &text[run.clone()];
        if let Some(reason) = SkipReason::of_hex_len(digits.len()) {
            if free_standing(text, &run).is_some() {
                finds.skips.push(digits, line, reason);
            }
        } else if NEAR_MISS.contains(&digits.len())
            && HashKind::of_hex_len(digits.len()).is_none()
            && self.is_blank_before(text, run.start)
        {
            self.near_miss(digits, &text[run.end..], line, finds);
        }
    }

    /// Decides on a run that has nothing before it on its line, or leaves that to
    /// [`settle`](Self::settle).
    fn near_miss(&mut self, digits: &[u8], after: &[u8], line: u64, finds: &mut Finds) {
        let count = digits.len();
        if let Some(next) = after.iter().find(|byte| !is_blank(**byte)) {
            if is_line_end(*next) {
                let reason = SkipReason::WrongLength { digits: count };
                finds.skips.push(digits, line, reason);
            }
            return;
        }
        let mut kept = [0; LONGEST_MISS];
        kept[..count].copy_from_slice(digits);
        self.alone = Some(Alone {
            digits: kept,
            count,
            line,
        });
    }

    /// Decides on the run that waits to have its line for itself: `next` is what
    /// follows after blanks, none at the end of the text.
    fn settle(&mut self, next: Option<u8>, finds: &mut Finds) {
        if let Some(alone) = self.alone.take()
            && next.is_none_or(is_line_end)
        {
            let digits = alone.count;
            let reason = SkipReason::WrongLength { digits };
            finds
                .skips
                .push(&alone.digits[..digits], alone.line, reason);
        }
    }

    /// Says whether nothing but blanks is on the line of `at` before it.
    fn is_blank_before(&self, text: &[u8], at: usize) -> bool {
        let last = text[..at].iter().rfind(|byte| !is_blank(**byte));
        last.map_or(self.begins_blank, |last| is_line_end(*last))
    }
}

/// Where the part of a text begins that may matter for what follows.
const fn cut(text: &[u8]) -> usize {
    text.len().saturating_sub(CONTEXT)
}

/// The text before `run` and its `0x`, unless a letter or digit touches them.
#[inline(always)]
fn free_standing<'a>(text: &'a [u8], run: &Range<usize>) -> Option<&'a [u8]> {
    let touches = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let before = match &text[..run.start] {
        [before @ .., b'0', b'x' | b'X'] => before,
        before => before,
    };
    (!touches(before.last()) && !touches(text.get(run.end))).then_some(before)
}

/// Says whether the byte ends a line, or is part of what does.
pub(super) const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Says whether the byte leaves a line empty.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
