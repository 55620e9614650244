//! Days and months, by the stricter of two clocks.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

use serde::{Deserialize, Serialize};

use super::{Limit, Quota, Spent, Wait, account::GUARD};
use crate::time::{BootTime, Now};

/// How much each day and each month has cost.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Calendar {
    days: BTreeMap<NaiveDate, u32>,
    // Keyed by the first day of the month.
    months: BTreeMap<NaiveDate, u32>,
    server: Option<(BootTime, DateTime<Utc>)>,
}

/// The days and months that one request may fall into, as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    days: Vec<NaiveDate>,
    months: Vec<NaiveDate>,
}

impl Calendar {
    /// Notes what the server's clock said at `boot`.
    pub(super) const fn observe_server(&mut self, boot: BootTime, server: DateTime<Utc>) {
        self.server = Some((boot, server));
    }

    /// Forgets what the server's clock said: ours has started anew.
    pub(super) const fn forget_server(&mut self) {
        self.server = None;
    }

    /// Takes the days of a span for full.
    pub(super) fn assume_spent(&mut self, span: &Span) {
        for day in &span.days {
            self.days.insert(*day, u32::MAX);
        }
    }

    /// Where a request that starts at `now` and is over within `deadline` may
    /// be counted.
    pub(super) fn span(&self, now: Now, deadline: Duration) -> Span {
        let mut days: Vec<NaiveDate> = Vec::with_capacity(2);
        for clock in self.clocks(now) {
            days.extend(touched(clock, deadline));
        }
        days.sort_unstable();
        days.dedup();
        let mut months: Vec<NaiveDate> = days.iter().map(|day| first_of_month(*day)).collect();
        months.dedup();
        Span { days, months }
    }

    /// How long a request has to wait for a day or a month with room; none if
    /// there is room.
    ///
    /// A full day is waited for by each clock that is in it. A clock that gets
    /// there later will make the request wait then: one that is years behind
    /// must not make it wait for years now.
    pub(super) fn wait(&self, now: Now, deadline: Duration, quota: &Quota) -> Option<Wait> {
        let full = |limit: Option<NonZeroU32>, used: Option<&u32>| {
            limit.is_some_and(|limit| used.copied().unwrap_or(0) >= limit.get())
        };
        let mut longest: Option<Wait> = None;
        for clock in self.clocks(now) {
            for day in touched(clock, deadline) {
                let month = first_of_month(day);
                let month_end = full(quota.per_month, self.months.get(&month))
                    .then(|| (Limit::Month, month.checked_add_months(Months::new(1))));
                let day_end = full(quota.per_day, self.days.get(&day))
                    .then(|| (Limit::Day, day.checked_add_days(Days::new(1))));
                for (limit, end) in month_end.into_iter().chain(day_end) {
                    let duration = until(clock, end.unwrap_or(NaiveDate::MAX));
                    if longest.is_none_or(|longest| duration >= longest.duration) {
                        longest = Some(Wait { limit, duration });
                    }
                }
            }
        }
        longest
    }

    pub(super) fn charge(&mut self, span: &Span) {
        for day in &span.days {
            let used = self.days.entry(*day).or_default();
            *used = used.saturating_add(1);
        }
        for month in &span.months {
            let used = self.months.entry(*month).or_default();
            *used = used.saturating_add(1);
        }
        self.forget_old_days(span);
    }

