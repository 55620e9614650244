//! The pace of work that nobody is waiting for at a screen.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::Usage;

/// How many requests of a day may be sent as soon as it begins: as many as the
/// minute limit of a free key lets through in five minutes.
const HEAD_START: u64 = 20;

const DAY_MS: u64 = 86_400_000;

impl Usage {
    /// How long a request has to wait that shall leave the rest of the day its
    /// share. It may be sent while less of the day's quota is spent than
    /// `20 + (limit - 20) * part of the UTC day gone`: some at once, and all
    /// of it not before the day ends. Zero without a day limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use chrono::DateTime;
    /// use vt_core::quota::{Quota, Usage};
    ///
    /// let mut usage = Usage::none(DateTime::UNIX_EPOCH, Quota::UNLIMITED.per_day(24));
    /// assert_eq!(usage.spread_wait(), Duration::ZERO);
    /// usage.day = 21;
    /// assert_eq!(usage.spread_wait().as_secs(), 6 * 3_600);
    /// ```
    #[must_use]
    pub fn spread_wait(&self) -> Duration {
        let Some(limit) = self.quota.per_day else {
            return Duration::ZERO;
        };
        let due = due(
            self.at.date_naive(),
            limit.get().into(),
            u64::from(self.day),
        );
        (due - self.at).to_std().unwrap_or_default()
    }
}

/// From when on a day takes one more, if `used` of its `limit` are spent: at
/// the latest when the next day begins.
pub(super) fn due(day: NaiveDate, limit: u64, used: u64) -> DateTime<Utc> {
    let head_start = HEAD_START.min(limit);
    let ms = match used.checked_sub(head_start) {
        None => 0,
        // The head start is the whole limit.
        Some(_) if limit == head_start => DAY_MS,
        // One more than the rounded part: what is spent must be less than
        // what is allowed.
        Some(more) => (more.saturating_mul(DAY_MS) / (limit - head_start)).saturating_add(1),
    };
    let start = day.and_time(NaiveTime::MIN).and_utc();
    if ms >= DAY_MS {
        return start.checked_add_days(Days::new(1)).unwrap_or(start);
    }
    // Less than a day, and so within what fits.
    let passed = TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX));
    start.checked_add_signed(passed).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::Quota;

    /// The rule itself.
    fn allowed(usage: &Usage) -> bool {
        let start = usage.at.date_naive().and_time(NaiveTime::MIN).and_utc();
        let gone = u64::try_from((usage.at - start).num_milliseconds()).unwrap();
        let limit = u64::from(usage.quota.per_day.unwrap().get());
        let head_start = limit.min(HEAD_START);
        u64::from(usage.day) * DAY_MS < (limit - head_start) * gone + head_start * DAY_MS
    }

    #[test]
    fn the_wait_ends_at_the_first_millisecond_that_the_rule_allows() {
        let midnight: DateTime<Utc> = "2026-03-10T00:00:00Z".parse().unwrap();
        let seed = 11;
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..20_000 {
            let quota = Quota::UNLIMITED.per_day(random.u32(1..2_000));
            let at = midnight + TimeDelta::milliseconds(random.i64(0..DAY_MS as i64));
            let mut usage = Usage::none(at, quota);
            usage.day = random.u32(0..2_000);
            let wait = usage.spread_wait();
            assert_eq!(wait == Duration::ZERO, allowed(&usage), "seed {seed}");
            let end = at + TimeDelta::from_std(wait).unwrap();
            if wait > Duration::ZERO && end.date_naive() == at.date_naive() {
                usage.at = end;
                assert!(allowed(&usage), "seed {seed}: {usage:?}");
                usage.at = end - TimeDelta::milliseconds(1);
                assert!(!allowed(&usage), "seed {seed}: {usage:?}");
            }
        }
    }

    #[test]
    fn a_day_that_is_spent_is_waited_for_and_no_longer() {
        let at = "2026-03-10T18:00:00Z".parse().unwrap();
        let mut usage = Usage::none(at, Quota::PUBLIC);
        for day in [500, 10_000, u32::MAX] {
            usage.day = day;
            assert_eq!(usage.spread_wait(), Duration::from_secs(6 * 3_600));
        }
        usage.quota = Quota::UNLIMITED;
        assert_eq!(usage.spread_wait(), Duration::ZERO);
    }

    #[test]
    fn the_end_of_all_calendars_is_no_panic() {
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let mut usage = Usage::none(at, Quota::PUBLIC);
            usage.day = u32::MAX;
            assert!(usage.spread_wait() <= Duration::from_secs(86_400));
        }
        assert!(due(NaiveDate::MAX, 0, u64::MAX) >= due(NaiveDate::MAX, 1, 0));
    }
}
