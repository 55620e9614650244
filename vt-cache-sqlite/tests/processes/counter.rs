//! Who counts what arrives.

use std::{
    collections::{BTreeMap, HashSet},
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use chrono::NaiveDate;
use vt_core::time::{BootTime, Clock, SystemClock};

use crate::{PER_MINUTE, clock::FastClock};

/// When no request comes for so long, none will.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that notes when each request comes, and by which charge it was
/// allowed.
pub(crate) struct Counter {
    address: SocketAddr,
    arriving: Receiver<(BootTime, u64)>,
}

impl Counter {
    pub(crate) fn listen(clock: &FastClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, arriving) = channel();
        let clock = clock.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (sender, clock) = (sender.clone(), clock.clone());
                thread::spawn(move || answer(stream.unwrap(), &sender, &clock));
            }
        });
        Self { address, arriving }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, count: usize, arrivals: &mut Arrivals) {
        while arrivals.count() < count {
            arrivals
                .0
                .push(self.arriving.recv_timeout(PATIENCE).unwrap());
        }
    }

    /// Takes what comes for so long, and what has come.
    pub(crate) fn collect_for(&self, time: Duration, arrivals: &mut Arrivals) {
        let end = SystemClock.boot() + time;
        let left = || end.saturating_since(SystemClock.boot());
        while let Ok(arrival) = self.arriving.recv_timeout(left()) {
            arrivals.0.push(arrival);
        }
    }
}

/// Answers each line with an empty one, until a process ends or is killed.
fn answer(stream: TcpStream, sender: &Sender<(BootTime, u64)>, clock: &FastClock) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
        let at = clock.boot();
        // Whoever waits for the end does not listen any more.
        let _ = sender.send((at, line.trim().parse().unwrap()));
        line.clear();
        if (&stream).write_all(b"\n").is_err() {
            return;
        }
    }
}

/// When each request came, and its charge.
#[derive(Default)]
pub(crate) struct Arrivals(Vec<(BootTime, u64)>);

impl Arrivals {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    fn times(&self) -> Vec<BootTime> {
        let mut times: Vec<BootTime> = self.0.iter().map(|arrival| arrival.0).collect();
        times.sort_unstable();
        times
    }

    /// The most requests in any 60 seconds, the first instant in and the last
    /// out.
    pub(crate) fn most_in_a_minute(&self) -> usize {
        let (times, minute) = (self.times(), Duration::from_secs(60));
        let in_minute = |first: usize| {
            let end = times[first] + minute;
            times[first..].partition_point(|time| *time < end)
        };
        (0..times.len()).map(in_minute).max().unwrap_or(0)
    }

    pub(crate) fn by_day(&self, clock: &FastClock) -> BTreeMap<NaiveDate, usize> {
        let mut days = BTreeMap::new();
        for time in self.times() {
            let day = clock.wall_at(time).date_naive();
            *days.entry(day).or_default() += 1;
        }
        days
    }

    /// How many charges were used by more than one request.
    pub(crate) fn sent_twice(&self) -> usize {
        let charges: HashSet<u64> = self.0.iter().map(|arrival| arrival.1).collect();
        self.count() - charges.len()
    }

    /// How much of the minute limit was used: 60 seconds by the time after
    /// which a place in the minute was taken again, on average.
    pub(crate) fn pace(&self, clock: &FastClock) -> f64 {
        let times = self.times();
        let day = |time: BootTime| clock.wall_at(time).date_naive();
        let (mut minutes, mut taken) = (0, Duration::ZERO);
        for (first, next) in times.iter().zip(&times[PER_MINUTE as usize..]) {
            if day(*first) == day(*next) {
                minutes += 1;
                taken += next.saturating_since(*first);
            }
        }
        f64::from(60 * minutes) / taken.as_secs_f64()
    }
}
