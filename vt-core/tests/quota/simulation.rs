//! Nodes that send whenever a limiter lets them, and a server that counts.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use vt_core::{
    quota::{Attempt, Ending, Quota, Reply, Spent},
    time::{BootTime, Now},
};

/// What the simulation asks of a limiter.
pub(super) trait Limiter {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration>;
    fn finish(&mut self, now: Now, ticket: u64, attempt: Attempt);
    /// Hears what the server counted. Most limiters never ask.
    fn raise(&mut self, _now: Now, _seen: &Spent) {}
}

/// How long an attempt may take, in milliseconds.
pub(super) const DEADLINE_MS: u64 = 30_000;

#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) seed: u64,
    pub(super) hours: u64,
    pub(super) nodes: usize,
    pub(super) quota: Quota,
    /// How far the server's clock is from true time.
    pub(super) server_skew_ms: i64,
    /// How many of 10,000 attempts come back long after their deadline.
    pub(super) stalls: u32,
    /// Every few hours the wall clock jumps to within this of true time.
    pub(super) wall_step_ms: i64,
    /// How often the server is asked what it has counted; 0 is never.
    pub(super) look_every_ms: u64,
    /// Requests that somebody else sends with the key, each day at half past
    /// midnight.
    pub(super) strangers: u64,
}

impl Scenario {
    /// Three nodes on a free key.
    pub(super) fn public(seed: u64) -> Self {
        Self {
            seed,
            hours: 2_400,
            nodes: 3,
            quota: Quota::PUBLIC,
            server_skew_ms: 0,
            stalls: 5,
            wall_step_ms: 55_000,
            look_every_ms: 0,
            strangers: 0,
        }
    }
}

/// What the server saw.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) requests: u64,
    pub(super) over_minute: u64,
    pub(super) over_day: u64,
    pub(super) over_month: u64,
    pub(super) fullest_month: u64,
    day_use: f64,
}

impl Findings {
    pub(super) fn overruns(&self) -> u64 {
        self.over_minute + self.over_day + self.over_month
    }

    /// Which part of the day limit was used, over all whole days.
    pub(super) fn day_use(&self) -> f64 {
        self.day_use
    }
}

pub(super) fn simulate(limiter: &mut dyn Limiter, scenario: &Scenario) -> Findings {
    let mut world = World::new(scenario);
    let end = scenario.hours * 3_600_000;
    while let Some(Reverse((time, _, event))) = world.events.pop() {
        if time > end {
            break;
        }
        world.time = time;
        match event {
            Event::Try(node) => world.try_to_send(limiter, node),
            Event::Arrive => world.server.count(time),
            Event::Finish {
                node,
                ticket,
                ending,
            } => world.finish(limiter, node, ticket, ending),
            Event::WallStep => world.step_wall_clock(),
            Event::Look => {
                limiter.raise(world.now(), &world.server.spent(time));
                world.after(scenario.look_every_ms, Event::Look);
            }
            Event::Strangers => {
                (0..scenario.strangers).for_each(|_| world.server.count_in_calendar(time));
                world.after(86_400_000, Event::Strangers);
            }
        }
    }
    world.server.findings(scenario)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrive,
    Try(usize),
    Finish {
        node: usize,
        ticket: u64,
        ending: Seen,
    },
    WallStep,
    Look,
    Strangers,
}

/// [`Ending`], and whether the node heard the server's clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Answered,
    TimedOut,
    NotSent,
}

struct World {
    time: u64,
    rng: fastrand::Rng,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    next_event: u64,
    server: Server,
    wall_offset_ms: i64,
    wall_step_ms: i64,
    stalls: u32,
}

impl World {
    fn new(scenario: &Scenario) -> Self {
        let mut world = Self {
            time: 0,
            rng: fastrand::Rng::with_seed(scenario.seed),
            events: BinaryHeap::new(),
            next_event: 0,
            server: Server::new(scenario),
            wall_offset_ms: 0,
            wall_step_ms: scenario.wall_step_ms,
            stalls: scenario.stalls,
        };
        for node in 0..scenario.nodes {
            world.after(node as u64, Event::Try(node));
        }
        world.after(3_600_000, Event::WallStep);
        if scenario.look_every_ms > 0 {
            world.after(scenario.look_every_ms, Event::Look);
        }
        if scenario.strangers > 0 {
            let day_ms = world
                .server
                .wall(0)
                .timestamp_millis()
                .rem_euclid(86_400_000);
            let delay_ms = 86_400_000 + 1_800_000 - u64::try_from(day_ms).unwrap();
            world.after(delay_ms, Event::Strangers);
        }
        world
    }

    fn after(&mut self, delay_ms: u64, event: Event) {
        self.next_event += 1;
        self.events
            .push(Reverse((self.time + delay_ms, self.next_event, event)));
    }

    fn now(&self) -> Now {
        Now {
            boot: BootTime::from_start(Duration::from_millis(self.time)),
            wall: wall(self.time, self.wall_offset_ms),
        }
    }

    fn try_to_send(&mut self, limiter: &mut dyn Limiter, node: usize) {
        let deadline = Duration::from_millis(DEADLINE_MS);
        match limiter.reserve(self.now(), deadline) {
            Ok(ticket) => self.send(node, ticket),
            Err(wait) => {
                let wait_ms = u64::try_from(wait.as_millis()).unwrap() + 1;
                let jitter_ms = self.rng.u64(0..250);
                self.after(wait_ms + jitter_ms, Event::Try(node));
            }
        }
    }