    /// Keeps some years. A clock that was set back by less finds its days
    /// again.
    fn forget_old_days(&mut self, span: &Span) {
        const KEPT: usize = 1_000;
        while self.days.len() > KEPT
            && let Some(oldest) = self.days.first_entry()
            && !span.days.contains(oldest.key())
        {
            oldest.remove();
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

    /// Makes a day and its month cost at least what the server counted and
    /// what is `under_way`, and says whether that changed anything.
    ///
    /// Near midnight, or if the clocks are days apart, it is unclear which day
    /// the server counted.
    pub(super) fn raise<'a>(
        &mut self,
        wall: DateTime<Utc>,
        seen: &Spent,
        under_way: impl Iterator<Item = &'a Span> + Clone,
    ) -> bool {
        let clocks = [wall, seen.server_time].into_iter();
        let mut days = clocks.flat_map(|clock| touched(clock, Duration::ZERO));
        let Some(day) = days.next() else {
            return false;
        };
        if days.any(|other| other != day) {
            return false;
        }
        let month = first_of_month(day);
        let in_day = under_way.clone().filter(|span| span.days.contains(&day));
        let in_month = under_way.filter(|span| span.months.contains(&month));
        let is_day_raised = lift(&mut self.days, day, seen.day, in_day.count());
        let is_month_raised = lift(&mut self.months, month, seen.month, in_month.count());
        is_day_raised || is_month_raised
    }

    /// What a day and its month have cost.
    pub(super) fn used(&self, day: NaiveDate) -> (u32, u32) {
        let used = |each: Option<&u32>| each.copied().unwrap_or(0);
        (
            used(self.days.get(&day)),
            used(self.months.get(&first_of_month(day))),
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

/// Makes a period cost what the server counted and what is under way, unless
/// it costs as much as the server counted already.
fn lift(
    periods: &mut BTreeMap<NaiveDate, u32>,
    period: NaiveDate,
    seen: Option<u32>,
    under_way: usize,
) -> bool {
    let charged = periods.get(&period).copied().unwrap_or(0);
    let Some(seen) = seen.filter(|seen| *seen > charged) else {
        return false;
    };
    let under_way = u32::try_from(under_way).unwrap_or(u32::MAX);
    periods.insert(period, seen.saturating_add(under_way));
    true
}

/// The days into which a request may fall by a clock that says `clock` now.
fn touched(clock: DateTime<Utc>, deadline: Duration) -> impl Iterator<Item = NaiveDate> {
    let first = shift(clock, -seconds(GUARD)).date_naive();
    let last = shift(shift(clock, seconds(deadline)), seconds(GUARD)).date_naive();
    first.iter_days().take_while(move |day| *day <= last)
}

/// How long until a clock is past the start of `day`, and past the guard.
fn until(clock: DateTime<Utc>, day: NaiveDate) -> Duration {
    let start = day.and_time(NaiveTime::MIN).and_utc();
    let wait = shift(start, seconds(GUARD)) - clock;
    wait.to_std().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::{Account, Attempt, Ending, Reply};

    const DEADLINE: Duration = Duration::from_secs(30);

    fn at(boot: Duration, start: DateTime<Utc>) -> Now {
        Now {
            boot: BootTime::from_start(boot),
            wall: shift(start, seconds(boot)),
        }
    }

    /// An account that has spent its two requests of the day at `start`, when
    /// the server's clock said something else.
    fn spent(start: DateTime<Utc>, server: DateTime<Utc>, quota: &Quota) -> Account {
        let mut account = Account::default();
        let now = at(Duration::ZERO, start);
        let answered = Attempt {
            ending: Ending::Sent,
            reply: Reply::Answered,
            server_time: Some(server),
        };
        for _ in 0..2 {
            let charge = account.reserve(now, quota, DEADLINE).unwrap();
            account.finish(now, charge, answered);
        }
        account
    }

    #[test]
    fn a_wait_is_as_long_as_asking_is_useless_however_wrong_the_clocks_are() {
        let start: DateTime<Utc> = "2028-02-28T00:00:00Z".parse().unwrap();
        let mut random = fastrand::Rng::with_seed(5);
        for skew in [0, 50, -50, 3_600, -86_400, 40 * 86_400, -3_700 * 86_400] {
            for quota in [Quota::UNLIMITED.per_day(2), Quota::UNLIMITED.per_month(2)] {
                let start = start + chrono::TimeDelta::seconds(random.i64(0..3 * 86_400));
                let server = start + chrono::TimeDelta::seconds(skew);
                let mut account = spent(start, server, &quota);
                let mut boot = Duration::ZERO;
                while let Err(wait) = account.reserve(at(boot, start), &quota, DEADLINE) {
                    let early = at(boot + wait.duration - Duration::from_nanos(1), start);
                    account.reserve(early, &quota, DEADLINE).unwrap_err();
                    boot += wait.duration;
                    let days = boot.as_secs() / 86_400;
                    assert!(days <= 63, "{days} days for a clock that is {skew} s off");
                }
            }
        }
    }

    #[test]
    fn shortly_after_midnight_only_the_rest_of_the_guard_is_waited_for() {
        let quota = Quota::UNLIMITED.per_day(2);
        let start = "2026-12-31T23:50:00Z".parse().unwrap();
        let mut account = spent(start, start, &quota);
        let now = at(Duration::from_secs(630), start);
        let wait = account.reserve(now, &quota, DEADLINE).unwrap_err();
        assert_eq!(wait.duration, Duration::from_secs(90));
        assert_eq!(
            account.usage(now, &quota).day,
            0,
            "the new day is untouched"
        );
    }

    #[test]
    fn what_is_given_back_is_what_was_charged() {
        let start: DateTime<Utc> = "2027-12-31T23:58:00Z".parse().unwrap();
        let server = start - chrono::TimeDelta::days(400);
        let mut calendar = Calendar::default();
        calendar.observe_server(BootTime::default(), server);
        let span = calendar.span(at(Duration::ZERO, start), DEADLINE);
        assert_eq!((span.days.len(), span.months.len()), (4, 3));
        calendar.charge(&span);
        calendar.give_back(&span);
        assert!(
            calendar
                .days
                .values()
                .chain(calendar.months.values())
                .all(|used| *used == 0)
        );
    }

    #[test]
    fn a_clock_at_the_end_of_all_calendars_is_no_panic() {
        let now = at(Duration::ZERO, "2026-03-01T12:00:00Z".parse().unwrap());
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let mut calendar = Calendar::default();
            calendar.observe_server(BootTime::default(), end);
            let span = calendar.span(now, DEADLINE);
            calendar.charge(&span);
            for quota in [Quota::UNLIMITED.per_day(1), Quota::UNLIMITED.per_month(1)] {
                assert!(calendar.wait(now, DEADLINE, &quota).is_some());
            }
        }
    }
}
