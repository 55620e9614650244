//! What came of each hash.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{client, hash::FileHash, quota::LedgerError, report::Lookup};

/// What came of one hash.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The hash that was asked for.
    pub hash: FileHash,
    /// The answer, or why there is none.
    pub result: Result<Answer, Error>,
}

/// An answer and where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What VirusTotal says.
    pub lookup: Lookup,
    /// Where the answer is from.
    pub source: Source,
    /// When VirusTotal gave it.
    pub fetched_at: DateTime<Utc>,
}

/// Where an answer is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The cache.
    Cache,
    /// A request that was sent for this hash.
    VirusTotal,
    /// A request that was sent for another digest of the same file, or by
    /// another caller.
    Joined,
}

/// Why a hash has no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// VirusTotal gave none.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// The quota ledger does not work, and nothing is sent without it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No answer in the time the caller gave. The question stays where it is
    /// in line only as long as somebody else waits for it.
    #[error("no answer yet{}", expected(*.eta))]
    Pending {
        /// When an answer can be expected.
        eta: Option<DateTime<Utc>>,
    },
    /// VirusTotal, or the way to it, is down: nothing was sent.
    #[error(
        "VirusTotal is out of reach at present; it is tried again at {}",
        retry_at.format("%Y-%m-%d %H:%M UTC")
    )]
    Unavailable {
        /// When it is tried again.
        retry_at: DateTime<Utc>,
    },
    /// The scanner may not ask VirusTotal, and the cache has no answer.
    #[error("not in the cache, and asking VirusTotal is switched off")]
    Offline,
    /// The scanner went away, or its runtime did.
    #[error("the scan was stopped before this hash was asked")]
    Cancelled,
    /// A defect in this library; other hashes are not affected.
    #[error("internal error: {0}; please report it")]
    Internal(Box<str>),
}

impl Error {
    /// Whether the same question may be answered later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Client(error) => error.is_retryable(),
            Self::Ledger(_) | Self::Pending { .. } | Self::Unavailable { .. } => true,
            Self::Cancelled => true,
            Self::Offline | Self::Internal(_) => false,
        }
    }

    /// How long VirusTotal asked to wait, if it did.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Client(error) => error.retry_after(),
            _ => None,
        }
    }

    /// When an answer can be expected, or is tried for again, if that is
    /// known.
    #[must_use]
    pub const fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Pending { eta } => *eta,
            Self::Unavailable { retry_at } => Some(*retry_at),
            _ => None,
        }
    }
}

fn expected(eta: Option<DateTime<Utc>>) -> String {
    eta.map(|eta| format!(", expected about {}", eta.format("%Y-%m-%d %H:%M UTC")))
        .unwrap_or_default()
}
