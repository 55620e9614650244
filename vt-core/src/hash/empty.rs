//! The digests of the empty file, which turn up wherever something failed to be read.

use super::{FileHash, HashKind};

impl FileHash {
    /// The digest of no bytes at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use vt_core::hash::{FileHash, HashKind};
    ///
    /// let empty: FileHash = "d41d8cd98f00b204e9800998ecf8427e".parse()?;
    /// assert_eq!(FileHash::of_empty_file(HashKind::Md5), empty);
    /// # Ok::<(), vt_core::hash::ParseHashError>(())
    /// ```
    #[must_use]
    pub const fn of_empty_file(kind: HashKind) -> Self {
        match kind {
            HashKind::Md5 => {
                Self::md5(0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e_u128.to_be_bytes())
            }
            HashKind::Sha1 => Self::sha1([
                0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60,
                0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09,
            ]),
            HashKind::Sha256 => Self::sha256([
                0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
                0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
                0x78, 0x52, 0xb8, 0x55,
            ]),
        }
    }

    /// Says whether this is the digest of the empty file.
    ///
    /// In a list of suspicious files it mostly means that a file could not be
    /// read when the list was made.
    #[must_use]
    pub fn is_of_empty_file(&self) -> bool {
        *self == Self::of_empty_file(self.kind)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_digests_of_the_empty_file_are_the_well_known_ones() {
        for (kind, text) in [
            (HashKind::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (HashKind::Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ] {
            assert_eq!(FileHash::of_empty_file(kind).to_string(), text);
        }
        let sha256 = FileHash::sha256(Sha256::digest(b"").into());
        assert!(sha256.is_of_empty_file());
        assert!(!FileHash::sha256([0; 32]).is_of_empty_file());
    }
}
