//! Taking questions back.

use super::{Asker, Board, ScanId, State};
use crate::{
    hash::FileHash,
    scan::{Error, Outcome},
};

impl Board {
    /// Takes back what a scan asked, except what is under way: that still has
    /// its outcome, but is not asked again if it fails.
    pub(in crate::scan) fn withdraw(&mut self, scan: ScanId) {
        let in_line = self.lines.withdraw(scan);
        let delayed = self.delayed.iter().map(|(_, hash)| *hash);
        let hashes: Vec<FileHash> = in_line.into_iter().chain(delayed).collect();
        for hash in hashes {
            let Some(flight) = self.flights.get_mut(&hash) else {
                continue;
            };
            let Ok(at) = flight.position(scan) else {
                continue;
            };
            if flight.state == State::Sent {
                continue;
            }
            let asker = flight.askers.remove(at);
            if flight.state == State::Waiting {
                if flight.askers.is_empty() {
                    self.flights.remove(&hash);
                }
                self.lines.no_longer_waits(scan);
            }
            self.dismiss(hash, asker);
        }
    }

    /// Lets those go who asked this and have withdrawn while it was under way.
    pub(super) fn dismiss_withdrawn(&mut self, hash: FileHash) {
        let Some(flight) = self.flights.get_mut(&hash) else {
            return;
        };
        let lines = &self.lines;
        let withdrawn = |asker: &mut Asker| lines.has_withdrawn(asker.scan);
        let dismissed: Vec<Asker> = flight.askers.extract_if(.., withdrawn).collect();
        for asker in dismissed {
            self.dismiss(hash, asker);
        }
    }

    fn dismiss(&self, hash: FileHash, asker: Asker) {
        for _ in 0..asker.times {
            let result = Err(Error::Cancelled);
            self.lines.tell(asker.scan, Outcome { hash, result });
        }
    }
}
