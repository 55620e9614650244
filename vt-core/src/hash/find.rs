//! Finds long runs of hex digits: the one part of extraction that must be fast.

use std::ops::Range;

/// The fewest digits that make a run worth looking at.
pub(super) const SHORTEST: usize = 30;

/// Says whether the byte is an ASCII hex digit.
pub(super) const fn is_digit(byte: u8) -> bool {
    // Without a branch: digits and letters change too often to be guessed.
    (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6)
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
        let before = &self.text[self.from..probe];
        let start = before.iter().rposition(|byte| !is_digit(*byte));
        let start = start.map_or(0, |at| at + 1);
        self.from + start..probe + leading_digits(&self.text[probe..])
    }
}

fn leading_digits(text: &[u8]) -> usize {
    // A whole block at a time is vector code, where one byte after another is not.
    let (blocks, _) = text.as_chunks::<16>();
    let all_digits = |block: &&[u8; 16]| block.iter().fold(true, |all, byte| all & is_digit(*byte));
    let whole = blocks.iter().take_while(all_digits).count() * 16;
    let rest = text[whole..].iter().take_while(|byte| is_digit(**byte));
    whole + rest.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_like_the_standard_library_does() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_digit(byte), byte.is_ascii_hexdigit(), "{byte}");
        }
    }

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
