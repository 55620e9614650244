//! Which request meets which fault.

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
};

use chrono::{DateTime, Utc};

use super::Fault;

/// Which requests a fault is for.
///
/// If several faults are for one request, the first of these wins that stands first here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Trigger {
    /// The next request that no earlier fault is queued for; each queued fault is used up once.
    Next,
    /// The n-th request from now, once; the first has number 1.
    Nth(u64),
    /// Every request for one file, whichever of its digests is named here or asked for. A text that is no hash means
    /// every request for that text.
    File(String),
    /// Every request in a time of the simulator's calendar, its end not included: a maintenance window.
    During(Range<DateTime<Utc>>),
    /// A share of the requests, drawn from a seed: the same ones in each run.
    Share {
        /// From 0, no request, to 1, every one.
        share: f64,
        /// What the draws begin with.
        seed: u64,
    },
    /// Every request, until the script is cleared.
    Every,
}

/// The faults that wait: those that keep a connection from coming about see connections, the others requests.
#[derive(Debug, Default)]
pub(crate) struct Script {
    connections: Rules,
    requests: Rules,
}

#[derive(Debug, Default)]
struct Rules {
    next: VecDeque<Fault>,
    nth: Vec<(u64, Fault)>,
    files: HashMap<String, Fault>,
    during: Vec<(Range<DateTime<Utc>>, Fault)>,
    shares: Vec<(f64, fastrand::Rng, Fault)>,
    every: Option<Fault>,
}

impl Script {
    /// Adds a fault; of a file the trigger has the SHA-256.
    pub(crate) fn add(&mut self, trigger: Trigger, fault: Fault) {
        let rules = match fault.no_connection() {
            Some(_) => &mut self.connections,
            None => &mut self.requests,
        };
        rules.add(trigger, fault);
    }

    /// Takes what meets a new connection; in the process it is known for which file it is.
    pub(crate) fn take_for_connection(
        &mut self,
        file: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<Fault> {
        self.connections.take(file, now)
    }

    /// Takes what meets a request.
    pub(crate) fn take_for_request(
        &mut self,
        file: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<Fault> {
        self.requests.take(file, now)
    }

    /// Tells whether a request has come that should not have had a connection.
    pub(crate) fn lets_no_connection_to(&self, file: Option<&str>) -> bool {
        file.is_some_and(|file| self.connections.files.contains_key(file))
    }
}

impl Rules {
    fn add(&mut self, trigger: Trigger, fault: Fault) {
        match trigger {
            Trigger::Next => self.next.push_back(fault),
            Trigger::Nth(n) => self.nth.push((n, fault)),
            Trigger::File(file) => {
                self.files.insert(file, fault);
            }
            Trigger::During(time) => self.during.push((time, fault)),
            Trigger::Share { share, seed } => {
                let random = fastrand::Rng::with_seed(seed);
                self.shares.push((share, random, fault));
            }
            Trigger::Every => self.every = Some(fault),
        }
    }

    fn take(&mut self, file: Option<&str>, now: DateTime<Utc>) -> Option<Fault> {
        // These see every request, so that what they do depends on nothing else in the script.
        let nth = self.count_down();
        let share = self.draw();
        self.next
            .pop_front()
            .or(nth)
            .or_else(|| self.files.get(file?).cloned())
            .or_else(|| {
                let (_, fault) = self.during.iter().find(|(time, _)| time.contains(&now))?;
                Some(fault.clone())
            })
            .or(share)
            .or_else(|| self.every.clone())
    }

    fn count_down(&mut self) -> Option<Fault> {
        let mut met = None;
        self.nth.retain_mut(|(left, fault)| {
            *left = left.saturating_sub(1);
            if *left == 0 && met.is_none() {
                met = Some(fault.clone());
            }
            *left > 0
        });
        met
    }

    fn draw(&mut self) -> Option<Fault> {
        let mut met = None;
        for (share, random, fault) in &mut self.shares {
            if random.f64() < *share && met.is_none() {
                met = Some(fault.clone());
            }
        }
        met
    }
}
