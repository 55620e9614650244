//! What is spent, and when the rest will be answered.

use std::{num::NonZeroU32, time::Duration};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{GUARD, MARGIN, Quota, WINDOW, spread};

/// What a key has spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// When this was read, by the wall clock.
    pub at: DateTime<Utc>,
    /// The limits it is held against.
    pub quota: Quota,
    /// Places taken in the current 60 seconds.
    pub minute: u32,
    /// How long until the first of these places is free; zero if none is
    /// taken.
    pub place_free_in: Duration,
    /// Requests charged to the current UTC day.
    pub day: u32,
    /// Requests charged to the current UTC month.
    pub month: u32,
    /// How long nothing may be sent because VirusTotal refused or is out of
    /// reach; zero if it may.
    pub blocked_for: Duration,
    /// When VirusTotal last refused what these books had room for: then
    /// somebody else sends with the same key.
    pub external_use: Option<DateTime<Utc>>,
}

impl Usage {
    /// Nothing spent.
    #[must_use]
    pub const fn none(at: DateTime<Utc>, quota: Quota) -> Self {
        Self {
            at,
            quota,
            minute: 0,
            place_free_in: Duration::ZERO,
            day: 0,
            month: 0,
            blocked_for: Duration::ZERO,
            external_use: None,
        }
    }

    /// How many more requests fit into the UTC day and month by these books;
    /// None without such limits.
    #[must_use]
    pub fn left(&self) -> Option<u32> {
        let day = self
            .quota
            .per_day
            .map(|limit| limit.get().saturating_sub(self.day));
        let month = self
            .quota
            .per_month
            .map(|limit| limit.get().saturating_sub(self.month));
        day.into_iter().chain(month).min()
    }

    /// When `requests` more will be answered, if nobody else spends and each
    /// takes `latency`. None if that is further away than a century.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use chrono::DateTime;
    /// use vt_core::quota::{Quota, Usage};
    ///
    /// let usage = Usage::none(DateTime::UNIX_EPOCH, Quota::PUBLIC);
    /// let done = usage.forecast(501, Duration::ZERO).unwrap();
    /// assert_eq!(done.date_naive().to_string(), "1970-01-02");
    /// ```
    #[must_use]
    pub fn forecast(&self, requests: u64, latency: Duration) -> Option<DateTime<Utc>> {
        self.forecast_parts(&[Part::AtOnce(requests)], latency)
    }

    /// As [`forecast`](Self::forecast), for requests of which each waits until
    /// [`spread_wait`](Self::spread_wait) is over.
    #[must_use]
    pub fn forecast_spread(&self, requests: u64, latency: Duration) -> Option<DateTime<Utc>> {
        self.forecast_parts(&[Part::Spread(requests)], latency)
    }

    /// When requests will be answered that are sent part after part.
    pub(crate) fn forecast_parts(
        &self,
        parts: &[Part],
        latency: Duration,
    ) -> Option<DateTime<Utc>> {
        let horizon = self.at.checked_add_months(Months::new(1_200))?;
        let latency = TimeDelta::from_std(latency).ok()?;
        // Also keeps what is added to it below from overflowing.
        if latency > horizon - self.at {
            return None;
        }
        let mut plan = Plan::new(self, latency)?;
        for part in parts {
            let (Part::AtOnce(mut left) | Part::Spread(mut left)) = *part;
            while left > 0 {
                let now = plan.room().min(left);
                match part {
                    Part::AtOnce(_) => plan.send(now)?,
                    Part::Spread(_) => plan.send_spread(now)?,
                }
                left -= now;
                if left > 0 {
                    plan.next_day()?;
                }
                if plan.time > horizon {
                    return None;
                }
            }
        }
        Some(plan.time)
    }
}

/// So many requests, sent in one of two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// As soon as the limits allow.
    AtOnce(u64),
    /// Over the whole of each day.
    Spread(u64),
}

