//! Finds long runs of hex digits: the one part of extraction that must be fast.

use std::ops::Range;

/// The fewest digits that make a run worth looking at.
pub(super) const SHORTEST: usize = 30;

pub(super) const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// The runs of at least [`SHORTEST`] hex digits in `text`, each as long as it goes.
pub(super) const fn runs(text: &[u8]) -> Runs<'_> {
    Runs { text, from: 0 }
}

/// See [`runs`].
#[derive(Debug)]
pub(super) struct Runs<'a> {
    text: &'a [u8],
    // No run that is still to be found begins before this.
    from: usize,
}

impl Iterator for Runs<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        // However a run lies, one of any `SHORTEST` positions side by side is in
        // it: it is enough to look at the last of them.
        while let Some(&byte) = self.text.get(self.from + SHORTEST - 1) {
            let probe = self.from + SHORTEST - 1;
            if !is_digit(byte) {
                self.from = probe + 1;
                continue;
            }
            let run = self.around(probe);
            self.from = run.end;
            if run.len() >= SHORTEST {
                return Some(run);
            }
        }
        None
    }
}

impl Runs<'_> {
    fn around(&self, probe: usize) -> Range<usize> {
        let no_digit = |byte: &u8| !is_digit(*byte);
        let before = &self.text[self.from..probe];
        let after = &self.text[probe..];
        let start = before.iter().rposition(no_digit).map_or(0, |at| at + 1);
        let end = after.iter().position(no_digit).unwrap_or(after.len());
        self.from + start..probe + end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_wherever_it_lies() {
        for length in 0..100 {
            for start in 0..70 {
                for rest in [0, 1, 29, 30, 31] {
                    let text = [vec![b'-'; start], vec![b'a'; length], vec![b'g'; rest]].concat();
                    let run = (length >= SHORTEST).then_some(start..start + length);
                    assert!(runs(&text).eq(run), "{length} digits at {start}");
                }
            }
        }
    }

    #[test]
    fn runs_one_byte_apart_are_all_found() {
        for short in 0..=SHORTEST {
            let text = ["0".repeat(short), "f".repeat(30), "A".repeat(64)].join("x");
            let found: Vec<_> = runs(text.as_bytes()).map(|run| run.len()).collect();
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
        assert_eq!(runs(&[b'g'; 1000]).next(), None);
        assert_eq!(runs(b"").next(), None);
    }
}
