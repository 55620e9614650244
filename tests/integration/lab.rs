//! A scanner and the simulator it asks, on one clock.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use vt_core::{
    cache::{Freshness, MemoryCache},
    client::{ApiKey, Client},
    hash::FileHash,
    quota::{MemoryLedger, Quota},
    scan::{Outcome, Scan, Scanner, ScannerBuilder},
    testkit::VirtualClock,
    time::Clock,
};
use vt_sim::{Builder, Limits, Simulator, sample};

/// What each test starts from. Keep one per test: its clock is tokio's.
pub(crate) struct Lab {
    pub(crate) simulator: Simulator,
    pub(crate) clock: VirtualClock,
    pub(crate) client: Client,
    pub(crate) cache: MemoryCache,
    pub(crate) ledger: MemoryLedger,
}

impl Lab {
    /// A free key, and a server that holds it to its quota.
    pub(crate) fn new() -> Self {
        Self::with(Quota::PUBLIC, |simulator| simulator)
    }

    /// A key without limits.
    pub(crate) fn unlimited() -> Self {
        Self::with(Quota::UNLIMITED, |simulator| simulator)
    }

    /// A free key, and a server that takes its time and knows nothing: that
    /// costs as much as anything else, and the simulation less.
    pub(crate) fn cheap(seed: u64) -> Self {
        Self::with(Quota::PUBLIC, |simulator| {
            simulator
                .latency(Duration::from_millis(200)..=Duration::from_secs(3))
                .unknown(1.0)
                .seed(seed)
        })
    }

    /// A key and a server with the same quota, and with whatever else the
    /// server is told.
    pub(crate) fn with(quota: Quota, settings: impl FnOnce(Builder) -> Builder) -> Self {
        let limit = |limit: Option<NonZeroU32>| limit.map(NonZeroU32::get);
        let clock = VirtualClock::at_noon();
        let builder = Simulator::builder()
            .limits(Limits::PUBLIC)
            .per_minute(limit(quota.per_minute))
            .per_day(limit(quota.per_day))
            .per_month(limit(quota.per_month))
            .unknown(0.0)
            .start(clock.wall());
        let simulator = settings(builder).build().unwrap();
        let client = Client::builder(key())
            .transport(Arc::new(simulator.clone()))
            .quota(quota)
            .build()
            .unwrap();
        Self {
            simulator,
            cache: MemoryCache::new(),
            ledger: MemoryLedger::with_clock(Arc::new(clock.clone())),
            clock,
            client,
        }
    }

    /// A scanner on this lab's cache, ledger and clock.
    pub(crate) fn scanner(&self) -> Scanner {
        self.builder().build()
    }

    pub(crate) fn builder(&self) -> ScannerBuilder {
        Scanner::builder(self.client.clone())
            .cache(self.cache.clone())
            .ledger(self.ledger.clone())
            .clock(Arc::new(self.clock.clone()))
            .freshness(Freshness::default())
            .seed(7)
    }

    /// How many questions about files reached the server.
    pub(crate) fn requests(&self) -> usize {
        self.simulator.stats().requests.try_into().unwrap()
    }

    /// How many requests the server answered with a status.
    pub(crate) fn answered_with(&self, status: u16) -> u64 {
        let stats = self.simulator.stats();
        stats.by_status.get(&status).copied().unwrap_or_default()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.wall()
    }
}

pub(crate) fn key() -> ApiKey {
    ApiKey::new("canary0123456789abcdef0123456789abcdef0123456789abcdef0123456789").unwrap()
}

/// The digests of the simulator's `n`th ordinary sample.
pub(crate) fn file(n: u64) -> [FileHash; 3] {
    let sample = sample(vt_sim::FIRST_ORDINARY + n);
    [sample.md5, sample.sha1, sample.sha256].map(|text| text.parse().unwrap())
}

/// The SHA-256 digests of this many ordinary samples.
pub(crate) fn files(numbers: std::ops::Range<u64>) -> Vec<FileHash> {
    numbers.map(|n| file(n)[2]).collect()
}

/// Hashes of which none was taken before.
pub(crate) struct Hashes(pub(crate) u64);

impl Hashes {
    pub(crate) fn take(&mut self, count: u64) -> Vec<FileHash> {
        let first = self.0;
        self.0 += count;
        let hash = |n: u64| {
            let mut bytes = [0xfa; 32];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            FileHash::sha256(bytes)
        };
        (first..self.0).map(hash).collect()
    }
}

pub(crate) async fn collect(scan: Scan) -> Vec<Outcome> {
    scan.collect().await
}
