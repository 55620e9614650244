//! What a simulator is like, set before it is built.

use std::{
    fmt,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use http::HeaderMap;

use crate::{
    answer::QuotaCode,
    catalogue::{Catalogue, ReportsError},
    clock::{self, Clock},
    profile::Shares,
    quota::{Limits, Minute},
    report::MOST_ENGINES,
    simulator::Simulator,
};

/// How many samples a simulator knows if nobody says.
pub const DEFAULT_SAMPLES: u64 = 10_000;
/// The share of unknown files if nobody says.
pub const DEFAULT_UNKNOWN: f64 = 0.1;
/// The share of detected files if nobody says.
pub const DEFAULT_DETECTED: f64 = 0.4;
/// How many engines a report lists if nobody says.
pub const DEFAULT_ENGINES: usize = 75;

/// Settings of a [`Simulator`] that is not built yet.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    settings: Settings,
    shares: Shares,
    samples: u64,
    start: DateTime<Utc>,
    reports: Vec<PathBuf>,
}

/// A simulator cannot be built from its settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A share is not a part of a whole.
    #[error("the share of {name} files is {share}; give a number from 0 to 1")]
    Share {
        /// Which share it is.
        name: &'static str,
        /// What was given.
        share: f64,
    },
    /// The recorded reports cannot be read.
    #[error(transparent)]
    Reports(#[from] ReportsError),
}

/// How long the simulator thinks about each answer: a time, or one drawn from a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    least: Duration,
    most: Duration,
}

/// The settings that requests are answered by.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) minute: Minute,
    pub(crate) charge_refused: bool,
    pub(crate) quota_code: QuotaCode,
    pub(crate) retry_after: bool,
    pub(crate) keys: Keys,
    pub(crate) latency: Latency,
    pub(crate) engines: usize,
    pub(crate) analysis_takes: Option<Duration>,
    pub(crate) seed: u64,
}

/// The keys that the simulator knows.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    /// `None` accepts every key that is not empty.
    accepted: Option<Vec<String>>,
    inactive: Vec<String>,
}

/// What the simulator thinks of the key in a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyCheck<'a> {
    Accepted(&'a str),
    Missing,
    Wrong,
    Inactive,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings {
                limits: Limits::PUBLIC,
                minute: Minute::default(),
                charge_refused: false,
                quota_code: QuotaCode::default(),
                retry_after: false,
                keys: Keys::default(),
                latency: Latency::default(),
                engines: DEFAULT_ENGINES,
                analysis_takes: None,
                seed: 0,
            },
            shares: Shares {
                unknown: DEFAULT_UNKNOWN,
                detected: DEFAULT_DETECTED,
                pending: 0.0,
            },
            samples: DEFAULT_SAMPLES,
            start: default_start(),
            reports: Vec::new(),
        }
    }
}

impl Builder {
    /// Sets all quotas at once; the default is [`Limits::PUBLIC`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Sets how many requests a key may make in a minute; `None` is no limit.
    pub fn per_minute(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.settings.limits.per_minute = limit.into();
        self
    }

    /// Sets how many requests a key may make in a UTC day; `None` is no limit.
    pub fn per_day(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.settings.limits.per_day = limit.into();
        self
    }

    /// Sets how many requests a key may make in a month; `None` is no limit.
    pub fn per_month(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.settings.limits.per_month = limit.into();
        self
    }

    /// Sets which minute the minute limit counts in; the default is [`Minute::Sliding`].
    pub fn minute(mut self, minute: Minute) -> Self {
        self.settings.minute = minute;
        self
    }

    /// Sets whether a request that gets a 429 uses quota too; by default it does not.
    pub fn charge_refused(mut self, charge: bool) -> Self {
        self.settings.charge_refused = charge;
        self
    }

    /// Sets how the code of a 429 is spelt.
    pub fn quota_code(mut self, code: QuotaCode) -> Self {
        self.settings.quota_code = code;
        self
    }

    /// Sets whether a 429 carries `Retry-After`: 60 seconds. VirusTotal's does not, and so by default this one.
    pub fn retry_after(mut self, send: bool) -> Self {
        self.settings.retry_after = send;
        self
    }

