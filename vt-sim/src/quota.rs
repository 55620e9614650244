//! Request quotas, counted the way a server counts: by arrival.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chrono::{Datelike, NaiveDate};

use crate::clock::Moment;

/// The length of the minute window.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// How many requests a key may make; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a minute; see [`Minute`] for which one.
    pub per_minute: Option<u32>,
    /// Requests in a day, which begins at 00:00 UTC.
    pub per_day: Option<u32>,
    /// Requests in a month, which begins on the 1st at 00:00 UTC.
    pub per_month: Option<u32>,
}

impl Limits {
    /// The limits of VirusTotal's public API: 4 a minute, 500 a day, 15,500 a month.
    pub const PUBLIC: Self = Self {
        per_minute: Some(4),
        per_day: Some(500),
        per_month: Some(15_500),
    };

    /// No limits at all.
    pub const NONE: Self = Self {
        per_minute: None,
        per_day: None,
        per_month: None,
    };
}

/// Which minute the minute limit counts in; VirusTotal does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Minute {
    /// The last 60 seconds: the stricter reading, and the default.
    #[default]
    Sliding,
    /// The minute of the clock on the wall, which begins anew at second 0.
    Calendar,
}

/// What one API key has used.
#[derive(Debug, Default)]
pub(crate) struct Account {
    recent: VecDeque<Duration>,
    minute: Counter<i64>,
    hour: Counter<i64>,
    month: Counter<(i32, u32)>,
    days: BTreeMap<NaiveDate, u64>,
}

impl Account {
    /// Tells whether one more request is within every limit.
    pub(crate) fn has_room(&mut self, now: Moment, limits: Limits, minute: Minute) -> bool {
        let in_minute = match minute {
            Minute::Sliding => {
                self.forget_before(now.since_start);
                self.recent.len() as u64
            }
            Minute::Calendar => self.minute.in_period(minute_of(now)),
        };
        within(in_minute, limits.per_minute)
            && within(self.used_in_day(now), limits.per_day)
            && within(self.used_in_month(now), limits.per_month)
    }

    pub(crate) fn charge(&mut self, now: Moment) {
        self.forget_before(now.since_start);
        self.recent.push_back(now.since_start);
        self.minute.add(minute_of(now));
        self.hour.add(hour_of(now));
        self.month.add(month_of(now));
        *self.days.entry(now.wall.date_naive()).or_default() += 1;
    }

    pub(crate) fn used_in_hour(&self, now: Moment) -> u64 {
        self.hour.in_period(hour_of(now))
    }

    pub(crate) fn used_in_day(&self, now: Moment) -> u64 {
        let day = now.wall.date_naive();
        self.days.get(&day).copied().unwrap_or_default()
    }

    pub(crate) fn used_in_month(&self, now: Moment) -> u64 {
        self.month.in_period(month_of(now))
    }

    pub(crate) fn days(&self) -> &BTreeMap<NaiveDate, u64> {
        &self.days
    }

    fn forget_before(&mut self, now: Duration) {
        while self.recent.front().is_some_and(|&at| now - at >= MINUTE) {
            self.recent.pop_front();
        }
    }
}

/// A count that starts again with each new period.
#[derive(Debug, Default)]
struct Counter<P> {
    period: Option<P>,
    count: u64,
}

impl<P: Copy + PartialEq> Counter<P> {
    fn in_period(&self, period: P) -> u64 {
        if self.period == Some(period) {
            self.count
        } else {
            0
        }
    }

    fn add(&mut self, period: P) {
        self.count = self.in_period(period) + 1;
        self.period = Some(period);
    }
}

fn within(used: u64, limit: Option<u32>) -> bool {
    limit.is_none_or(|limit| used < u64::from(limit))
}

fn minute_of(now: Moment) -> i64 {
    now.wall.timestamp().div_euclid(60)
}

fn hour_of(now: Moment) -> i64 {
    now.wall.timestamp().div_euclid(3600)
}

fn month_of(now: Moment) -> (i32, u32) {
    (now.wall.year(), now.wall.month())
}