    /// What can become of a request: how often each, out of 10,000.
    fn send(&mut self, node: usize, ticket: u64) {
        let finish = |ending| Event::Finish {
            node,
            ticket,
            ending,
        };
        match self.rng.u32(0..10_000) {
            // Killed between the charge and the first byte.
            0..2 => self.restart(node),
            // Killed while the request is under way: it arrives all the same.
            2..4 => {
                self.arrive_within(DEADLINE_MS);
                self.restart(node);
            }
            // No connection.
            4..54 => {
                let delay_ms = self.rng.u64(0..10_000);
                self.after(delay_ms, finish(Seen::NotSent));
            }
            // The machine sleeps; the attempt comes back long after its time.
            roll if (54..54 + self.stalls).contains(&roll) => {
                self.arrive_within(DEADLINE_MS);
                let delay_ms = DEADLINE_MS + 60_000 + self.rng.u64(0..60_000);
                self.after(delay_ms, finish(Seen::Answered));
            }
            // No answer.
            9_980.. => {
                self.arrive_within(DEADLINE_MS);
                self.after(DEADLINE_MS, finish(Seen::TimedOut));
            }
            roll => {
                let latency_ms = match roll % 20 {
                    0 => self.rng.u64(800..20_000),
                    _ => self.rng.u64(100..800),
                };
                self.arrive_within(latency_ms);
                self.after(latency_ms, finish(Seen::Answered));
            }
        }
    }

    fn arrive_within(&mut self, latency_ms: u64) {
        let delay_ms = self.rng.u64(0..=latency_ms);
        self.after(delay_ms, Event::Arrive);
    }

    fn restart(&mut self, node: usize) {
        let delay_ms = self.rng.u64(0..5_000);
        self.after(delay_ms, Event::Try(node));
    }

    fn finish(&mut self, limiter: &mut dyn Limiter, node: usize, ticket: u64, seen: Seen) {
        let attempt = Attempt {
            ending: match seen {
                Seen::NotSent => Ending::NotSent,
                Seen::Answered | Seen::TimedOut => Ending::Sent,
            },
            reply: match seen {
                Seen::Answered => Reply::Answered,
                Seen::TimedOut | Seen::NotSent => Reply::Failed,
            },
            server_time: (seen == Seen::Answered).then(|| self.server.wall(self.time)),
        };
        limiter.finish(self.now(), ticket, attempt);
        self.after(0, Event::Try(node));
    }

    fn step_wall_clock(&mut self) {
        self.wall_offset_ms = self.rng.i64(-self.wall_step_ms..=self.wall_step_ms);
        let delay_ms = self.rng.u64(3_600_000..10 * 3_600_000);
        self.after(delay_ms, Event::WallStep);
    }
}

struct Server {
    quota: Quota,
    skew_ms: i64,
    last_minute: VecDeque<u64>,
    days: HashMap<i64, u64>,
    months: HashMap<(i32, u32), u64>,
    findings: Findings,
}

impl Server {
    fn new(scenario: &Scenario) -> Self {
        Self {
            quota: scenario.quota,
            skew_ms: scenario.server_skew_ms,
            last_minute: VecDeque::new(),
            days: HashMap::new(),
            months: HashMap::new(),
            findings: Findings::default(),
        }
    }

    fn wall(&self, time: u64) -> DateTime<Utc> {
        wall(time, self.skew_ms)
    }

    fn count(&mut self, time: u64) {
        self.findings.requests += 1;
        while self
            .last_minute
            .front()
            .is_some_and(|first| first + 60_000 < time)
        {
            self.last_minute.pop_front();
        }
        self.last_minute.push_back(time);
        self.findings.over_minute += over(self.quota.per_minute, self.last_minute.len() as u64);
        self.count_in_calendar(time);
    }

    fn count_in_calendar(&mut self, time: u64) {
        let wall = self.wall(time);
        let day = self
            .days
            .entry(wall.timestamp().div_euclid(86_400))
            .or_default();
        *day += 1;
        self.findings.over_day += over(self.quota.per_day, *day);
        let month = self.months.entry((wall.year(), wall.month())).or_default();
        *month += 1;
        self.findings.over_month += over(self.quota.per_month, *month);
    }

    fn spent(&self, time: u64) -> Spent {
        let server_time = self.wall(time);
        let day = self.days.get(&server_time.timestamp().div_euclid(86_400));
        let month = self.months.get(&(server_time.year(), server_time.month()));
        let count = |used: Option<&u64>| used.map_or(0, |used| u32::try_from(*used).unwrap());
        Spent {
            day: Some(count(day)),
            month: Some(count(month)),
            server_time,
        }
    }

    fn findings(mut self, scenario: &Scenario) -> Findings {
        let days = scenario.hours / 24;
        if let Some(limit) = scenario.quota.per_day {
            // The first and the last day are not whole ones.
            let first = self.wall(0).timestamp().div_euclid(86_400);
            let whole = first + 1..first + i64::try_from(days).unwrap();
            let used: u64 = whole.clone().filter_map(|day| self.days.get(&day)).sum();
            let most = whole.count() as u64 * u64::from(limit.get());
            self.findings.day_use = used as f64 / most as f64;
        }
        self.findings.fullest_month = self.months.values().copied().max().unwrap_or(0);
        self.findings
    }
}

fn over(limit: Option<std::num::NonZeroU32>, used: u64) -> u64 {
    u64::from(limit.is_some_and(|limit| used > limit.get().into()))
}

fn wall(time: u64, offset_ms: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp_millis(1_772_000_000_000).unwrap();
    start + TimeDelta::milliseconds(i64::try_from(time).unwrap() + offset_ms)
}
