//! Days and months, by the stricter of two clocks.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

use super::{Limit, Quota, Wait, account::GUARD};
use crate::time::{BootTime, Now};

/// How much each day and each month has cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    days: BTreeMap<NaiveDate, u32>,
    // Keyed by the first day of the month.
    months: BTreeMap<NaiveDate, u32>,
    server: Option<(BootTime, DateTime<Utc>)>,
}

/// The days and months that one request may fall into, as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    days: Vec<NaiveDate>,
    months: Vec<NaiveDate>,
}

impl Calendar {
    /// Notes what the server's clock said at `boot`.
    pub(super) const fn observe_server(&mut self, boot: BootTime, server: DateTime<Utc>) {
        self.server = Some((boot, server));
    }

    /// Where a request that starts at `now` and is over within `deadline` may
    /// be counted.
    pub(super) fn span(&self, now: Now, deadline: Duration) -> Span {
        let mut days: Vec<NaiveDate> = Vec::with_capacity(2);
        for clock in self.clocks(now) {
            let first = shift(clock, -seconds(GUARD)).date_naive();
            let last = shift(clock, seconds(deadline) + seconds(GUARD)).date_naive();
            days.extend(first.iter_days().take_while(|day| *day <= last));
        }
        days.sort_unstable();
        days.dedup();
        let mut months: Vec<NaiveDate> = days.iter().map(|day| first_of_month(*day)).collect();
        months.dedup();
        Span { days, months }
    }

    /// How long a request has to wait for a day or a month with room; none if
    /// there is room.
    pub(super) fn wait(&self, now: Now, span: &Span, quota: &Quota) -> Option<Wait> {
        let full = |limit: Option<std::num::NonZeroU32>, used: Option<&u32>| {
            limit.is_some_and(|limit| used.copied().unwrap_or(0) >= limit.get())
        };
        let months = span
            .months
            .iter()
            .filter(|month| full(quota.per_month, self.months.get(month)));
        let days = span
            .days
            .iter()
            .filter(|day| full(quota.per_day, self.days.get(day)));
        let month_ends = months.map(|month| (Limit::Month, *month + Months::new(1)));
        let day_ends = days.map(|day| (Limit::Day, *day + Days::new(1)));
        month_ends
            .chain(day_ends)
            .map(|(limit, end)| Wait {
                limit,
                duration: self.until(now, end),
            })
            .max_by_key(|wait| wait.duration)
    }

    /// How long until both clocks are past the start of `day`, and past the
    /// guard.
    fn until(&self, now: Now, day: NaiveDate) -> Duration {
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let waits = self
            .clocks(now)
            .map(|clock| (start - clock).to_std().unwrap_or_default());
        waits.max().unwrap_or_default() + GUARD
    }

    pub(super) fn charge(&mut self, span: &Span) {
        for day in &span.days {
            *self.days.entry(*day).or_default() += 1;
        }
        for month in &span.months {
            *self.months.entry(*month).or_default() += 1;
        }
    }

    pub(super) fn give_back(&mut self, span: &Span) {
        for day in &span.days {
            self.days
                .entry(*day)
                .and_modify(|used| *used = used.saturating_sub(1));
        }
        for month in &span.months {
            self.months
                .entry(*month)
                .and_modify(|used| *used = used.saturating_sub(1));
        }
    }

    /// What the fullest day and month of a span have cost.
    pub(super) fn used(&self, span: &Span) -> (u32, u32) {
        let most = |used: &BTreeMap<NaiveDate, u32>, keys: &[NaiveDate]| {
            keys.iter()
                .filter_map(|key| used.get(key))
                .copied()
                .max()
                .unwrap_or(0)
        };
        (
            most(&self.days, &span.days),
            most(&self.months, &span.months),
        )
    }

    /// The wall clock, and the server's where it is known.
    fn clocks(&self, now: Now) -> impl Iterator<Item = DateTime<Utc>> {
        let server = self
            .server
            .map(|(boot, time)| shift(time, seconds(now.boot.saturating_since(boot))));
        [Some(now.wall), server].into_iter().flatten()
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn seconds(duration: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(duration).unwrap_or(chrono::TimeDelta::MAX)
}

/// Moves a time, stopping at the calendar's ends: a clock may say anything.
fn shift(time: DateTime<Utc>, by: chrono::TimeDelta) -> DateTime<Utc> {
    let limit = if by < chrono::TimeDelta::zero() {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    time.checked_add_signed(by).unwrap_or(limit)
}