/// A walk through the days to come.
struct Plan {
    quota: Quota,
    time: DateTime<Utc>,
    day: NaiveDate,
    used_today: u64,
    used_this_month: u64,
    // Of the current minute's places, and when the first of them is free.
    taken: u64,
    free_in: Option<TimeDelta>,
    latency: TimeDelta,
}

impl Plan {
    fn new(usage: &Usage, latency: TimeDelta) -> Option<Self> {
        let time = usage
            .at
            .checked_add_signed(TimeDelta::from_std(usage.blocked_for).ok()?)?;
        let mut plan = Self {
            quota: usage.quota,
            time: usage.at,
            day: usage.at.date_naive(),
            used_today: usage.day.into(),
            used_this_month: usage.month.into(),
            taken: usage.minute.into(),
            free_in: TimeDelta::from_std(usage.place_free_in)
                .ok()
                .filter(|_| usage.minute > 0),
            latency,
        };
        while plan.day < time.date_naive() {
            plan.next_day()?;
        }
        plan.time = plan.time.max(time);
        Some(plan)
    }

    /// How many requests the rest of this day takes.
    fn room(&self) -> u64 {
        let left = |limit: Option<NonZeroU32>, used: u64| {
            limit.map_or(u64::MAX, |limit| {
                u64::from(limit.get()).saturating_sub(used)
            })
        };
        let day = left(self.quota.per_day, self.used_today);
        let month = left(self.quota.per_month, self.used_this_month);
        day.min(month).min(self.room_until_midnight())
    }

    fn room_until_midnight(&self) -> u64 {
        let Some((limit, period)) = self.pace() else {
            return u64::MAX;
        };
        let midnight = (self.day + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
        let seconds = (midnight - self.time).num_milliseconds().max(0) / period.num_milliseconds();
        let windows = u64::try_from(seconds).unwrap_or(0) + 1;
        (windows * limit).saturating_sub(self.taken)
    }

    /// Requests in a window, and how long a window takes.
    fn pace(&self) -> Option<(u64, TimeDelta)> {
        let limit = u64::from(self.quota.per_minute?.get());
        let window = TimeDelta::from_std(WINDOW + MARGIN).ok()?;
        Some((limit, window + self.latency))
    }

    fn send(&mut self, requests: u64) -> Option<()> {
        self.used_today = self.used_today.saturating_add(requests);
        self.used_this_month = self.used_this_month.saturating_add(requests);
        if let Some((limit, period)) = self.pace() {
            let places = self.taken.saturating_add(requests);
            let windows = i32::try_from(places.saturating_sub(1) / limit).ok()?;
            if windows > 0 {
                let first = self.free_in.take().unwrap_or(period);
                let wait = period.checked_mul(windows - 1)?.checked_add(&first)?;
                self.time = self.time.checked_add_signed(wait)?;
            }
            self.taken = places - u64::try_from(windows).ok()? * limit;
        }
        if requests > 0 {
            self.time = self.time.checked_add_signed(self.latency)?;
        }
        Some(())
    }

    fn send_spread(&mut self, requests: u64) -> Option<()> {
        let used_before = self.used_today;
        self.send(requests)?;
        let (Some(limit), Some(others)) = (self.quota.per_day, requests.checked_sub(1)) else {
            return Some(());
        };
        let used = used_before.saturating_add(others);
        let due = spread::due(self.day, limit.get().into(), used);
        let last = due.checked_add_signed(self.latency)?;
        if last > self.time {
            // It went alone: those before it were long gone.
            self.time = last;
            self.taken = 1;
            self.free_in = None;
        }
        Some(())
    }

    fn next_day(&mut self) -> Option<()> {
        let next = self.day.checked_add_days(Days::new(1))?;
        if next.month() != self.day.month() {
            self.used_this_month = 0;
        }
        self.day = next;
        self.used_today = 0;
        self.taken = 0;
        self.free_in = None;
        let start = next.and_time(NaiveTime::MIN).and_utc();
        self.time = start.checked_add_signed(TimeDelta::from_std(GUARD).ok()?)?;
        Some(())
    }
}

#[cfg(test)]
mod tests;
