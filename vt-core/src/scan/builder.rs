//! The settings of a scanner.

use std::{num::NonZeroUsize, sync::Arc};

use super::{
    BulkPace, Scanner,
    core::{Core, Settings},
    scheduler::Scheduler,
};
use crate::{
    cache::{Cache, Detail, Freshness, MemoryCache},
    client::Client,
    quota::{Ledger, MemoryLedger},
    time::{Clock, SystemClock},
};

/// Makes a [`Scanner`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ScannerBuilder {
    client: Client,
    cache: Option<Arc<dyn Cache>>,
    ledger: Option<Arc<dyn Ledger>>,
    clock: Arc<dyn Clock>,
    freshness: Freshness,
    bulk_pace: BulkPace,
    offline: bool,
    detail: Detail,
    max_in_flight: Option<NonZeroUsize>,
    checks_quota: bool,
    seed: Option<u64>,
}

impl ScannerBuilder {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            cache: None,
            ledger: None,
            clock: Arc::new(SystemClock),
            freshness: Freshness::default(),
            bulk_pace: BulkPace::default(),
            offline: false,
            detail: Detail::default(),
            max_in_flight: None,
            checks_quota: false,
            seed: None,
        }
    }

    /// Keeps answers here instead of in memory.
    pub fn cache(mut self, cache: impl Cache) -> Self {
        self.cache = Some(Arc::new(cache));
        self
    }

    /// Keeps the books here instead of in memory.
    pub fn ledger(mut self, ledger: impl Ledger) -> Self {
        self.ledger = Some(Arc::new(ledger));
        self
    }

    /// Sets how long answers stay good for scans that do not say it.
    pub const fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// Sets how fast large scans spend the day's quota.
    pub const fn bulk_pace(mut self, pace: BulkPace) -> Self {
        self.bulk_pace = pace;
        self
    }

    /// Answers from the cache only.
    pub const fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// Sets how much of a report the cache is asked for by scans that do not
    /// say it. An answer that was just fetched has everything.
    pub const fn detail(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Sets how many requests may be under way at once, instead of
    /// [`Quota::max_in_flight`](crate::quota::Quota::max_in_flight). The fewer,
    /// the more hashes are answered by the reply to another digest of their
    /// file.
    pub const fn max_in_flight(mut self, requests: NonZeroUsize) -> Self {
        self.max_in_flight = Some(requests);
        self
    }

    /// Has it ask what VirusTotal itself has counted, when it begins to ask
    /// and after a refusal, as [`Scanner::check_quota`] does. That is not
    /// counted, and nothing waits for it. If it is answered, an outage is over.
    ///
    /// Off by default: without [`ClientBuilder::user`] the key is part of the
    /// address that is asked.
    ///
    /// [`ClientBuilder::user`]: crate::client::ClientBuilder::user
    pub const fn check_quota(mut self, is_checked: bool) -> Self {
        self.checks_quota = is_checked;
        self
    }

    /// Sets the clock. A ledger that was given has its own.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the spread of waits repeatable.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Makes the scanner.
    #[must_use]
    pub fn build(self) -> Scanner {
        let ledger = self
            .ledger
            .unwrap_or_else(|| Arc::new(MemoryLedger::with_clock(Arc::clone(&self.clock))));
        let cache = self.cache.unwrap_or_else(|| Arc::new(MemoryCache::new()));
        let random = self
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let quota = self.client.quota();
        let max_in_flight = self
            .max_in_flight
            .map_or_else(|| quota.max_in_flight(), Into::into);
        let settings = Settings {
            max_in_flight,
            client: self.client,
            cache,
            ledger,
            clock: self.clock,
            freshness: self.freshness,
            bulk_pace: self.bulk_pace,
            offline: self.offline,
            checks_quota: self.checks_quota,
            detail: self.detail,
            random,
        };
        Scanner {
            scheduler: Arc::new(Scheduler::new(Arc::new(Core::new(settings)))),
        }
    }
}
