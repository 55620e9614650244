//! What refusals and failures mean for the requests after them, without I/O.
//!
//! Two ladders, each climbed by a step for every event in a row and left by
//! the first answer. **Refusals** (429) shut the key, since the reply does not
//! say which limit is used up. **Failures** (no answer, 5xx) open a circuit
//! after [`FAILURES_IN_A_ROW`]: then VirusTotal or the way to it is down,
//! which is not the fault of any one hash. After either, requests go one at a
//! time until one is answered: the first finds out, and those that would share
//! its fate are not sent.
//!
//! Requests that were under way together meet the same trouble: they count
//! once. Charges are numbered in the order of their grants, so an event counts
//! only if its charge was granted after the last one was counted.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Limit, Wait, account::GUARD};
use crate::time::{BootTime, Now};

/// How many failures in a row are an outage.
pub const FAILURES_IN_A_ROW: u32 = 5;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// How long an outage is left alone: doubling from the first to the second.
const OUTAGE: (Duration, Duration) = (MINUTE, Duration::from_secs(30 * 60));
/// How long `TooManyRequestsError` is heeded: doubling likewise.
const RATE: (Duration, Duration) = (MINUTE, Duration::from_secs(30 * 60));
/// How long `QuotaExceededError` is heeded. The minute's limit is over after
/// the first; after the last it is the day's, which ends at midnight at the
/// latest, and one probe an hour finds out whether it was another.
const QUOTA: [Duration; 3] = [MINUTE, Duration::from_secs(300), Duration::from_secs(1_800)];
const PROBE_EVERY: Duration = HOUR;
/// How soon to ask again whether a probe came back: it may be another
/// process's.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a request tells about those that come after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// VirusTotal answered, and would answer others.
    Answered,
    /// VirusTotal says that the quota of the key is used up.
    Refused(Refusal),
    /// No answer, for a reason that others may meet too.
    Failed,
    /// Nothing that others have to know.
    Nothing,
}

/// How VirusTotal refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which words it used.
    pub kind: RefusalKind,
    /// How long it asked to wait. It usually does not say.
    pub retry_after: Option<Duration>,
    /// What is added to the wait, so that several machines do not come back
    /// at the same moment.
    pub jitter: Duration,
}

/// Which words VirusTotal uses to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// `QuotaExceededError`: the minute, the day or the month.
    Quota,
    /// `TooManyRequestsError`: a pace that it does not like.
    Rate,
}

/// How much trouble a key is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Trouble {
    /// In a row, since the last answer.
    failures: u32,
    /// How often the circuit opened since then.
    openings: u32,
    /// In a row, since the last answer.
    refusals: u32,
    /// The newest charge when the last of these was counted.
    counted: u64,
    outage_until: Option<BootTime>,
    refused_until: Option<BootTime>,
    /// The one request that may be under way meanwhile.
    probe: Option<u64>,
    /// When VirusTotal first refused, in this row or the last, what the books
    /// had room for.
    external_use: Option<DateTime<Utc>>,
}

impl Trouble {
    /// Whether there is nothing to remember.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// How long a request has to wait; none if it may be sent. `is_open` says
    /// whether a charge is still under way.
    pub(super) fn wait(&self, now: BootTime, is_open: impl Fn(u64) -> bool) -> Option<Wait> {
        let (limit, duration) = self.shut_for(now)?;
        if duration > Duration::ZERO {
            return Some(Wait { limit, duration });
        }
        let is_probed = self.probe.is_some_and(is_open);
        is_probed.then_some(Wait {
            limit,
            duration: LOOK_AGAIN,
        })
    }

    /// Notes that a charge was granted.
    pub(super) fn granted(&mut self, charge: u64) {
        self.probe = self.is_climbing().then_some(charge);
    }

    /// Notes what a request told, when `newest` was the last charge granted.
    pub(super) fn note(&mut self, now: Now, charge: u64, newest: u64, reply: Reply) {
        if charge <= self.counted {
            return;
        }
        match reply {
            Reply::Nothing => return,
            Reply::Answered => {
                // All but what is history: books that need no more are short.
                *self = Self {
                    external_use: self.external_use,
                    ..Self::default()
                };
                return;
            }
            Reply::Failed => self.fail(now.boot),
            Reply::Refused(refusal) => {
                // It did answer.
                self.end_outage();
                self.refuse(now, refusal);
            }
        }
        self.counted = newest;
    }

    /// Notes that VirusTotal was heard of otherwise. True if that changed
    /// anything.
    pub(super) fn end_outage(&mut self) -> bool {
        // No circuit is open without failures.
        let was_out = self.failures > 0;
        self.failures = 0;
        self.openings = 0;
        self.outage_until = None;
        was_out
    }

    /// Why nothing is sent and for how long; zero if a probe is due. None if
    /// there is no trouble.
    pub(super) fn shut_for(&self, now: BootTime) -> Option<(Limit, Duration)> {
        let left = |until: Option<BootTime>| {
            until.map_or(Duration::ZERO, |until| until.saturating_since(now))
        };
        let refused = (self.refusals > 0).then(|| (Limit::Server, left(self.refused_until)));
        let out = (self.openings > 0).then(|| (Limit::Outage, left(self.outage_until)));
        refused.into_iter().chain(out).max_by_key(|(_, left)| *left)
    }

    /// When VirusTotal last refused what the books had room for.
    pub(super) const fn external_use(&self) -> Option<DateTime<Utc>> {
        self.external_use
    }

    /// Carries it over a restart of the clock that only goes forward.
    pub(super) fn restart(&mut self, saved: BootTime, passed: Duration, now: BootTime) {
        self.probe = None;
        for until in [&mut self.outage_until, &mut self.refused_until] {
            *until = until.map(|until| now + until.saturating_since(saved).saturating_sub(passed));
        }
    }

    const fn is_climbing(&self) -> bool {
        self.refusals > 0 || self.openings > 0
    }

    fn fail(&mut self, now: BootTime) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_IN_A_ROW {
            self.openings = self.openings.saturating_add(1);
            self.outage_until = Some(now + doubled(OUTAGE, self.openings));
        }
    }

    fn refuse(&mut self, now: Now, refusal: Refusal) {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals == 1 {
            self.external_use = Some(now.wall);
        }
        let asked = refusal.retry_after;
        let step = match refusal.kind {
            // Told how long at the first time, it is believed. Told in vain,
            // it is not.
            _ if self.refusals == 1 && asked.is_some() => Duration::ZERO,
            RefusalKind::Rate => doubled(RATE, self.refusals),
            RefusalKind::Quota => quota_step(self.refusals, now.wall),
        };
        let wait = step.max(asked.unwrap_or_default()) + refusal.jitter;
        self.refused_until = self.refused_until.max(Some(now.boot + wait));
    }
}

fn doubled((first, longest): (Duration, Duration), times: u32) -> Duration {
    let factor = 2_u32.saturating_pow(times.saturating_sub(1));
    first.saturating_mul(factor).min(longest)
}

fn quota_step(refusals: u32, wall: DateTime<Utc>) -> Duration {
    let step = usize::try_from(refusals.saturating_sub(1)).unwrap_or(usize::MAX);
    if let Some(step) = QUOTA.get(step) {
        return *step;
    }
    let midnight = wall
        .date_naive()
        .checked_add_days(Days::new(1))
        .map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let day_left = midnight.and_then(|midnight| (midnight - wall).to_std().ok());
    day_left.map_or(PROBE_EVERY, |left| PROBE_EVERY.min(left + GUARD))
}

#[cfg(test)]
mod tests;
