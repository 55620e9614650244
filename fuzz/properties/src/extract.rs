//! Finding hashes: the same as the slow second implementation, however the text
//! comes in and whichever of its encodings it has.

use fastrand::Rng;
use vt_core::hash::{self, Encoding, Extractor};

use crate::oracle::{self, Answer};

/// More than what the encoding of a text is recognised by, which is where the
/// chunks begin to matter.
const LONGEST: usize = 6_000;

/// Compares what is found in `input` with what the rules say.
///
/// # Panics
///
/// When the two differ.
pub fn extract(input: &[u8]) {
    let text = &input[..input.len().min(LONGEST)];
    let found = check(text);
    if found.encoding == Encoding::Utf8 {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        check_wide(b"\xff\xfe", text, u16::to_le_bytes, &found);
        check_wide(b"\xfe\xff", text, u16::to_be_bytes, &found);
    }
}

/// The answer for a text, which is the same at once and in chunks.
fn check(text: &[u8]) -> Answer {
    let expected = oracle::extract(text);
    assert_eq!(Answer::from(&hash::extract(text)), expected, "at once");
    let mut rng = seeded_by(text);
    for longest in [1, 3, 40, 700] {
        let answer = in_chunks(text, || rng.usize(..=longest));
        assert_eq!(answer, expected, "in chunks of at most {longest} bytes");
    }
    expected
}

/// The same text in UTF-16, a unit for each byte, says the same.
fn check_wide(mark: &[u8], text: &[u8], unit: fn(u16) -> [u8; 2], narrow: &Answer) {
    let units = text.iter().flat_map(|byte| unit(u16::from(*byte)));
    let wide: Vec<u8> = mark.iter().copied().chain(units).collect();
    let mut rng = seeded_by(text);
    for longest in [wide.len(), 50] {
        let answer = in_chunks(&wide, || rng.usize(..=longest));
        assert_eq!(answer.found, narrow.found, "in UTF-16");
        assert_eq!(answer.skipped, narrow.skipped, "in UTF-16");
        assert_eq!(answer.by_reason, narrow.by_reason, "in UTF-16");
        assert_eq!(answer.lines, narrow.lines, "in UTF-16");
    }
}

fn in_chunks(text: &[u8], mut length: impl FnMut() -> usize) -> Answer {
    let mut extractor = Extractor::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, tail) = rest.split_at(length().min(rest.len()));
        extractor.push(chunk);
        rest = tail;
    }
    Answer::from(&extractor.finish())
}

/// Random numbers that come again with the same text.
fn seeded_by(text: &[u8]) -> Rng {
    Rng::with_seed(text.iter().fold(0, |seed: u64, byte| {
        (seed ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}
