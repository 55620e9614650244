//! Limiters as they are found in the wild, each wrong in one way.

use std::{collections::HashMap, time::Duration};

use chrono::{NaiveDate, TimeDelta};
use vt_core::{
    quota::{Account, Attempt, Ending, MARGIN, Quota, WINDOW},
    time::{BootTime, Now},
};

use super::simulation::Limiter;

const GUARD: Duration = Duration::from_secs(120);
const PER_DAY: u32 = 500;

/// The day's limit as it should be, for limiters that are wrong elsewhere.
#[derive(Default)]
struct Days(HashMap<NaiveDate, u32>);

impl Days {
    fn touched(now: Now, deadline: Duration) -> [NaiveDate; 2] {
        let guard = TimeDelta::from_std(GUARD).unwrap();
        let deadline = TimeDelta::from_std(deadline).unwrap();
        [now.wall - guard, now.wall + deadline + guard].map(|time| time.date_naive())
    }

    fn wait(&self, now: Now, deadline: Duration) -> Option<Duration> {
        let full = |day| self.0.get(day).is_some_and(|used| *used >= PER_DAY);
        let any = Self::touched(now, deadline).iter().any(full);
        any.then_some(Duration::from_secs(600))
    }

    fn charge(&mut self, now: Now, deadline: Duration) {
        let [first, last] = Self::touched(now, deadline);
        *self.0.entry(first).or_default() += 1;
        if last != first {
            *self.0.entry(last).or_default() += 1;
        }
    }
}

/// Four at once, then one every 15 seconds: up to seven in the first minute.
pub(super) struct TokenBucket {
    burst: f64,
    tokens: f64,
    filled: BootTime,
    days: Days,
}

impl TokenBucket {
    pub(super) fn new(burst: u32) -> Self {
        Self {
            burst: burst.into(),
            tokens: burst.into(),
            filled: BootTime::default(),
            days: Days::default(),
        }
    }
}

impl Limiter for TokenBucket {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        if let Some(wait) = self.days.wait(now, deadline) {
            return Err(wait);
        }
        let passed = now.boot.saturating_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed / 15.0).min(self.burst);
        self.filled = now.boot;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) * 15.0));
        }
        self.tokens -= 1.0;
        self.days.charge(now, deadline);
        Ok(0)
    }

    fn finish(&mut self, _: Now, _: u64, _: Attempt) {}
}

/// Four in each minute of the clock: eight around its turn.
#[derive(Default)]
pub(super) struct AlignedMinute {
    minute: u64,
    used: u32,
    days: Days,
}

impl Limiter for AlignedMinute {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        if let Some(wait) = self.days.wait(now, deadline) {
            return Err(wait);
        }
        let time = now.boot.since_start();
        let minute = time.as_secs() / 60;
        if minute != self.minute {
            (self.minute, self.used) = (minute, 0);
        }
        if self.used == 4 {
            return Err(Duration::from_secs((minute + 1) * 60) - time);
        }
        self.used += 1;
        self.days.charge(now, deadline);
        Ok(0)
    }

    fn finish(&mut self, _: Now, _: u64, _: Attempt) {}
}

/// Four places, each with the moment it is free again and who has it.
#[derive(Default)]
struct Places([(BootTime, u64); 4]);

impl Places {
    fn take(&mut self, now: BootTime, until: BootTime, ticket: u64) -> Result<usize, Duration> {
        let (at, place) = self
            .0
            .iter_mut()
            .enumerate()
            .min_by_key(|(_, place)| place.0)
            .unwrap();
        if place.0 > now {
            return Err(place.0.saturating_since(now));
        }
        *place = (until, ticket);
        Ok(at)
    }
}

/// A place is free 60 seconds after sending, though a slow request may have
/// arrived much later.
#[derive(Default)]
pub(super) struct SendPlus60 {
    places: Places,
    days: Days,
}

