//! Sifts decoded text for runs, and judges each by its length and its surroundings.

use std::{mem, ops::Range};

use super::{
    Encoding, Extraction, FileHash, HashKind, SkipReason,
    extraction::Findings,
    find,
    label::{LOOK_BACK, label},
    lines,
};

/// The longest run that means anything: a SHA-512.
const LONGEST: usize = 128;

/// How much text is kept when more comes: a run that may not have ended, its
/// `0x`, and what is searched for a label.
const CONTEXT: usize = LONGEST + 2 + LOOK_BACK;

/// The lengths that a mistyped hash may have.
const NEAR_MISS: Range<usize> = find::SHORTEST..67;

/// A window that moves over the decoded text, and what was found in it so far.
#[derive(Debug)]
pub(super) struct Sieve {
    text: Vec<u8>,
    // Runs that begin before this are done with.
    done: usize,
    // Line ends before this are in `line_ends`.
    counted: usize,
    line_ends: u64,
    // Says whether nothing but blanks is on the line before `text`.
    begins_blank: bool,
    // A run of a wrong length that has had its line for itself so far.
    alone: Option<Alone>,
    findings: Findings,
}

#[derive(Debug)]
struct Alone {
    digits: Vec<u8>,
    line: u64,
}

impl Default for Sieve {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            done: 0,
            counted: 0,
            line_ends: 0,
            begins_blank: true,
            alone: None,
            findings: Findings::default(),
        }
    }
}

impl Sieve {
    /// Where more text is to be appended; then comes [`sift`](Self::sift).
    pub(super) const fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Judges all runs that have ended, and forgets the text that is not needed any more.
    pub(super) fn sift(&mut self) {
        let mut text = mem::take(&mut self.text);
        self.sift_window(&text, false);

        let end = text.len();
        // Of a run that is too long already its last digits are enough: one more
        // touches them.
        let last_digits = text.iter().rev().take(LONGEST);
        let open = last_digits
            .take_while(|byte| find::is_digit(**byte))
            .count();
        let cut = end.saturating_sub(CONTEXT);
        self.begins_blank = self.is_blank_before(&text, cut);
        text.drain(..cut);
        self.done = end - open - cut;
        self.counted = end - cut;
        self.text = text;
    }

    /// Judges what is left when the text has come to its end.
    pub(super) fn finish(mut self, bytes: u64, encoding: Encoding) -> Extraction {
        let text = mem::take(&mut self.text);
        self.sift_window(&text, true);
        let begun = text.last().is_some_and(|last| !lines::is_end(*last));
        let lines = self.line_ends + u64::from(begun);
        self.findings.finish(lines, bytes, encoding)
    }

    fn sift_window(&mut self, text: &[u8], is_last: bool) {
        self.settle_alone(text, is_last);
        let offset = self.done;
        for run in find::runs(&text[offset..]) {
            let run = offset + run.start..offset + run.end;
            if run.end < text.len() || is_last {
                self.judge(text, run, is_last);
            }
        }
        self.count_lines(text, text.len());
    }

    fn judge(&mut self, text: &[u8], run: Range<usize>, is_last: bool) {
        let digits = &text[run.clone()];
        let kind = HashKind::of_hex_len(digits.len());
        let unknown = SkipReason::of_hex_len(digits.len());
        if kind.is_none() && unknown.is_none() {
            if NEAR_MISS.contains(&digits.len()) && self.is_blank_before(text, run.start) {
                let line = self.line_of(text, run);
                let digits = digits.to_vec();
                self.alone = Some(Alone { digits, line });
                self.settle_alone(text, is_last);
            }
            return;
        }
        let Some(before) = free_standing(text, &run) else {
            return;
        };
        let labelled = || label(before).map(|label| SkipReason::Labelled { label });
        let reason = unknown.or_else(labelled);
        let line = self.line_of(text, run);
        match (kind, reason) {
            (_, Some(reason)) => self.findings.skip(digits, line, reason),
            (Some(kind), None) => self
                .findings
                .find(FileHash::from_digits(kind, digits), line),
            (None, None) => {}
        }
    }

    /// Decides on the run that waits to have its line for itself, as soon as what
    /// follows it is there.
    fn settle_alone(&mut self, text: &[u8], is_last: bool) {
        let next = text[self.counted..].iter().find(|byte| !is_blank(**byte));
        if self.alone.is_none() || (next.is_none() && !is_last) {
            return;
        }
        if let Some(Alone { digits, line }) = self.alone.take()
            && next.is_none_or(|next| lines::is_end(*next))
        {
            let reason = SkipReason::WrongLength {
                digits: digits.len(),
            };
            self.findings.skip(&digits, line, reason);
        }
    }

    /// Says whether nothing but blanks is on the line of `at` before it.
    fn is_blank_before(&self, text: &[u8], at: usize) -> bool {
        let last = text[..at].iter().rfind(|byte| !is_blank(**byte));
        last.map_or(self.begins_blank, |last| lines::is_end(*last))
    }

    /// The line of `run`, counting on from the run before.
    fn line_of(&mut self, text: &[u8], run: Range<usize>) -> u64 {
        self.count_lines(text, run.start);
        self.counted = self.counted.max(run.end);
        self.line_ends + 1
    }

    fn count_lines(&mut self, text: &[u8], end: usize) {
        if self.counted < end {
            self.line_ends += lines::count_ends(text, self.counted..end);
            self.counted = end;
        }
    }
}

/// The text before `run` and its `0x`, unless a letter or digit touches them.
fn free_standing<'a>(text: &'a [u8], run: &Range<usize>) -> Option<&'a [u8]> {
    let touches = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let before = match &text[..run.start] {
        [before @ .., b'0', b'x' | b'X'] => before,
        before => before,
    };
    (!touches(before.last()) && !touches(text.get(run.end))).then_some(before)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
