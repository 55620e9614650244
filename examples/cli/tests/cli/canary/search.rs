//! Looks for pieces of the key.

use std::{collections::HashSet, fmt, fs, path::Path};

use crate::bench::KEY;

/// Shorter pieces come up by chance.
const PIECE: usize = 8;

/// What was looked through.
#[derive(Default)]
pub(crate) struct Searched {
    places: usize,
    bytes: usize,
}

impl Searched {
    /// Fails if a piece of the key is in these bytes.
    #[track_caller]
    pub(crate) fn bytes(&mut self, place: &str, bytes: &[u8]) {
        if let Some(at) = position(bytes) {
            let around = &bytes[at.saturating_sub(60)..bytes.len().min(at + 80)];
            let around = String::from_utf8_lossy(around);
            panic!("{place}, byte {at}: a piece of the key in {around:?}");
        }
        self.places += 1;
        self.bytes += bytes.len();
    }

    /// Looks through every file, except those that were put there with the key
    /// in them and are still the same.
    #[track_caller]
    pub(crate) fn folder(&mut self, case: &str, folder: &Path, put: &[(&str, Vec<u8>)]) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.folder(case, &path, put);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let same =
                |(name, content): &(&str, Vec<u8>)| path.ends_with(name) && *content == bytes;
            if !put.iter().any(same) {
                self.bytes(&format!("{case}: {}", path.display()), &bytes);
            }
        }
    }

    pub(crate) const fn add(&mut self, other: &Self) {
        self.places += other.places;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { places, bytes } = self;
        write!(f, "{bytes} bytes in {places} files and texts")
    }
}

fn position(bytes: &[u8]) -> Option<usize> {
    let pieces: HashSet<&[u8]> = KEY.as_bytes().windows(PIECE).collect();
    let first: HashSet<u8> = KEY.bytes().collect();
    let candidates = bytes.windows(PIECE).enumerate();
    let mut candidates = candidates.filter(|(_, piece)| first.contains(&piece[PIECE - 1]));
    candidates.find_map(|(at, piece)| pieces.contains(piece).then_some(at))
}

#[test]
fn any_piece_is_found_anywhere() {
    for at in 0..=KEY.len() - PIECE {
        let mut bytes = vec![b'.'; 100];
        bytes[37..37 + PIECE].copy_from_slice(&KEY.as_bytes()[at..at + PIECE]);
        assert_eq!(position(&bytes), Some(37));
        bytes[37 + PIECE / 2] = b'.';
        assert_eq!(position(&bytes), None);
    }
}
