//! Taking questions back.

use super::{Asker, Board, ScanId, State};
use crate::{hash::FileHash, scan::Error};

impl Board {
    /// Takes back what a scan asked, except what is under way: that still has
    /// its outcome, but is not asked again if it fails.
    pub(in crate::scan) fn withdraw(&mut self, scan: ScanId) {
        let in_line = self.lines.withdraw(scan);
        let delayed = self.delayed.iter().map(|(_, hash)| *hash);
        let hashes: Vec<FileHash> = in_line.into_iter().chain(delayed).collect();
        for hash in hashes {
            if let Some(asker) = self.take_out(scan, hash) {
                self.tell_error(hash, asker, &Error::Cancelled);
            }
        }
    }

    /// Takes a scan out of a flight that is not under way.
    pub(super) fn take_out(&mut self, scan: ScanId, hash: FileHash) -> Option<Asker> {
        let flight = self.flights.get_mut(&hash)?;
        if flight.state == State::Sent {
            return None;
        }
        let at = flight.position(scan).ok()?;
        let asker = flight.askers.remove(at);
        // One that is delayed is kept: whoever asks next waits for its moment.
        if flight.state == State::Waiting {
            if flight.askers.is_empty() {
                self.flights.remove(&hash);
            }
            self.lines.no_longer_waits(scan);
        }
        Some(asker)
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
            self.tell_error(hash, asker, &Error::Cancelled);
        }
    }
}