impl Limiter for SendPlus60 {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        if let Some(wait) = self.days.wait(now, deadline) {
            return Err(wait);
        }
        self.places.take(now.boot, now.boot + WINDOW + MARGIN, 0)?;
        self.days.charge(now, deadline);
        Ok(0)
    }

    fn finish(&mut self, _: Now, _: u64, _: Attempt) {}
}

/// The minute is right, the day is charged when the answer is there: whoever
/// dies before it has spent nothing.
#[derive(Default)]
pub(super) struct ChargeAfterReply {
    minute: Account,
    days: Days,
    open: HashMap<u64, (Now, Duration)>,
}

impl Limiter for ChargeAfterReply {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        if let Some(wait) = self.days.wait(now, deadline) {
            return Err(wait);
        }
        let quota = Quota::PUBLIC.per_day(None).per_month(None);
        let ticket = self
            .minute
            .reserve(now, &quota, deadline)
            .map_err(|wait| wait.duration)?;
        self.open.insert(ticket, (now, deadline));
        Ok(ticket)
    }

    fn finish(&mut self, now: Now, ticket: u64, attempt: Attempt) {
        self.minute.finish(now, ticket, attempt);
        let (start, deadline) = self.open.remove(&ticket).unwrap();
        if attempt.ending == Ending::Sent {
            self.days.charge(start, deadline);
        }
    }
}

/// An attempt that comes back late frees the place of whoever has it now.
#[derive(Default)]
pub(super) struct NoGeneration {
    places: Places,
    days: Days,
}

impl Limiter for NoGeneration {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        if let Some(wait) = self.days.wait(now, deadline) {
            return Err(wait);
        }
        let until = now.boot + deadline + WINDOW + MARGIN;
        let place = self.places.take(now.boot, until, 0)?;
        self.days.charge(now, deadline);
        Ok(place as u64)
    }

    fn finish(&mut self, now: Now, place: u64, _: Attempt) {
        let until = now.boot + WINDOW + MARGIN;
        self.places.0[usize::try_from(place).unwrap()].0 = until;
    }
}

/// A day is charged to the local date only.
#[derive(Default)]
pub(super) struct NoMidnightGuard {
    minute: Account,
    days: HashMap<NaiveDate, u32>,
}

impl Limiter for NoMidnightGuard {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        let today = self.days.entry(now.wall.date_naive()).or_default();
        if *today >= PER_DAY {
            return Err(Duration::from_secs(5));
        }
        let quota = Quota::PUBLIC.per_day(None).per_month(None);
        let ticket = self
            .minute
            .reserve(now, &quota, deadline)
            .map_err(|wait| wait.duration)?;
        *today += 1;
        Ok(ticket)
    }

    fn finish(&mut self, now: Now, ticket: u64, attempt: Attempt) {
        self.minute.finish(now, ticket, attempt);
    }
}

/// A request without an answer costs nothing, it says.
#[derive(Default)]
pub(super) struct TimeoutsGivenBack(Account);

impl Limiter for TimeoutsGivenBack {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        self.0
            .reserve(now, &Quota::PUBLIC, deadline)
            .map_err(|wait| wait.duration)
    }

    fn finish(&mut self, now: Now, ticket: u64, attempt: Attempt) {
        let ending = match attempt.server_time {
            Some(_) => attempt.ending,
            None => Ending::NotSent,
        };
        self.0.finish(now, ticket, Attempt { ending, ..attempt });
    }
}

/// The minute is measured by a clock that can be set.
#[derive(Default)]
pub(super) struct WallClockMinute(Account);

impl WallClockMinute {
    fn by_the_wall(now: Now) -> Now {
        let millis = u64::try_from(now.wall.timestamp_millis()).unwrap();
        let boot = BootTime::from_start(Duration::from_millis(millis));
        Now { boot, ..now }
    }
}

impl Limiter for WallClockMinute {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        let now = Self::by_the_wall(now);
        self.0
            .reserve(now, &Quota::PUBLIC, deadline)
            .map_err(|wait| wait.duration)
    }

    fn finish(&mut self, now: Now, ticket: u64, attempt: Attempt) {
        self.0.finish(Self::by_the_wall(now), ticket, attempt);
    }
}
