//! The hashes of a text, all at once or in chunks.

use std::fmt;

use super::{Extraction, extraction::Findings, reading::Reading};

/// Finds the file hashes in a text; the [module docs](super) say what counts as one.
///
/// # Examples
///
/// ```
/// use vt_core::hash::extract;
///
/// let text = b"dropped: 44d88612fea8a8f36de82e1278abb02f (imphash 0123456789abcdef0123456789abcdef)";
/// let extraction = extract(text);
/// assert_eq!(extraction.hashes().len(), 1);
/// assert_eq!(extraction.skipped()[0].reason.to_string(), "imphash, not a file's digest");
/// ```
#[must_use]
pub fn extract(bytes: &[u8]) -> Extraction {
    let mut extractor = Extractor::new();
    extractor.push(bytes);
    extractor.finish()
}

/// Finds the file hashes in a text that comes in chunks.
///
/// Where the chunks begin and end makes no difference. What is kept in memory is
/// the distinct hashes and less than half a MiB, whatever the text.
///
/// # Examples
///
/// ```
/// use vt_core::hash::Extractor;
///
/// let mut extractor = Extractor::new();
/// extractor.push(b"MD5: 44d88612fea8a8f3");
/// extractor.push(b"6de82e1278abb02f\r\n");
/// let extraction = extractor.finish();
/// assert_eq!(extraction.found().next().unwrap().line, 1);
/// ```
#[derive(Default)]
pub struct Extractor {
    reading: Reading,
    findings: Findings,
}

impl Extractor {
    /// An extractor that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next bytes of the text.
    pub fn push(&mut self, bytes: &[u8]) {
        let findings = &mut self.findings;
        self.reading.push(bytes, &mut |batch| findings.take(batch));
    }

    /// Ends the text and says what was in it.
    #[must_use]
    pub fn finish(self) -> Extraction {
        let mut findings = self.findings;
        let rest = self.reading.finish(&mut |batch| findings.take(batch));
        findings.finish(rest)
    }
}

impl fmt::Debug for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extractor")
            .field("reading", &self.reading)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes 8 MiB of `text`, and checks what is held after each push.
    fn pushed(text: &[u8], chunk: usize) -> Extractor {
        let text = text.repeat(chunk.div_ceil(text.len()));
        let mut extractor = Extractor::new();
        for _ in 0..8 * 1024 * 1024 / chunk {
            extractor.push(&text[..chunk]);
            let held = extractor.reading.held();
            assert!(held < 64 * 1024, "{held} bytes are held");
        }
        extractor
    }

    #[test]
    fn endless_texts_are_held_in_bounded_memory() {
        for chunk in [4096, 1024 * 1024] {
            for text in [&b"a"[..], b" ", b"g", b"\0", b"a\0", b"\n", b"\xff\xfe"] {
                let extraction = pushed(text, chunk).finish();
                assert_eq!(extraction.hashes().len(), 0);
                assert_eq!(extraction.bytes(), 8 * 1024 * 1024);
            }
        }
    }

    #[test]
    fn nothing_but_skips_keeps_the_first_thousand() {
        let text = [&[b'a'; 31][..], b"\n"].concat();
        let extraction = pushed(&text, 64 * 1024).finish();
        assert_eq!(extraction.skipped().len(), 1_000);
        assert_eq!(extraction.skipped_total(), 8 * 1024 * 1024 / 32);
        assert_eq!(extraction.lines(), 8 * 1024 * 1024 / 32);
    }

    #[test]
    fn an_empty_text_has_no_lines() {
        for text in [&b""[..], b"\xef\xbb\xbf", b"\xff\xfe"] {
            assert_eq!(extract(text).lines(), 0);
        }
    }
}
