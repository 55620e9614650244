//! Errors that answer for a while, so that callers in a loop do not spend the
//! day's quota on them.

use std::{collections::HashMap, time::Duration};

use crate::{client, hash::FileHash, scan::Error, time::BootTime};

/// How long an error answers for a hash: doubling from the first to the
/// second.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// How many such errors are remembered before those that are over are dropped.
const MEMOS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Memos(HashMap<FileHash, Memo>);

#[derive(Debug)]
struct Memo {
    error: Error,
    until: BootTime,
    wait: Duration,
}

impl Memos {
    /// The error that answers for a hash now.
    pub(super) fn get(&self, hash: &FileHash, now: BootTime) -> Option<&Error> {
        let memo = self.0.get(hash).filter(|memo| memo.until > now);
        memo.map(|memo| &memo.error)
    }

    /// Lets an error answer, at least for as long as the server asked to wait,
    /// and says how.
    pub(super) fn remember(
        &mut self,
        hash: FileHash,
        error: client::Error,
        now: BootTime,
    ) -> Error {
        if self.0.len() >= MEMOS {
            self.0.retain(|_, memo| memo.until > now);
        }
        let doubled = self.0.get(&hash).map(|memo| memo.wait * 2);
        let wait = doubled.unwrap_or(WAIT.0).min(WAIT.1);
        let until = now + wait.max(error.retry_after().unwrap_or_default());
        let error = Error::from(error);
        let told = error.clone();
        self.0.insert(hash, Memo { error, until, wait });
        told
    }

    pub(super) fn forget(&mut self, hash: &FileHash) {
        self.0.remove(hash);
    }
}
