//! Counts lines, whichever of the three line ends they have.

use std::ops::Range;

/// Says whether the byte ends a line, or is part of what does.
pub(super) const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Counts the line ends in `text[range]`: each CR, and each LF not right after a CR.
pub(super) fn count_ends(text: &[u8], range: Range<usize>) -> u64 {
    let mut range = range;
    let mut count = 0;
    if range.start == 0 && !range.is_empty() {
        count += u64::from(is_end(text[0]));
        range.start = 1;
    }
    if range.is_empty() {
        return count;
    }
    // Blocks this short keep the sum of one in a byte: then the loop has no
    // branches and no widening, and the compiler makes vector code of it.
    const BLOCK: usize = 240;
    let before = text[range.start - 1..range.end - 1].chunks(BLOCK);
    for (before, block) in before.zip(text[range].chunks(BLOCK)) {
        let mut ends = 0;
        for (&last, &byte) in before.iter().zip(block) {
            ends += u8::from(byte == b'\r') | u8::from(byte == b'\n') & u8::from(last != b'\r');
        }
        count += u64::from(ends);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_end_counts_once() {
        for (text, ends) in [("", 0), ("a", 0), ("\n", 1), ("\r", 1), ("\r\n", 1)] {
            assert_eq!(count_ends(text.as_bytes(), 0..text.len()), ends, "{text:?}");
        }
        assert_eq!(count_ends(b"a\nb\rc\r\nd\n\r\r\n\n", 0..13), 7);
    }

    #[test]
    fn any_two_parts_of_a_text_have_the_ends_of_the_whole() {
        let text = "\r\n\n\r\r\nab".repeat(100).into_bytes();
        for at in 0..=text.len() {
            let parts = count_ends(&text, 0..at) + count_ends(&text, at..text.len());
            assert_eq!(parts, 400, "split at {at}");
        }
    }
}
