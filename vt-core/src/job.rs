//! Named lists of hashes that survive the end of the process.
//!
//! A [`JobStore`] keeps jobs, their hashes in order, and a result for each. A
//! [`Runner`] works on a job under a lease: whoever starts it after a crash
//! goes on where it ended. What VirusTotal answered belongs to the job: it
//! stays when the cache forgets it.

use std::fmt::{self, Debug, Display};

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    cache::Freshness,
    hash::FileHash,
    report::{Lookup, Verdict},
    scan::Answer,
};

mod memory;
mod runner;
mod store;

pub use memory::MemoryJobStore;
pub use runner::{HEARTBEAT, LEASE, Run, Runner, Start};
pub use store::{Claim, ItemQuery, JobError, JobFilter, JobStore, JobStoreExt, Lease};

/// Names a job: 16 bytes that its owner chose, such as the start of a digest
/// of what was asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId([u8; 16]);

impl JobId {
    /// An id from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What its owner says of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpec {
    /// What people call it, such as the name of the file it came in.
    pub name: String,
    /// Who asked: those who ask get their turns one after the other.
    pub submitter: String,
    /// How old an answer may be when the job takes it from the cache.
    pub freshness: Freshness,
    /// Whatever the program wants to remember. It is kept in plain text.
    pub memo: String,
}

/// A job, and how far it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Job {
    /// Its name among all jobs.
    pub id: JobId,
    /// What its owner says of it.
    pub spec: JobSpec,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its last open hash got its result.
    pub finished_at: Option<DateTime<Utc>>,
    /// What came of its hashes so far.
    pub tally: Tally,
}

impl Job {
    /// A job of so many hashes, none of which has a result. One without any
    /// is finished.
    #[must_use]
    pub fn new(id: JobId, spec: JobSpec, created_at: DateTime<Utc>, total: u64) -> Self {
        // As exact as the times of answers, with which it is compared.
        let created_at = created_at.trunc_subsecs(3);
        Self {
            id,
            spec,
            created_at,
            finished_at: (total == 0).then_some(created_at),
            tally: Tally {
                total,
                ..Tally::default()
            },
        }
    }

    /// Counts a result in the place of another, for a [`JobStore`].
    pub fn count(&mut self, before: Option<&ItemResult>, after: &ItemResult, now: DateTime<Utc>) {
        if let Some(before) = before {
            let slot = self.tally.slot(before);
            *slot = slot.saturating_sub(1);
        }
        *self.tally.slot(after) += 1;
        if self.tally.open() == 0 && self.finished_at.is_none() {
            self.finished_at = Some(now);
        }
    }

    /// Takes failed results back, for a [`JobStore`].
    pub fn reopen(&mut self) {
        self.tally.failed = 0;
        if self.tally.open() > 0 {
            self.finished_at = None;
        }
    }
}

/// How many hashes of a job came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tally {
    /// All of them.
    pub total: u64,
    /// At least one engine calls the file malicious.
    pub detected: u64,
    /// No engine calls the file malicious.
    pub clean: u64,
    /// VirusTotal has the file and no analysis yet.
    pub pending: u64,
    /// VirusTotal does not have the file.
    pub not_found: u64,
    /// There is no answer, and there will be none.
    pub failed: u64,
}

impl Tally {
    /// How many have VirusTotal's answer.
    #[must_use]
    pub const fn answered(&self) -> u64 {
        self.detected + self.clean + self.pending + self.not_found
    }

    /// How many have no result.
    #[must_use]
    pub const fn open(&self) -> u64 {
        let results = self.answered() + self.failed;
        self.total.saturating_sub(results)
    }

    fn slot(&mut self, result: &ItemResult) -> &mut u64 {
        let ItemResult::Answered(answer) = result else {
            return &mut self.failed;
        };
        let Lookup::Found(report) = &answer.lookup else {
            return &mut self.not_found;
        };
        match report.verdict() {
            Verdict::Detected => &mut self.detected,
            Verdict::Clean => &mut self.clean,
            Verdict::Pending => &mut self.pending,
        }
    }
}

/// One hash of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its place in the job, from 0.
    pub index: u32,
    /// What is asked.
    pub hash: FileHash,
    /// What came of it, if it is not open any more.
    pub result: Option<ItemResult>,
}

/// What came of one hash of a job.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemResult {
    /// VirusTotal's answer, without the untouched body.
    Answered(Answer),
    /// Why there is none, and asking once more would not help.
    Failed(Box<str>),
}
