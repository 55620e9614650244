//! What the scheduler, the requests and all handles of a scanner share.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::FutureExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{BulkPace, WaitsFor, board::Board};
use crate::{
    cache::{Cache, CacheError, Detail, Entry, Freshness},
    client::Client,
    hash::FileHash,
    quota::{Attempt, Ledger, LedgerError, Pacer, Permit, Reservation, Spend, Usage},
    time::{BootTime, Clock},
};

/// How much later than its reservation a request may start.
pub(super) const LATEST_START: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Core {
    pub(super) client: Client,
    pub(super) cache: Arc<dyn Cache>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) offline: bool,
    detail: Detail,
    /// Told whenever the board or a seat may have changed.
    pub(super) wake: Notify,
    /// Told when the last handle is gone.
    pub(super) closing: Notify,
    /// Whether the scheduler's task is there.
    pub(super) running: AtomicBool,
    /// One per request that may be under way.
    seats: Arc<Semaphore>,
    max_in_flight: usize,
    pub(super) pacer: Option<Pacer>,
    pub(super) freshness: Freshness,
    pub(super) bulk_pace: BulkPace,
    board: Mutex<Board>,
    random: Mutex<fastrand::Rng>,
    waits_for: Mutex<Option<WaitsFor>>,
    paused_until: Mutex<BootTime>,
    refusals: AtomicU32,
    latency_ms: AtomicU64,
    requests: AtomicU64,
}

/// What a [`Core`] is made of.
pub(super) struct Settings {
    pub(super) client: Client,
    pub(super) cache: Arc<dyn Cache>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) freshness: Freshness,
    pub(super) bulk_pace: BulkPace,
    pub(super) offline: bool,
    pub(super) detail: Detail,
    pub(super) max_in_flight: usize,
    pub(super) random: fastrand::Rng,
}

impl Core {
    pub(super) fn new(settings: Settings) -> Self {
        let quota = settings.client.quota();
        Self {
            seats: Arc::new(Semaphore::new(settings.max_in_flight)),
            max_in_flight: settings.max_in_flight,
            pacer: Pacer::new(quota, Arc::clone(&settings.clock)),
            client: settings.client,
            cache: settings.cache,
            ledger: settings.ledger,
            clock: settings.clock,
            freshness: settings.freshness,
            bulk_pace: settings.bulk_pace,
            offline: settings.offline,
            detail: settings.detail,
            random: Mutex::new(settings.random),
            wake: Notify::new(),
            closing: Notify::new(),
            running: AtomicBool::new(false),
            board: Mutex::default(),
            waits_for: Mutex::default(),
            paused_until: Mutex::default(),
            refusals: AtomicU32::new(0),
            // What VirusTotal takes for a report, until it is measured.
            latency_ms: AtomicU64::new(500),
            requests: AtomicU64::new(0),
        }
    }

