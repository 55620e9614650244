//! What the scheduler, the requests and all handles of a scanner share.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{BulkPace, WaitsFor, board::Board, keeping::Unkept, mail::Mail, metrics::Counters};
use crate::{
    cache::{Cache, Detail, Freshness},
    client::{
        self, Client,
        retry::{self, Attempts, Budget, Next},
    },
    hash::FileHash,
    quota::{Attempt, Ledger, LedgerError, Pacer, Permit, Reservation, Spend, Usage},
    time::{BootTime, Clock},
};

/// How much later than its reservation a request may start.
pub(super) const LATEST_START: Duration = Duration::from_secs(10);
/// How long a cache or a ledger may take for one call: what never returns must
/// not stop every scan for ever.
const LONGEST_CALL: Duration = Duration::from_secs(60);
/// How far the server's clock may be from this machine's.
const LARGEST_SKEW: TimeDelta = TimeDelta::seconds(120);
/// What is added to a wait that VirusTotal imposes.
const JITTER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Core {
    pub(super) client: Client,
    pub(super) cache: Arc<dyn Cache>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) offline: bool,
    pub(super) checks_quota: bool,
    /// Whether VirusTotal is being asked what it counted, or is not to be
    /// asked any more.
    pub(super) is_checking: AtomicBool,
    pub(super) detail: Detail,
    /// Answers that the cache has not taken yet.
    pub(super) unkept: Unkept,
    pub(super) mail: Mail,
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
    waits: Mutex<Option<(WaitsFor, BootTime)>>,
    paused_until: Mutex<BootTime>,
    budget: Mutex<Budget>,
    /// What last failed in a way that others may meet too, since the last
    /// answer.
    trouble: Mutex<Option<(FileHash, client::Error)>>,
    latency_ms: AtomicU64,
    /// Whether it was said that the clocks differ.
    is_skew_told: AtomicBool,
    pub(super) counters: Counters,
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
    pub(super) checks_quota: bool,
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
            checks_quota: settings.checks_quota,
            is_checking: AtomicBool::new(false),
            detail: settings.detail,
            unkept: Unkept::default(),
            mail: Mail::default(),
            random: Mutex::new(settings.random),
            wake: Notify::new(),
            closing: Notify::new(),
            running: AtomicBool::new(false),
            board: Mutex::default(),
            waits: Mutex::default(),
            paused_until: Mutex::default(),
            budget: Mutex::default(),
            trouble: Mutex::default(),
            // What VirusTotal takes for a report, until it is measured.
            latency_ms: AtomicU64::new(500),
            is_skew_told: AtomicBool::new(false),
            counters: Counters::default(),
        }
    }

    /// The board. It is never held across an `await`.
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }

    /// Asks the ledger for a permit.
    pub(super) async fn reserve(&self) -> Result<Reservation, LedgerError> {
        let spend = Spend {
            key: self.client.key_id(),
            quota: *self.client.quota(),
            deadline: self.client.deadline() + LATEST_START,
        };
        let reserved = self
            .contained(async { self.ledger.reserve(&spend).await })
            .await;
        reserved.unwrap_or_else(|lost| Err(LedgerError::new(&self.ledger, lost)))
    }

    /// Tells the ledger how an attempt ended.
    pub(super) async fn finish(&self, permit: Permit, attempt: Attempt) {
        let done = self
            .contained(async { self.ledger.finish(permit, attempt).await })
            .await;
        let done = done.unwrap_or_else(|lost| Err(LedgerError::new(&self.ledger, lost)));
        if let Err(error) = done {
            tracing::warn!(%error, "a charge stays as it is");
        }
    }

    /// The right to have one more request under way.
    pub(super) fn seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.seats).try_acquire_owned().ok()
    }

    /// Completes when every seat is free at once.
    pub(super) async fn idle(&self) {
        let all = u32::try_from(self.max_in_flight).unwrap_or(u32::MAX);
        // It fails only if it was closed, which nobody does.
        drop(self.seats.acquire_many(all).await);
        self.keep_rest().await;
    }

    pub(super) async fn usage(&self) -> Result<Usage, LedgerError> {
        let key = self.client.key_id();
        let used = self
            .contained(async { self.ledger.usage(key, self.client.quota()).await })
            .await;
        used.unwrap_or_else(|lost| Err(LedgerError::new(&self.ledger, lost)))
    }

    /// What is added to a wait that VirusTotal imposes.
    pub(super) fn jitter(&self) -> Duration {
        JITTER.mul_f64(lock(&self.random).f64())
    }

    /// What comes after a failure.
    pub(super) fn decide(&self, error: &client::Error, attempts: Attempts) -> Next {
        let random = lock(&self.random).f64();
        let mut budget = lock(&self.budget);
        let next = retry::next(error, attempts, budget.may_retry(), random);
        if matches!(next, Next::Again { .. }) {
            budget.take();
        }
        next
    }

    /// Notes that VirusTotal answered.
    pub(super) fn note_answer(&self) {
        lock(&self.budget).earn();
        *lock(&self.trouble) = None;
    }

    /// Notes a failure that others may meet too. False if the last one was of
    /// the same hash, which tells nothing new of the others.
    pub(super) fn note_trouble(&self, hash: FileHash, error: &client::Error) -> bool {
        let before = lock(&self.trouble).replace((hash, error.clone()));
        before.is_none_or(|(before, _)| before != hash)
    }

    /// Says once that the server's clock is not this machine's: the day's quota
    /// then begins at another time than is expected here.
    pub(super) fn note_server_time(&self, server: DateTime<Utc>) {
        let skew = server - self.clock.wall();
        if skew.abs() > LARGEST_SKEW && !self.is_skew_told.swap(true, Ordering::Relaxed) {
            let seconds = skew.num_seconds();
            tracing::warn!(
                seconds,
                "the server's clock differs from this machine's: is the time set right?"
            );
        }
    }

    /// Why nothing is answered at present, as far as this process met it.
    pub(super) fn trouble(&self) -> Option<client::Error> {
        let trouble = lock(&self.trouble);
        trouble.as_ref().map(|(_, error)| error.clone())
    }

    /// What the scheduler waits for at present, and until when.
    pub(super) fn waits(&self) -> Option<(WaitsFor, BootTime)> {
        *lock(&self.waits)
    }

    pub(super) fn set_waits(&self, waits: Option<(WaitsFor, BootTime)>) {
        let before = std::mem::replace(&mut *lock(&self.waits), waits);
        let [cause, before] = [waits, before].map(|waits| waits.map(|(cause, _)| cause));
        if let Some(cause) = cause.filter(|_| cause != before) {
            self.counters.count_wait(cause);
            tracing::info!(%cause, "waiting");
        }
    }

    /// The wall clock at a moment, as far as can be said now.
    pub(super) fn wall_at(&self, moment: BootTime) -> Option<DateTime<Utc>> {
        let now = self.clock.now();
        let left = TimeDelta::from_std(moment.saturating_since(now.boot)).ok()?;
        now.wall.checked_add_signed(left)
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

    pub(super) fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms.load(Ordering::Relaxed))
    }

    /// A back end's panic is that back end's failure, and so is a call that
    /// does not return: neither must end the scheduler, on which every scan
    /// depends, nor cost an answer that is paid for.
    pub(super) async fn contained<T>(&self, call: impl Future<Output = T>) -> Result<T, Lost> {
        let mut call = pin!(AssertUnwindSafe(call).catch_unwind());
        // Most return at once, and need no timer.
        let result = match (&mut call).now_or_never() {
            Some(result) => result,
            None => tokio::select! {
                biased;
                result = call => result,
                () = self.clock.time_out(LONGEST_CALL) => return Err(Lost::Hung),
            },
        };
        result.map_err(|_| Lost::Panicked)
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
pub(super) enum Lost {
    #[error("it panicked")]
    Panicked,
    #[error("it did not return within {} s", LONGEST_CALL.as_secs())]
    Hung,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under one of these locks leaves at worst a hash in line that
    // nobody waits for.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
