//! How far a scan is, and when it will be done.

use std::{
    fmt::{self, Display},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{
    BulkPace, Error, Outcome, Scanner, Source,
    board::{Ahead, ScanId},
};
use crate::{
    quota::{Limit, Part},
    report::Lookup,
};

/// How far a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many hashes there are, where the input said so.
    pub total: Option<u64>,
    /// How many outcomes there were.
    pub done: u64,
    /// Of these, how many came from the cache.
    pub cached: u64,
    /// Of these, how many files VirusTotal has.
    pub found: u64,
    /// Of these, how many files VirusTotal does not have.
    pub not_found: u64,
    /// Of these, how many have no answer.
    pub errors: u64,
    /// How many requests are to be sent before this scan is done, those for
    /// other scans that come first included.
    pub requests_left: u64,
    /// What this scan is waiting for, if it is not for VirusTotal's reply.
    pub waits_for: Option<WaitsFor>,
    /// When that is looked at again, at the latest.
    pub waits_until: Option<DateTime<Utc>>,
    /// When this scan will be done, by the minute, the day and the month
    /// limit and by the pace of bulk, if nobody else comes or goes. None if
    /// that is more than a century away.
    pub eta: Option<DateTime<Utc>>,
}

/// What a scan can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitsFor {
    /// A limit of the key.
    Limit(Limit),
    /// Its time: large scans are spread over the day
    /// ([`BulkPace::Spread`](super::BulkPace::Spread)).
    Pace,
    /// The next try of what failed.
    Retry,
}

impl From<Limit> for WaitsFor {
    fn from(limit: Limit) -> Self {
        Self::Limit(limit)
    }
}

impl Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => limit.fmt(f),
            Self::Pace => f.write_str("pace of large scans"),
            Self::Retry => f.write_str("next try of what failed"),
        }
    }
}

/// Tells how far a [`Scan`](super::Scan) is.
#[derive(Clone, Debug)]
pub struct Meter {
    scanner: Scanner,
    scan: ScanId,
    counts: Arc<Mutex<Counts>>,
}

impl Meter {
    pub(super) const fn new(scanner: Scanner, scan: ScanId, counts: Arc<Mutex<Counts>>) -> Self {
        Self {
            scanner,
            scan,
            counts,
        }
    }

    /// How far the scan is now.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub async fn read(&self) -> Result<Progress, Error> {
        let core = self.scanner.core();
        let usage = core.usage().await?;
        let ahead = core.board().ahead(self.scan);
        let waits = |cause: &WaitsFor| match cause {
            WaitsFor::Limit(_) => ahead.total() > 0,
            WaitsFor::Pace => ahead.bulk > 0,
            WaitsFor::Retry => ahead.total() == 0,
        };
        let waits = core.waits().filter(|(cause, _)| waits(cause));
        let counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Progress {
            total: counts.total,
            done: counts.done,
            cached: counts.cached,
            found: counts.found,
            not_found: counts.not_found,
            errors: counts.errors,
            requests_left: ahead.total(),
            waits_for: waits.map(|(cause, _)| cause),
            waits_until: waits.and_then(|(_, until)| core.wall_at(until)),
            eta: usage.forecast_parts(&parts(ahead, core.bulk_pace), core.latency()),
        })
    }
}

/// How the requests ahead of a scan are sent.
const fn parts(ahead: Ahead, pace: BulkPace) -> [Part; 3] {
    let bulk = match pace {
        BulkPace::Greedy => Part::AtOnce(ahead.bulk),
        BulkPace::Spread => Part::Spread(ahead.bulk),
    };
    [
        Part::AtOnce(ahead.interactive),
        bulk,
        Part::AtOnce(ahead.rest),
    ]
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    total: Option<u64>,
    done: u64,
    cached: u64,
    found: u64,
    not_found: u64,
    errors: u64,
}

impl Counts {
    /// For an input of this size.
    pub(super) fn of((least, most): (usize, Option<usize>)) -> Self {
        Self {
            total: (most == Some(least)).then_some(least as u64),
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.done += 1;
        let Ok(answer) = &outcome.result else {
            self.errors += 1;
            return;
        };
        match answer.lookup {
            Lookup::Found(_) => self.found += 1,
            Lookup::NotFound => self.not_found += 1,
        }
        if answer.source == Source::Cache {
            self.cached += 1;
        }
    }
}
