//! What was found in a text, and what was left out and why.

use std::{collections::BTreeMap, fmt};

use super::{
    Encoding, FileHash,
    columns::Columns,
    distinct::{Distinct, Place},
    reading::Rest,
    records::Records,
};

/// What [`extract`](super::extract) or an [`Extractor`](super::Extractor) found in a text.
#[derive(Clone, Debug)]
pub struct Extraction {
    hashes: Records<{ FileHash::RECORD }>,
    columns: Columns,
    skipped: Vec<Skipped>,
    by_reason: BTreeMap<SkipReason, u64>,
    lines: u64,
    bytes: u64,
    encoding: Encoding,
}

/// A hash in a text, each time it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occurrence {
    /// The hash.
    pub hash: FileHash,
    /// The line it stands on, from 1.
    pub line: u64,
}

/// A hash that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The hash.
    pub hash: FileHash,
    /// The line it stands on first, from 1.
    pub line: u64,
    /// How many times it stands in the text.
    pub count: u64,
}

/// A run of hex digits that was looked at and is not taken for a file's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The line it stands on, from 1.
    pub line: u64,
    /// Its first 128 digits, as they are written.
    pub text: String,
    /// Why it is skipped.
    pub reason: SkipReason,
}

/// Why a run of hex digits is not taken for a file's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// The text calls it a digest that is not of a file.
    Labelled {
        /// The usual name of that digest, whatever spelling the text has.
        label: &'static str,
    },
    /// It is as long as a SHA-224 digest.
    Sha224,
    /// It is as long as a SHA-384 digest.
    Sha384,
    /// It is as long as a SHA-512 digest.
    Sha512,
    /// It has its line for itself, like a hash, but not the length of one.
    WrongLength {
        /// How many digits it has.
        digits: usize,
    },
}

impl SkipReason {
    /// The digest VirusTotal does not know that has so many digits.
    pub(super) const fn of_hex_len(digits: usize) -> Option<Self> {
        match digits {
            56 => Some(Self::Sha224),
            96 => Some(Self::Sha384),
            128 => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Labelled { label } => return write!(f, "{label}, not a file's digest"),
            Self::WrongLength { digits } => {
                return write!(
                    f,
                    "{digits} hex digits: MD5 has 32, SHA-1 has 40 and SHA-256 has 64"
                );
            }
            Self::Sha224 => "SHA-224",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        };
        write!(f, "{name}: VirusTotal knows MD5, SHA-1 and SHA-256 only")
    }
}

impl Extraction {
    /// The distinct hashes in the order in which they first appear.
    pub fn hashes(&self) -> impl DoubleEndedIterator<Item = FileHash> + ExactSizeIterator + Clone {
        let places = 0..self.hashes.len();
        places.map(|place| self.hash_at(place))
    }

    /// Turns into the distinct hashes in the order in which they first appear.
    #[must_use]
    pub fn into_hashes(self) -> Vec<FileHash> {
        let mut hashes = Vec::with_capacity(self.hashes.len());
        hashes.extend(self.hashes.drain().map(FileHash::from_record));
        hashes
    }

    /// The distinct hashes, each with its first line and its count, in the order
    /// in which they first appear.
    #[must_use]
    pub fn found(&self) -> impl DoubleEndedIterator<Item = Found> + ExactSizeIterator + Clone {
        let places = 0..self.hashes.len();
        places.map(|place| self.found_at(place))
    }

    fn hash_at(&self, place: usize) -> FileHash {
        FileHash::from_record(*self.hashes.at(place))
    }

    fn found_at(&self, place: usize) -> Found {
        Found {
            hash: self.hash_at(place),
            line: self.columns.line_of(place),
            count: self.columns.count_of(place),
        }
    }

    /// The found hashes that are digests of the empty file.
    ///
    /// They ask for a warning: whoever made the list hashed nothing there.
    pub fn empty_file(&self) -> impl Iterator<Item = Found> {
        let hashes = self.hashes().enumerate();
        hashes
            .filter(|(_, hash)| hash.is_of_empty_file())
            .map(|(place, _)| self.found_at(place))
    }

    /// The first 1,000 runs that were skipped, in the order of the text.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// How many runs were skipped in all.
    #[must_use]
    pub fn skipped_total(&self) -> u64 {
        self.by_reason.values().sum()
    }

    /// How many runs were skipped for each reason that occurred.
    pub fn skipped_by_reason(&self) -> impl ExactSizeIterator<Item = (SkipReason, u64)> {
        self.by_reason
            .iter()
            .map(|(reason, count)| (*reason, *count))
    }

    /// How many lines the text has; one without an end counts if there is something on it.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// How many bytes the text has, its byte order mark included.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How the text was read.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }
}

/// An [`Extraction`] in the making.
#[derive(Debug, Default)]
pub(super) struct Findings {
    distinct: Distinct,
    columns: Columns,
}

impl Findings {
    /// Takes in hashes in their order.
    pub(super) fn take(&mut self, batch: &[Occurrence]) {
        self.distinct.insert(batch, |place, line| match place {
            Place::New => self.columns.push(line),
            Place::Known(place) => self.columns.count(place),
        });
    }

    pub(super) fn finish(self, rest: Rest) -> Extraction {
        Extraction {
            hashes: self.distinct.into_hashes(),
            columns: self.columns,
            by_reason: rest.skips.by_reason(),
            skipped: rest.skips.kept,
            lines: rest.lines,
            bytes: rest.bytes,
            encoding: rest.encoding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_text_for_people() {
        let label = SkipReason::Labelled { label: "imphash" };
        assert_eq!(label.to_string(), "imphash, not a file's digest");
        assert_eq!(
            SkipReason::Sha512.to_string(),
            "SHA-512: VirusTotal knows MD5, SHA-1 and SHA-256 only"
        );
        let typo = SkipReason::WrongLength { digits: 33 };
        assert!(typo.to_string().starts_with("33 hex digits: "));
    }
}
