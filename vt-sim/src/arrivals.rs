//! The log of what came in, and the figures drawn from it.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::quota::MINUTE;

/// One request that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Arrival {
    /// Time since the simulator was built.
    pub at: Duration,
    /// The same instant on the simulator's calendar.
    pub wall: DateTime<Utc>,
    /// The path that was asked for, a user's id left out since it may be a key.
    pub path: String,
    /// The hash as it was asked for, if the path names one.
    pub hash: Option<String>,
    /// The SHA-256 of the file that the hash means.
    pub file: Option<String>,
    /// The status of the answer; `None` if a fault withholds it.
    pub status: Option<u16>,
    /// The accepted key, as a number: 0 is the first that was ever used. `None` is no key or a refused one.
    pub key: Option<usize>,
    /// Whether the endpoint is free of charge; such a request is in no window, day or month.
    pub free: bool,
}

impl Arrival {
    /// Tells whether the request carried a key that the simulator accepts.
    pub fn key_accepted(&self) -> bool {
        self.key.is_some()
    }
}

/// Counts over all arrivals since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Every request, whatever became of it.
    pub requests: u64,
    /// Requests that a fault left without a status.
    pub unanswered: u64,
    /// Requests by status.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests by file, which its SHA-256 stands for.
    pub by_file: BTreeMap<String, u64>,
    /// Requests by hash, as it was asked for.
    pub by_hash: BTreeMap<String, u64>,
    /// Requests by number of the accepted key.
    pub by_key: BTreeMap<usize, u64>,
    /// The most requests in any 60 seconds, the first instant in and the last out; refused requests count too.
    pub most_in_60s: u64,
    /// Requests by UTC day, as `2026-01-31`.
    pub by_day: BTreeMap<String, u64>,
    /// Requests by month, as `2026-01`.
    pub by_month: BTreeMap<String, u64>,
}

impl Stats {
    /// Counts a log that is in order of time.
    pub(crate) fn of(arrivals: &[Arrival]) -> Self {
        let mut stats = Self::default();
        let mut window = VecDeque::new();
        for arrival in arrivals {
            stats.count(arrival);
            if arrival.free {
                continue;
            }
            // Only a window that ends with an arrival can be the fullest.
            window.push_back(arrival.at);
            while window
                .front()
                .is_some_and(|&first| arrival.at - first >= MINUTE)
            {
                window.pop_front();
            }
            stats.most_in_60s = stats.most_in_60s.max(window.len() as u64);
            *stats
                .by_day
                .entry(arrival.wall.format("%F").to_string())
                .or_default() += 1;
            *stats
                .by_month
                .entry(arrival.wall.format("%Y-%m").to_string())
                .or_default() += 1;
        }
        stats
    }

    fn count(&mut self, arrival: &Arrival) {
        self.requests += 1;
        match arrival.status {
            Some(status) => *self.by_status.entry(status).or_default() += 1,
            None => self.unanswered += 1,
        }
        if let Some(file) = &arrival.file {
            *self.by_file.entry(file.clone()).or_default() += 1;
        }
        if let Some(hash) = &arrival.hash {
            *self.by_hash.entry(hash.clone()).or_default() += 1;
        }
        if let Some(key) = arrival.key {
            *self.by_key.entry(key).or_default() += 1;
        }
    }
}
