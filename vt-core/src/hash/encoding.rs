//! Recognises the encoding of a text and makes bytes of it that the finder can read.

use std::fmt;

/// How much of a text is looked at to recognise its encoding, in bytes.
pub(super) const HEAD: usize = 4096;

/// How a text is encoded, as far as finding hashes in it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// ASCII, UTF-8, Latin-1 or any other that writes ASCII as it is.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
        })
    }
}

impl Encoding {
    /// Recognises the encoding and the length of the byte order mark.
    ///
    /// `head` is the beginning of the text, `complete` when that is [`HEAD`] bytes
    /// or all there is. None: more is needed to say.
    pub(super) fn recognise(head: &[u8], complete: bool) -> Option<(Self, usize)> {
        let marks: [(Self, &[u8]); 3] = [
            (Self::Utf8, b"\xef\xbb\xbf"),
            (Self::Utf16Le, b"\xff\xfe"),
            (Self::Utf16Be, b"\xfe\xff"),
        ];
        let marked = marks.iter().find(|(_, mark)| head.starts_with(mark));
        if let Some((encoding, mark)) = marked {
            return Some((*encoding, mark.len()));
        }
        complete.then(|| (Self::without_mark(head), 0))
    }

    fn without_mark(head: &[u8]) -> Self {
        let (pairs, _) = head.as_chunks::<2>();
        let nuls = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
        // Text of the western world in UTF-16 has nearly one NUL to a character;
        // one that is half in another script still has three to ten. NULs in both
        // places are binary data.
        let is_high = |nuls: usize| nuls > 0 && nuls * 10 >= pairs.len() * 3;
        let is_low = |nuls: usize| nuls * 10 <= pairs.len();
        match (nuls(0), nuls(1)) {
            (low, high) if is_high(high) && is_low(low) => Self::Utf16Le,
            (high, low) if is_high(high) && is_low(low) => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }
}

/// How much UTF-16 is decoded at a time, in bytes: what stays in a processor's cache.
const PIECE: usize = 16 * 1024;

/// Stands for every character beyond ASCII, and for half a one at the end.
const NOT_ASCII: u8 = 0xff;

/// Turns the bytes of a text into one byte per ASCII character.
#[derive(Debug)]
pub(super) struct Decoder {
    encoding: Encoding,
    // The first half of a UTF-16 unit whose second has not come yet.
    half: Option<u8>,
}

impl Decoder {
    pub(super) const fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            half: None,
        }
    }

    pub(super) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Hands what `input` says to `each`, piece by piece.
    pub(super) fn decode(&mut self, input: &[u8], mut each: impl FnMut(&[u8])) {
        let unit = match self.encoding {
            // It is what it says: gigabytes need not be copied.
            Encoding::Utf8 => return each(input),
            Encoding::Utf16Le => u16::from_le_bytes,
            Encoding::Utf16Be => u16::from_be_bytes,
        };
        let mut text = Vec::with_capacity(PIECE / 2 + 1);
        for piece in input.chunks(PIECE) {
            self.decode_units(piece, &mut text, unit);
            each(&text);
            text.clear();
        }
    }

    /// What is left when the input has come to its end.
    pub(super) fn finish(&self) -> &'static [u8] {
        if self.half.is_some() {
            &[NOT_ASCII]
        } else {
            &[]
        }
    }

    fn decode_units(&mut self, input: &[u8], text: &mut Vec<u8>, unit: impl Fn([u8; 2]) -> u16) {
        let ascii = |pair: [u8; 2]| match unit(pair) {
            ascii @ 0..0x80 => ascii.to_le_bytes()[0],
            _ => NOT_ASCII,
        };
        let mut input = input;
        if let (Some(first), [second, rest @ ..]) = (self.half, input) {
            text.push(ascii([first, *second]));
            self.half = None;
            input = rest;
        }
        let (pairs, rest) = input.as_chunks::<2>();
        text.extend(pairs.iter().map(|pair| ascii(*pair)));
        if let [half] = rest {
            self.half = Some(*half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(text: &[u8]) -> Encoding {
        Encoding::recognise(text, true).unwrap().0
    }

    #[test]
    fn a_mark_decides_as_soon_as_it_is_there() {
        let marked = |head: &[u8]| Encoding::recognise(head, false);
        assert_eq!(marked(b"\xef\xbb\xbf"), Some((Encoding::Utf8, 3)));
        assert_eq!(marked(b"\xff\xfe"), Some((Encoding::Utf16Le, 2)));
        assert_eq!(marked(b"\xfe\xffa\0b\0"), Some((Encoding::Utf16Be, 2)));
        assert_eq!(marked(b"\xef\xbb"), None);
        assert_eq!(marked(b"a\0b\0"), None);
    }

    #[test]
    fn three_nuls_in_ten_units_make_utf16() {
        let text = |nuls: usize| [b"a\0".repeat(nuls), b"ab".repeat(10 - nuls)].concat();
        assert_eq!(recognised(&text(3)), Encoding::Utf16Le);
        assert_eq!(recognised(&text(2)), Encoding::Utf8);
        assert_eq!(
            recognised(&[b"\0".to_vec(), text(3)].concat()),
            Encoding::Utf16Be
        );
    }

    #[test]
    fn nuls_in_both_places_are_not_utf16() {
        assert_eq!(recognised(&[0; 100]), Encoding::Utf8);
        assert_eq!(recognised(b""), Encoding::Utf8);
        let two_of_ten = [b"a\0".repeat(8), b"\0a".repeat(2)].concat();
        assert_eq!(recognised(&two_of_ten), Encoding::Utf8);
        let one_of_ten = [b"a\0".repeat(9), b"\0a".to_vec()].concat();
        assert_eq!(recognised(&one_of_ten), Encoding::Utf16Le);
    }

    #[test]
    fn units_split_anywhere_decode_alike() {
        let input = b"a\0\xe9\0b\0\x30\x04\0\0c";
        for at in 0..=input.len() {
            let mut decoder = Decoder::new(Encoding::Utf16Le);
            let mut text = Vec::new();
            decoder.decode(&input[..at], |piece| text.extend_from_slice(piece));
            decoder.decode(&input[at..], |piece| text.extend_from_slice(piece));
            text.extend_from_slice(decoder.finish());
            assert_eq!(text, b"a\xffb\xff\0\xff", "split at {at}");
        }
    }
}
