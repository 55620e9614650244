//! How much of a report is wanted.

use super::Board;
use crate::{cache::Detail, hash::FileHash};

impl Board {
    /// What the cache is to be asked for: as much of the report as anybody
    /// wants who waits for a hash.
    pub(in crate::scan) fn detail(&self, hash: &FileHash) -> Detail {
        let askers = self.flights.get(hash).map(|flight| &flight.askers);
        let is_full = |detail| detail == Detail::Full;
        let mut wanted = askers
            .into_iter()
            .flatten()
            .filter_map(|asker| Some(self.lines.scans.get(&asker.scan)?.detail));
        match wanted.any(is_full) {
            true => Detail::Full,
            false => Detail::Summary,
        }
    }
}
