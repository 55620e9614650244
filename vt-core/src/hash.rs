//! File digests: parsing, comparing, and finding them in any text.
//!
//! # What counts as a hash in a text
//!
//! [`extract`] and [`Extractor`] read any bytes: 8-bit text that extends ASCII,
//! UTF-16, lines of any length that end in LF, CR or CRLF. In them
//!
//! * a *run* is as many ASCII hex digits, of any case, as stand side by side. It
//!   counts only if no ASCII letter or digit touches it; a `0x` before it may,
//!   if nothing touches that. `_` and characters beyond ASCII touch nothing;
//! * a run of 32, 40 or 64 digits is a hash, unless a *label* says otherwise;
//! * a run of 56, 96 or 128 digits is skipped as SHA-224, SHA-384 or SHA-512;
//! * a run of any other length from 30 to 66 that has its line for itself,
//!   spaces and tabs aside, is skipped as a mistyped hash.
//!
//! # Labels: digests that are not of a file
//!
//! The search goes back from the run, or its `0x`, over at most 128 bytes. It
//! passes blanks, `:` `=` `-` `<` `>` `_` `*` `#` `\`, quotes, brackets,
//! characters beyond ASCII, and a `.` with a letter, digit or the run right after
//! it. Anything else ends it: `,` `;` `|` `/`, the end of a line, a closing tag
//! (`</imphash>`). The first word then decides. The name of another digest
//! (`imphash`, `ja3`, `thumbprint`, `serial`, ..) is a label; a generic word
//! (`hash`, `md5`, `value`, `number`, ..) is passed; every other word ends the
//! search.
//!
//! A word begins after a character that is no ASCII letter or digit, where the
//! 128 bytes begin, and at a hump: a capital after a small letter or a digit, or
//! the last of several capitals before a small letter. So `pe.imphash = '..'`,
//! `certThumbprint: ..` and `<hash type="imphash">..` are labelled;
//! `serialkiller: ..` and `serial.exe  ..` are not. Names of several parts may
//! have one of `_ - .` or a blank between them (`rich header hash`). Of words
//! that end at the same place, a name goes before a generic word, and a longer
//! before a shorter.

mod blocks;
mod columns;
mod distinct;
mod empty;
mod encoding;
mod extract;
mod extraction;
mod file;
mod find;
mod label;
mod list;
mod memory;
mod reading;
mod records;
mod sieve;
mod simd;
mod skips;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use self::simd::{Instructions, Portable};

pub use self::{
    encoding::Encoding,
    extract::{Extractor, extract},
    extraction::{Extraction, Found, Occurrence, SkipReason, Skipped},
    file::{extract_file, visit_file},
};

/// The kind of a [`FileHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HashKind {
    /// MD5: 16 bytes, 32 hex digits.
    Md5,
    /// SHA-1: 20 bytes, 40 hex digits.
    Sha1,
    /// SHA-256: 32 bytes, 64 hex digits.
    Sha256,
}

impl HashKind {
    /// Every kind, shortest digest first.
    pub const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    /// Length of the digest in bytes.
    #[must_use]
    pub const fn byte_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Length of the digest in hex digits.
    #[must_use]
    pub const fn hex_len(self) -> usize {
        self.byte_len() * 2
    }

    #[inline(always)]
    const fn of_hex_len(digits: usize) -> Option<Self> {
        // Looked up, since which one it is cannot be guessed.
        const KINDS: [Option<HashKind>; 65] = {
            let mut kinds = [None; 65];
            kinds[32] = Some(HashKind::Md5);
            kinds[40] = Some(HashKind::Sha1);
            kinds[64] = Some(HashKind::Sha256);
            kinds
        };
        if digits < KINDS.len() {
            KINDS[digits]
        } else {
            None
        }
    }
}

impl fmt::Display for HashKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
        })
    }
}

/// An MD5, SHA-1 or SHA-256 digest of a file, by value.
///
/// Its text form is lower-case hex; parsing takes any case. Hashes order by
/// kind (MD5 first), then by value.
///
/// # Examples
///
/// ```
/// use vt_core::hash::{FileHash, HashKind};
///
/// let hash: FileHash = "44D88612FEA8A8F36DE82E1278ABB02F".parse()?;
/// assert_eq!(hash.kind(), HashKind::Md5);
/// assert_eq!(hash.to_string(), "44d88612fea8a8f36de82e1278abb02f");
/// # Ok::<(), vt_core::hash::ParseHashError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHash {
    kind: HashKind,
    // Unused bytes are zero, so that comparing and hashing need not look at `kind` first.
    bytes: [u8; 32],
}

impl FileHash {
    /// An MD5 digest.
    #[must_use]
    pub const fn md5(digest: [u8; 16]) -> Self {
        Self::from_digest(HashKind::Md5, &digest)
    }

    /// A SHA-1 digest.
    #[must_use]
    pub const fn sha1(digest: [u8; 20]) -> Self {
        Self::from_digest(HashKind::Sha1, &digest)
    }

    /// A SHA-256 digest.
    #[must_use]
    pub const fn sha256(digest: [u8; 32]) -> Self {
        Self {
            kind: HashKind::Sha256,
            bytes: digest,
        }
    }

    const fn from_digest(kind: HashKind, digest: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let (head, _) = bytes.split_at_mut(digest.len());
        head.copy_from_slice(digest);
        Self { kind, bytes }
    }

    /// Which digest this is.
    #[must_use]
    pub const fn kind(&self) -> HashKind {
        self.kind
    }

