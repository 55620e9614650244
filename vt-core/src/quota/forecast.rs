//! What is spent, and when the rest will be answered.

use std::{num::NonZeroU32, time::Duration};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{GUARD, MARGIN, Quota, WINDOW};

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
    /// How long nothing may be sent because VirusTotal refused; zero if it may.
    pub blocked_for: Duration,
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
        }
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
        let mut left = requests;
        let horizon = self.at.checked_add_months(Months::new(1_200))?;
        let latency = TimeDelta::from_std(latency).ok()?;
        // Also keeps what is added to it below from overflowing.
        if latency > horizon - self.at {
            return None;
        }
        let mut plan = Plan::new(self, latency)?;
        while left > 0 {
            let now = plan.room().min(left);
            plan.send(now)?;
            left -= now;
            if left > 0 {
                plan.next_day()?;
            }
            if plan.time > horizon {
                return None;
            }
        }
        Some(plan.time)
    }
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
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn seconds(usage: &Usage, requests: u64) -> i64 {
        let done = usage.forecast(requests, Duration::ZERO).unwrap();
        (done - usage.at).num_seconds()
    }

    #[test]
    fn the_minute_limit_spaces_requests() {
        let usage = Usage::none(at("2026-03-01T00:02:00Z"), Quota::PUBLIC);
        assert_eq!(seconds(&usage, 0), 0);
        assert_eq!(seconds(&usage, 4), 0);
        assert_eq!(seconds(&usage, 5), 60);
        assert_eq!(seconds(&usage, 9), 120);
        assert_eq!(seconds(&usage, 100), 24 * 60 + 6);
    }

    #[test]
    fn places_that_are_taken_count() {
        let mut usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
        usage.minute = 4;
        usage.place_free_in = Duration::from_secs(25);
        assert_eq!(seconds(&usage, 1), 25);
        assert_eq!(seconds(&usage, 5), 85);
    }

    #[test]
    fn the_day_limit_moves_the_rest_to_the_next_day() {
        let mut usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
        usage.day = 499;
        assert_eq!(seconds(&usage, 1), 0);
        let done = usage.forecast(2, Duration::ZERO).unwrap();
        assert_eq!(done, at("2026-03-02T00:02:00Z"));
        let done = usage.forecast(1 + 500 + 500 + 1, Duration::ZERO).unwrap();
        assert_eq!(done, at("2026-03-04T00:02:00Z"));
    }

    #[test]
    fn the_month_limit_moves_the_rest_to_the_next_month() {
        let mut usage = Usage::none(at("2026-12-30T12:00:00Z"), Quota::PUBLIC.per_month(1_000));
        usage.month = 1_000;
        let done = usage.forecast(1, Duration::ZERO).unwrap();
        assert_eq!(done, at("2027-01-01T00:02:00Z"));
    }

    #[test]
    fn a_minute_limit_fills_the_day_before_a_large_day_limit_does() {
        let quota = Quota::PUBLIC.per_day(1_000_000).per_month(None);
        let usage = Usage::none(at("2026-03-01T23:59:30Z"), quota);
        let done = usage.forecast(5, Duration::ZERO).unwrap();
        assert_eq!(done, at("2026-03-02T00:02:00Z"));
    }

    #[test]
    fn a_block_is_waited_for() {
        let mut usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
        usage.blocked_for = Duration::from_secs(3_600);
        assert_eq!(seconds(&usage, 1), 3_600);
        usage.blocked_for = Duration::from_secs(86_400);
        usage.day = 500;
        assert_eq!(seconds(&usage, 1), 86_400);
    }

    #[test]
    fn without_limits_only_the_latency_counts() {
        let usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::UNLIMITED);
        let done = usage.forecast(1_000_000, Duration::from_secs(1)).unwrap();
        assert_eq!((done - usage.at).num_seconds(), 1);
    }

    #[test]
    fn a_century_is_no_forecast() {
        let usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
        assert_eq!(usage.forecast(u64::MAX, Duration::ZERO), None);
    }

    #[test]
    fn no_number_is_too_large() {
        let quotas = [
            Quota::PUBLIC,
            Quota::UNLIMITED,
            Quota::UNLIMITED.per_minute(u32::MAX),
            Quota::UNLIMITED.per_month(u32::MAX),
        ];
        let times = [
            Duration::ZERO,
            Duration::from_millis(i64::MAX as u64),
            Duration::MAX,
        ];
        for quota in quotas {
            for at in [at("2026-03-01T12:00:00Z"), DateTime::<Utc>::MAX_UTC] {
                for (latency, blocked_for) in times.iter().flat_map(|a| times.map(|b| (*a, b))) {
                    let usage = Usage {
                        minute: 1,
                        day: u32::MAX,
                        month: u32::MAX,
                        place_free_in: latency,
                        blocked_for,
                        ..Usage::none(at, quota)
                    };
                    for requests in [0, 1, u64::from(u32::MAX), u64::MAX] {
                        let done = usage.forecast(requests, latency);
                        assert!(done.is_none_or(|done| done >= at), "{usage:?}");
                    }
                }
            }
        }
    }
}
