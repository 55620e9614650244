//! The three digests of a file, as bytes.

use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A digest that somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AskedHash {
    Md5([u8; 16]),
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl AskedHash {
    /// Reads 32, 40 or 64 hexadecimal digits of either case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.len() {
            32 => bytes(text).map(Self::Md5),
            40 => bytes(text).map(Self::Sha1),
            64 => bytes(text).map(Self::Sha256),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Md5(bytes) => bytes,
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    pub(crate) fn hex(&self) -> String {
        hex(self.as_bytes())
    }
}

/// The digests of one file, which belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) md5: [u8; 16],
    pub(crate) sha1: [u8; 20],
    pub(crate) sha256: [u8; 32],
}

impl Digests {
    pub(crate) fn of(content: &[u8]) -> Self {
        Self {
            md5: Md5::digest(content).into(),
            sha1: Sha1::digest(content).into(),
            sha256: Sha256::digest(content).into(),
        }
    }

    /// Invents the file whose digest was asked for: that digest stays, the others are hashes of its text.
    pub(crate) fn made_up(asked: AskedHash) -> Self {
        let mut digests = Self::of(format!("vt-sim file {}\n", asked.hex()).as_bytes());
        match asked {
            AskedHash::Md5(md5) => digests.md5 = md5,
            AskedHash::Sha1(sha1) => digests.sha1 = sha1,
            AskedHash::Sha256(sha256) => digests.sha256 = sha256,
        }
        digests
    }

    pub(crate) fn each(&self) -> [AskedHash; 3] {
        [
            AskedHash::Md5(self.md5),
            AskedHash::Sha1(self.sha1),
            AskedHash::Sha256(self.sha256),
        ]
    }

    pub(crate) fn contains(&self, asked: AskedHash) -> bool {
        self.each().contains(&asked)
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_of_a_text_are_the_real_ones() {
        let digests = Digests::of(b"abc");

        assert_eq!(hex(&digests.md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex(&digests.sha1),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex(&digests.sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_hash_is_read_in_either_case_and_nothing_else_is() {
        let lower = "900150983cd24fb0d6963f7d28e17f72";

        assert_eq!(
            AskedHash::parse(&lower.to_uppercase()),
            AskedHash::parse(lower)
        );
        assert_eq!(
            AskedHash::parse(lower).map(|hash| hash.hex()),
            Some(lower.to_owned())
        );
        assert_eq!(AskedHash::parse(&lower[1..]), None);
        assert_eq!(AskedHash::parse(&lower.replace('9', "g")), None);
        // Sixteen two-byte letters are 32 bytes long but no digits.
        assert_eq!(AskedHash::parse(&"é".repeat(16)), None);
    }

    #[test]
    fn a_made_up_file_keeps_the_digest_that_was_asked_for() {
        for asked in Digests::of(b"anything").each() {
            let made_up = Digests::made_up(asked);

            assert!(made_up.contains(asked));
            assert_eq!(made_up, Digests::made_up(asked));
        }
    }
}
