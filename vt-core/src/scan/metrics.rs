//! What a scanner has done so far, in numbers.
//!
//! It is also told as it happens, as events of `tracing` with these fields:
//!
//! | event | level | fields |
//! | --- | --- | --- |
//! | `answered` | debug | `hash`, `found`, `latency_ms` |
//! | `no answer` | debug, or warn if another file was reported | `hash`, `error`, `class`, `attempts`, `next` |
//! | `waiting` | info | `cause` |
//! | `the key is refused` | error | `error` |
//! | `asking without the cache`, `an answer is not kept` | warn | `error` |
//! | `a charge stays as it is`, `giving up on the ledger` | warn | `error` |
//! | `VirusTotal counted`, `VirusTotal does not say what it counted` | debug | `day`, `month`; `error` |

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Outcome, Source, WaitsFor};
use crate::{client::retry::Class, quota::Limit};

/// What a scanner has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Requests that were sent, the failed ones included.
    pub requests: u64,
    /// Of these, those that asked once more what had failed seconds before.
    pub retries: u64,
    /// Hashes that were answered by the cache.
    pub cached: u64,
    /// Hashes that were answered by a request sent for something else.
    pub joined: u64,
    /// Hashes that had an error as their outcome.
    pub errors: u64,
    /// Requests that VirusTotal refused because the quota is used up.
    pub refused: u64,
    /// Requests that failed in a way that may pass.
    pub transient: u64,
    /// Requests that failed, and always will.
    pub permanent: u64,
    /// Requests whose key was refused.
    pub unauthorized: u64,
    /// How often something had to wait for the minute limit.
    pub minute_waits: u64,
    /// How often something had to wait for the day or the month limit.
    pub day_waits: u64,
    /// How often something had to wait because VirusTotal had refused.
    pub refusal_waits: u64,
    /// How often something had to wait because VirusTotal was out of reach.
    pub outage_waits: u64,
    /// How often something large had to wait for its time of the day.
    pub pace_waits: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    cached: AtomicU64,
    joined: AtomicU64,
    errors: AtomicU64,
    failures: [AtomicU64; 4],
    waits: [AtomicU64; 5],
}

impl Counters {
    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(super) fn count_retry(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub(super) fn count_outcome(&self, outcome: &Outcome) {
        let counter = match &outcome.result {
            Ok(answer) => match answer.source {
                Source::Cache => &self.cached,
                Source::Joined => &self.joined,
                Source::VirusTotal => return,
            },
            Err(_) => &self.errors,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn count_failure(&self, class: Class) {
        let at = match class {
            Class::Transient => 0,
            Class::Permanent => 1,
            Class::Quota => 2,
            Class::Auth => 3,
        };
        self.failures[at].fetch_add(1, Relaxed);
    }

    pub(super) fn count_wait(&self, cause: WaitsFor) {
        let at = match cause {
            WaitsFor::Limit(Limit::Minute) => 0,
            WaitsFor::Limit(Limit::Day | Limit::Month) => 1,
            WaitsFor::Limit(Limit::Server) => 2,
            WaitsFor::Limit(Limit::Outage) => 3,
            WaitsFor::Pace => 4,
            WaitsFor::Retry => return,
        };
        self.waits[at].fetch_add(1, Relaxed);
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    pub(super) fn snapshot(&self) -> Metrics {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        let [transient, permanent, refused, unauthorized] = self.failures.each_ref().map(read);
        let [
            minute_waits,
            day_waits,
            refusal_waits,
            outage_waits,
            pace_waits,
        ] = self.waits.each_ref().map(read);
        Metrics {
            requests: read(&self.requests),
            retries: read(&self.retries),
            cached: read(&self.cached),
            joined: read(&self.joined),
            errors: read(&self.errors),
            refused,
            transient,
            permanent,
            unauthorized,
            minute_waits,
            day_waits,
            refusal_waits,
            outage_waits,
            pace_waits,
        }
    }
}
