//! Forecasts against what really happens: books that are asked for each
//! request, as soon as they allow it.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Months, NaiveTime, TimeDelta, Utc};
use vt_core::{
    quota::{Account, Attempt, Ending, Quota, Reply, Usage},
    time::{BootTime, Now},
};

const SENT: Attempt = Attempt::new(Ending::Sent, Reply::Answered);

/// How requests are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    AtOnce,
    Spread,
}

/// One key, and what is under way with it.
struct Sender {
    account: Account,
    quota: Quota,
    latency: Duration,
    start: DateTime<Utc>,
    passed: Duration,
    under_way: VecDeque<(Duration, u64)>,
}

impl Sender {
    fn new(start: DateTime<Utc>, quota: Quota, latency: Duration) -> Self {
        Self {
            account: Account::default(),
            quota,
            latency,
            start,
            passed: Duration::ZERO,
            under_way: VecDeque::new(),
        }
    }

    fn now(&self) -> Now {
        Now {
            boot: BootTime::from_start(self.passed),
            wall: self.start + TimeDelta::from_std(self.passed).unwrap(),
        }
    }

    fn usage(&self) -> Usage {
        self.account.usage(self.now(), &self.quota)
    }

    /// Lets time pass, and takes what is answered by then.
    fn wait(&mut self, duration: Duration) {
        let until = self.passed + duration;
        while let Some((end, charge)) = self.under_way.front().copied()
            && end <= until
        {
            self.passed = end;
            self.account.finish(self.now(), charge, SENT);
            self.under_way.pop_front();
        }
        self.passed = until;
    }

    /// Sends so many as soon as it may, and says when the last is answered.
    fn send(&mut self, requests: u64, way: Way) -> DateTime<Utc> {
        let mut sent = 0;
        while sent < requests {
            let held = match way {
                Way::AtOnce => Duration::ZERO,
                Way::Spread => self.usage().spread_wait(),
            };
            if held > Duration::ZERO {
                self.wait(held);
                continue;
            }
            match self.account.reserve(self.now(), &self.quota, self.latency) {
                Ok(charge) => {
                    let end = self.passed + self.latency;
                    self.under_way.push_back((end, charge));
                    sent += 1;
                }
                Err(wait) => self.wait(wait.duration),
            }
        }
        if requests > 0 {
            self.wait(self.latency);
        }
        self.now().wall
    }
}

fn chosen(random: &mut fastrand::Rng, share: f64, of: std::ops::Range<u32>) -> Option<u32> {
    (random.f64() < share).then(|| random.u32(of))
}

/// A morning of some month, long after midnight and long before noon, so that
/// no request falls into two days.
fn morning(random: &mut fastrand::Rng) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2027-11-01T00:02:00Z".parse().unwrap();
    first + TimeDelta::days(random.i64(0..400)) + TimeDelta::seconds(random.i64(0..36_000))
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn seed() -> u64 {
    setting("VT_TEST_SEED", 0x5eed)
}

fn rounds() -> u64 {
    setting("VT_FORECASTS", 1_000)
}

#[test]
fn what_is_sent_at_once_is_done_when_it_was_foreseen() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..rounds() {
        let quota = Quota::UNLIMITED
            .per_minute(chosen(&mut random, 0.9, 1..9))
            .per_day(chosen(&mut random, 0.8, 1..61).or(Some(200)))
            .per_month(chosen(&mut random, 0.5, 1..400));
        let latency = Duration::from_millis(random.u64(0..5_000));
        let mut sender = Sender::new(morning(&mut random), quota, latency);
        // The places of the minute are all free, or all taken at one moment;
        // or nothing may be sent for hours or days.
        let requests = match random.u8(0..3) {
            0 => 0,
            1 => quota.per_minute.map_or(0, |limit| u64::from(limit.get())),
            _ => {
                let noon = sender.start.date_naive().and_time(NaiveTime::MIN).and_utc()
                    + TimeDelta::hours(12)
                    + TimeDelta::days(random.i64(0..3));
                let block = (noon - sender.start).to_std().unwrap();
                sender.account.block(sender.now(), block);
                0
            }
        };
        sender.send(requests, Way::AtOnce);
        sender.wait(Duration::from_millis(random.u64(0..70_000)));
        let requests = random.u64(1..300);
        let foreseen = sender.usage().forecast(requests, latency).unwrap();
        let usage = sender.usage();
        let done = sender.send(requests, Way::AtOnce);
        assert_eq!(
            done, foreseen,
            "seed {seed}, round {round}: {requests} requests of {latency:?}, {usage:?}"
        );
    }
}

#[test]
fn what_is_spread_is_done_when_it_was_foreseen() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..rounds() {
        let quota = Quota::UNLIMITED
            .per_minute(chosen(&mut random, 0.9, 1..9))
            .per_day(random.u32(1..61))
            .per_month(chosen(&mut random, 0.3, 1..400));
        let latency = Duration::from_millis(random.u64(0..5_000));
        let mut sender = Sender::new(morning(&mut random), quota, latency);
        sender.send(random.u64(0..5), Way::AtOnce);
        sender.wait(Duration::from_secs(70));
        let requests = random.u64(0..200);
        let usage = sender.usage();
        let foreseen = usage.forecast_spread(requests, latency).unwrap();
        let done = sender.send(requests, Way::Spread);
        let off = (done - foreseen).abs();
        assert!(
            off <= TimeDelta::milliseconds(1),
            "seed {seed}, round {round}: {requests} requests of {latency:?}: {done} is not {foreseen}, {usage:?}"
        );
    }
}

#[test]
fn a_century_is_the_furthest_that_is_foreseen() {
    let usage = Usage::none(morning(&mut fastrand::Rng::with_seed(1)), Quota::UNLIMITED);
    let end = usage.at.checked_add_months(Months::new(1_200)).unwrap();
    let century = (end - usage.at).to_std().unwrap();
    let longer = century + Duration::from_nanos(1);
    assert_eq!(usage.forecast(1, century), Some(end));
    assert_eq!(usage.forecast(1, longer), None);
}
