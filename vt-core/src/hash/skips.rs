//! Runs of digits that are no file's hash: the first ones, and how many there are.

use std::collections::BTreeMap;

use super::{SkipReason, Skipped, sieve::LONGEST_MISS};

/// How many are kept one by one; the rest are only counted.
const KEPT: usize = 1_000;

/// How many digits of one are kept: as many as the longest named digest has.
const KEPT_DIGITS: usize = 128;

#[derive(Clone, Debug)]
pub(super) struct Skips {
    pub(super) kept: Vec<Skipped>,
    most: usize,
    // By the number of digits. There may be one on every line of gigabytes.
    lengths: [u64; LONGEST_MISS + 1],
    others: BTreeMap<SkipReason, u64>,
}

impl Default for Skips {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

impl Skips {
    /// Of a part of a text, from which no more than so many are wanted.
    pub(super) const fn keeping(most: usize) -> Self {
        Self {
            kept: Vec::new(),
            most,
            lengths: [0; LONGEST_MISS + 1],
            others: BTreeMap::new(),
        }
    }

    /// How many more are kept.
    pub(super) const fn room(&self) -> usize {
        self.most - self.kept.len()
    }

    /// Notes a run of hex digits.
    pub(super) fn push(&mut self, digits: &[u8], line: u64, reason: SkipReason) {
        match reason {
            SkipReason::WrongLength { digits } if digits < self.lengths.len() => {
                self.lengths[digits] += 1;
            }
            _ => *self.others.entry(reason).or_default() += 1,
        }
        if self.room() > 0 {
            let digits = &digits[..digits.len().min(KEPT_DIGITS)];
            let text = String::from_utf8_lossy(digits).into_owned();
            self.kept.push(Skipped { line, text, reason });
        }
    }

    /// Notes what was skipped in the next part of the text, before which so many
    /// lines have ended.
    pub(super) fn append(&mut self, next: Self, line_ends: u64) {
        let room = self.room();
        self.kept
            .extend(next.kept.into_iter().take(room).map(|mut skipped| {
                skipped.line += line_ends;
                skipped
            }));
        for (count, more) in self.lengths.iter_mut().zip(next.lengths) {
            *count += more;
        }
        for (reason, more) in next.others {
            *self.others.entry(reason).or_default() += more;
        }
    }

    /// How many there are for each reason that there is.
    pub(super) fn by_reason(&self) -> BTreeMap<SkipReason, u64> {
        let lengths = self
            .lengths
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let lengths = lengths.map(|(digits, count)| (SkipReason::WrongLength { digits }, *count));
        let others = self.others.iter().map(|(reason, count)| (*reason, *count));
        others.chain(lengths).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_are_kept_and_all_are_counted() {
        let mut skips = Skips::default();
        for line in 1..=5_000 {
            skips.push(&[b'a'; 300], line, SkipReason::Sha384);
        }
        assert_eq!(skips.kept.len(), 1_000);
        assert_eq!(skips.kept[999].line, 1_000);
        assert_eq!(skips.kept[0].text, "a".repeat(128));
        assert_eq!(skips.by_reason()[&SkipReason::Sha384], 5_000);
    }

    #[test]
    fn the_parts_of_a_text_add_up() {
        let reasons = [SkipReason::Sha224, SkipReason::WrongLength { digits: 33 }];
        let mut whole = Skips::default();
        let mut first = Skips::default();
        let mut second = Skips::default();
        for (at, line) in (1..=900).enumerate() {
            let reason = reasons[at % 2];
            let digits = line.to_string();
            whole.push(digits.as_bytes(), line, reason);
            first.push(digits.as_bytes(), line, reason);
        }
        for (at, line) in (901..=2_000).enumerate() {
            let reason = reasons[at % 2];
            let digits = line.to_string();
            whole.push(digits.as_bytes(), line, reason);
            second.push(digits.as_bytes(), line - 900, reason);
        }
        first.append(second, 900);
        assert_eq!(first.kept, whole.kept);
        assert_eq!(first.by_reason(), whole.by_reason());
    }
}