    /// The board. It is never held across an `await`.
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }

    /// The cache's answers, one for each hash, however old. A cache that fails
    /// has none.
    pub(super) async fn read(&self, hashes: &[FileHash]) -> Vec<Option<Entry>> {
        let read = contained(async { self.cache.get(hashes, self.detail).await }).await;
        let mut entries = read
            .unwrap_or_else(|panic| Err(CacheError::new(&self.cache, panic)))
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "asking without the cache");
                Vec::new()
            });
        // Also if a cache breaks its contract: no hash goes without outcome,
        // and none gets another file's.
        entries.resize(hashes.len(), None);
        for (hash, slot) in hashes.iter().zip(&mut entries) {
            let answers = |entry: &Entry| entry.hashes().any(|answered| answered == *hash);
            *slot = slot.take().filter(answers);
        }
        entries
    }

    /// Keeps an answer, if the cache can.
    pub(super) async fn keep(&self, entry: &Entry) {
        let kept = contained(async { self.cache.put(std::slice::from_ref(entry)).await }).await;
        let kept = kept.unwrap_or_else(|panic| Err(CacheError::new(&self.cache, panic)));
        if let Err(error) = kept {
            tracing::warn!(%error, "an answer is not kept");
        }
    }

    /// Asks the ledger for a permit.
    pub(super) async fn reserve(&self) -> Result<Reservation, LedgerError> {
        let spend = Spend {
            key: self.client.key_id(),
            quota: *self.client.quota(),
            deadline: self.client.deadline() + LATEST_START,
        };
        contained(async { self.ledger.reserve(&spend).await })
            .await
            .unwrap_or_else(|panic| Err(LedgerError::new(&self.ledger, panic)))
    }

    /// Tells the ledger how an attempt ended.
    pub(super) async fn finish(&self, permit: Permit, attempt: Attempt) {
        let done = contained(async { self.ledger.finish(permit, attempt).await })
            .await
            .unwrap_or_else(|panic| Err(LedgerError::new(&self.ledger, panic)));
        if let Err(error) = done {
            tracing::warn!(%error, "a charge stays as it is");
        }
    }

    /// Lets nobody send with this key for a while.
    pub(super) async fn block(&self, duration: Duration) {
        let done = contained(async { self.ledger.block(self.client.key_id(), duration).await })
            .await
            .unwrap_or_else(|panic| Err(LedgerError::new(&self.ledger, panic)));
        if let Err(error) = done {
            tracing::warn!(%error, "the key is not blocked");
        }
    }

    /// The right to have one more request under way. While VirusTotal refuses
    /// there is one in all: it finds out whether that is over.
    pub(super) fn seat(&self) -> Option<OwnedSemaphorePermit> {
        let taken = self.seats.available_permits() < self.max_in_flight;
        if taken && self.refusals() > 0 {
            return None;
        }
        Arc::clone(&self.seats).try_acquire_owned().ok()
    }

    /// Completes when every seat is free at once.
    pub(super) async fn idle(&self) {
        let all = u32::try_from(self.max_in_flight).unwrap_or(u32::MAX);
        // It fails only if it was closed, which nobody does.
        drop(self.seats.acquire_many(all).await);
    }

    pub(super) async fn usage(&self) -> Result<Usage, LedgerError> {
        let key = self.client.key_id();
        contained(async { self.ledger.usage(key, self.client.quota()).await })
            .await
            .unwrap_or_else(|panic| Err(LedgerError::new(&self.ledger, panic)))
    }

    /// From 0 to 1.
    pub(super) fn random(&self) -> f64 {
        lock(&self.random).f64()
    }

    /// What the scheduler waits for at present.
    pub(super) fn waits_for(&self) -> Option<WaitsFor> {
        *lock(&self.waits_for)
    }

    pub(super) fn set_waits_for(&self, cause: Option<WaitsFor>) {
        *lock(&self.waits_for) = cause;
    }

    /// Lets nothing be sent for a while: there is no connection, which is not
    /// the fault of one hash.
    pub(super) fn pause(&self, duration: Duration) {
        let until = self.clock.boot() + duration;
        let mut paused_until = lock(&self.paused_until);
        *paused_until = until.max(*paused_until);
    }

    /// How long nothing may be sent yet.
    pub(super) fn paused_for(&self) -> Duration {
        lock(&self.paused_until).saturating_since(self.clock.boot())
    }

    /// How many replies in a row said that the quota is used up.
    pub(super) fn refusals(&self) -> u32 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Counts such a reply to a request that was sent after `before` of them,
    /// and says how many there are now. Requests that were under way together
    /// are refused together: they count once.
    pub(super) fn count_refusal(&self, before: u32) -> u32 {
        let counted = before.saturating_add(1);
        match self
            .refusals
            .compare_exchange(before, counted, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => counted,
            Err(now) => now,
        }
    }

    pub(super) fn forget_refusals(&self) {
        self.refusals.store(0, Ordering::Relaxed);
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms.load(Ordering::Relaxed))
    }

    /// Lets a measured latency count for an eighth of the average.
    pub(super) fn note_latency(&self, latency: Duration) {
        let new = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        let average = |old: u64| Some((old - old / 8).saturating_add(new / 8));
        // The closure never declines.
        let _ = self
            .latency_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, average);
    }
}

/// Why a cache or a ledger gave no result.
#[derive(Debug, thiserror::Error)]
#[error("it panicked")]
struct Panicked;

/// A back end's panic is that back end's failure: it must not end the
/// scheduler, on which every scan depends, nor cost an answer that is paid
/// for.
async fn contained<T>(call: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(call)
        .catch_unwind()
        .await
        .map_err(|_| Panicked)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under one of these locks leaves at worst a hash in line that
    // nobody waits for.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