    /// Accepts this key, and no other that was not set in the same way; without any, every non-empty key is accepted.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.settings
            .keys
            .accepted
            .get_or_insert_default()
            .push(key.into());
        self
    }

    /// Refuses this key as that of a user who is not active.
    pub fn inactive_key(mut self, key: impl Into<String>) -> Self {
        self.settings.keys.inactive.push(key.into());
        self
    }

    /// Sets how long each answer takes: a `Duration`, or a range from which it is drawn by the seed.
    pub fn latency(mut self, latency: impl Into<Latency>) -> Self {
        self.settings.latency = latency.into();
        self
    }

    /// Sets how many engines a report lists, from 2 to the 78 that the simulator has names for.
    pub fn engines(mut self, count: usize) -> Self {
        self.settings.engines = count.clamp(2, MOST_ENGINES);
        self
    }

    /// Sets which share of the files is unknown, from 0 to 1.
    pub fn unknown(mut self, share: f64) -> Self {
        self.shares.unknown = share;
        self
    }

    /// Sets which share of the files is detected, from 0 to 1.
    pub fn detected(mut self, share: f64) -> Self {
        self.shares.detected = share;
        self
    }

    /// Sets which share of the known files is still being analysed, from 0 to 1; by default none.
    pub fn pending(mut self, share: f64) -> Self {
        self.shares.pending = share;
        self
    }

    /// Sets how long after the start the pending analyses end; by default they never do.
    pub fn analysis_takes(mut self, duration: Duration) -> Self {
        self.settings.analysis_takes = Some(duration);
        self
    }

    /// Sets how many [samples](crate::sample()) the simulator knows.
    pub fn samples(mut self, count: u64) -> Self {
        self.samples = count;
        self
    }

    /// Serves the recorded reports of a folder, under all digests that they name.
    pub fn reports(mut self, folder: impl AsRef<Path>) -> Self {
        self.reports.push(folder.as_ref().to_owned());
        self
    }

    /// Sets the calendar time at which the simulator starts; the default is 12:00 UTC on 15 January 2026.
    pub fn start(mut self, start: DateTime<Utc>) -> Self {
        self.start = start;
        self
    }

    /// Starts at the real time of day, as clients outside the test expect.
    pub fn start_now(self) -> Self {
        self.start(clock::real_time())
    }

    /// Sets the seed of everything that is made up.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Builds the simulator; its time starts here.
    ///
    /// # Errors
    ///
    /// Fails if a share is not from 0 to 1, or if a folder of recorded reports cannot be read.
    pub fn build(self) -> Result<Simulator, BuildError> {
        let shares = [
            ("unknown", self.shares.unknown),
            ("detected", self.shares.detected),
            ("pending", self.shares.pending),
        ];
        for (name, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return Err(BuildError::Share { name, share });
            }
        }
        let mut catalogue = Catalogue::new(self.samples, self.shares, self.settings.seed);
        for folder in &self.reports {
            catalogue.read_reports(folder)?;
        }
        Ok(Simulator::new(
            self.settings,
            Clock::starting_at(self.start),
            catalogue,
        ))
    }
}

impl Latency {
    pub(crate) fn draw(self, random: &mut fastrand::Rng) -> Duration {
        let span = self.most.saturating_sub(self.least);
        self.least + span.mul_f64(random.f64())
    }
}

impl From<Duration> for Latency {
    fn from(duration: Duration) -> Self {
        Self {
            least: duration,
            most: duration,
        }
    }
}

impl From<RangeInclusive<Duration>> for Latency {
    fn from(range: RangeInclusive<Duration>) -> Self {
        Self {
            least: *range.start(),
            most: *range.end(),
        }
    }
}

impl Keys {
    pub(crate) fn check<'a>(&self, headers: &'a HeaderMap) -> KeyCheck<'a> {
        let Some(value) = headers.get("x-apikey").filter(|value| !value.is_empty()) else {
            return KeyCheck::Missing;
        };
        let Ok(key) = value.to_str() else {
            return KeyCheck::Wrong;
        };
        let is_key = |known: &String| known == key;
        if self.inactive.iter().any(is_key) {
            KeyCheck::Inactive
        } else if self
            .accepted
            .as_ref()
            .is_none_or(|accepted| accepted.iter().any(is_key))
        {
            KeyCheck::Accepted(key)
        } else {
            KeyCheck::Wrong
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

fn default_start() -> DateTime<Utc> {
    Utc.timestamp_opt(1_768_478_400, 0)
        .single()
        .unwrap_or_default()
}