    /// The digest: 16, 20 or 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.kind.byte_len()]
    }

    /// A digest of 16, 20 or 32 bytes; none of any other length.
    #[must_use]
    pub fn from_bytes(digest: &[u8]) -> Option<Self> {
        let kind = HashKind::of_hex_len(digest.len() * 2)?;
        Some(Self::from_digest(kind, digest))
    }

    /// Parses 32, 40 or 64 ASCII hex digits of any case.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the text: its length, or its first character
    /// that is no hex digit.
    pub fn from_hex(text: &[u8]) -> Result<Self, ParseHashError> {
        if let Some(at) = text.iter().position(|byte| !byte.is_ascii_hexdigit()) {
            return Err(ParseHashError::NotHex { at });
        }
        let digits = text.len();
        let kind = HashKind::of_hex_len(digits).ok_or(ParseHashError::Length { digits })?;
        let mut padded = [b'0'; 64];
        padded[..digits].copy_from_slice(text);
        Ok(Self::from_digits(kind, &padded, Portable))
    }

    /// Writes the text form to the beginning of a buffer, which saves millions of
    /// hashes the way through [`fmt`].
    ///
    /// # Examples
    ///
    /// ```
    /// use vt_core::hash::FileHash;
    ///
    /// let mut buffer = [0; 64];
    /// assert_eq!(FileHash::md5([0xab; 16]).encode_hex(&mut buffer), "ab".repeat(16));
    /// ```
    pub fn encode_hex<'a>(&self, buffer: &'a mut [u8; 64]) -> &'a str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let (pairs, _) = buffer.as_chunks_mut();
        for (pair, byte) in pairs.iter_mut().zip(self.as_bytes()) {
            *pair = [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 0x0f)],
            ];
        }
        let text = str::from_utf8(&buffer[..self.kind.hex_len()]);
        text.unwrap_or_else(|_| unreachable!("hex digits are ASCII"))
    }

    /// The digest that the first digits of a text spell; they are known to be hex and
    /// as many as `kind` has. What comes after them does not matter.
    #[inline(always)]
    fn from_digits(kind: HashKind, text: &[u8; 64], by: impl Instructions) -> Self {
        // Which kind comes next cannot be guessed, and to guess wrong costs as much
        // as all the rest: so all are read alike, and what is too much is masked.
        const MASKS: [[u8; 32]; 3] = {
            let mut masks = [[0; 32]; 3];
            let mut kind = 0;
            while kind < masks.len() {
                let (digest, _) = masks[kind].split_at_mut(HashKind::ALL[kind].byte_len());
                digest.copy_from_slice([0xff; 32].split_at(digest.len()).0);
                kind += 1;
            }
            masks
        };
        let mask = &MASKS[kind as usize];
        let mut bytes = by.decode(text);
        for at in 0..bytes.len() {
            bytes[at] &= mask[at];
        }
        Self { kind, bytes }
    }
}

/// Why a text is no [`FileHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseHashError {
    /// The number of hex digits fits no kind of digest.
    #[error("{digits} hex digits, but MD5 has 32, SHA-1 has 40 and SHA-256 has 64")]
    Length {
        /// How many hex digits there are.
        digits: usize,
    },
    /// A character is no hex digit.
    #[error("the character at byte {at} is not a hex digit")]
    NotHex {
        /// Where it stands, in bytes from 0.
        at: usize,
    },
}

impl FromStr for FileHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_hex(text.as_bytes())
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.encode_hex(&mut [0; 64]))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for FileHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl de::Visitor<'_> for Text {
            type Value = FileHash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an MD5, SHA-1 or SHA-256 digest in hex")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<FileHash, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_case_comes_back_in_lower_case() {
        for text in [
            "D41D8CD98F00B204E9800998ECF8427E",
            "Da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        ] {
            let hash: FileHash = text.parse().unwrap();
            assert_eq!(hash.to_string(), text.to_lowercase());
            assert_eq!(hash.kind().hex_len(), text.len());
        }
    }

    #[test]
    fn bytes_make_the_hash_they_came_from() {
        let hashes = [
            FileHash::md5([1; 16]),
            FileHash::sha1([2; 20]),
            FileHash::sha256([3; 32]),
        ];
        for hash in hashes {
            assert_eq!(FileHash::from_bytes(hash.as_bytes()), Some(hash));
        }
        for length in [0, 15, 17, 28, 64] {
            assert_eq!(FileHash::from_bytes(&vec![0; length]), None);
        }
    }

    #[test]
    fn a_wrong_length_is_named() {
        let error = "abc".parse::<FileHash>().unwrap_err();
        assert_eq!(error, ParseHashError::Length { digits: 3 });
        assert!(error.to_string().starts_with("3 hex digits"));
    }

    #[test]
    fn a_character_that_is_no_digit_is_pointed_at() {
        let error = "44d88612fea8a8f36de82e1278abb02x".parse::<FileHash>();
        assert_eq!(error, Err(ParseHashError::NotHex { at: 31 }));
    }

    #[test]
    fn kinds_with_the_same_leading_bytes_differ() {
        assert_ne!(FileHash::md5([0; 16]), FileHash::sha1([0; 20]));
        assert!(FileHash::md5([0xff; 16]) < FileHash::sha1([0; 20]));
    }

    #[test]
    fn json_holds_the_text() {
        let hash = FileHash::md5([0xab; 16]);
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(serde_json::from_str::<FileHash>(&json).unwrap(), hash);
        assert!(serde_json::from_str::<FileHash>("\"xyz\"").is_err());
    }
}
