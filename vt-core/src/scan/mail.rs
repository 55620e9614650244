//! Answers on their way to those who asked.

use std::sync::Mutex;

use tokio::sync::mpsc::UnboundedSender;

use super::{Outcome, core::lock};

/// An outcome, and where it goes.
#[derive(Debug)]
pub(super) struct Letter {
    scan: UnboundedSender<Outcome>,
    outcome: Outcome,
}

impl Letter {
    pub(super) const fn new(scan: UnboundedSender<Outcome>, outcome: Outcome) -> Self {
        Self { scan, outcome }
    }

    pub(super) fn deliver(self) {
        // Whoever dropped the receiver is about to leave.
        let _ = self.scan.send(self.outcome);
    }
}

/// What several requests have to hand over at the same time.
///
/// Whoever waits for it may have to be woken, which costs more than all else
/// that becomes of an answer: so once for all of them, and under no lock that
/// others need.
#[derive(Debug, Default)]
pub(super) struct Mail(Mutex<Vec<Letter>>);

impl Mail {
    pub(super) fn post(&self, letters: Vec<Letter>) {
        lock(&self.0).extend(letters);
    }

    /// Hands over what was posted, whoever posted it.
    pub(super) fn deliver(&self) {
        let letters = std::mem::take(&mut *lock(&self.0));
        letters.into_iter().for_each(Letter::deliver);
    }
}
