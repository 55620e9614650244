//! The one task that decides when something is sent, and what.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::OwnedSemaphorePermit, task::AbortHandle};

use super::{Error, Source, core::Core, request::Request};
use crate::{
    hash::FileHash,
    quota::{Attempt, Ending, LedgerError, Permit, Reservation, Spend},
    time::BootTime,
};

/// Longer waits are broken off to ask the ledger again: the wall clock may
/// have been set, or another process may have blocked the key.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long a ledger that fails is tried again before those who wait are told.
const LEDGER_PATIENCE: Duration = Duration::from_secs(30);
const LEDGER_RETRY: Duration = Duration::from_secs(1);

/// Owns the task: it ends with the last handle.
#[derive(Debug)]
pub(super) struct Scheduler {
    pub(super) core: Arc<Core>,
    task: Mutex<Option<AbortHandle>>,
}

impl Scheduler {
    pub(super) const fn new(core: Arc<Core>) -> Self {
        let task = Mutex::new(None);
        Self { core, task }
    }

    /// Tells the task that there is something to do, and starts it where it
    /// does not run: at first, and in a new runtime after the old one ended.
    pub(super) fn wake(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_none_or(AbortHandle::is_finished) {
            let run = Run::new(Arc::clone(&self.core));
            *task = Some(tokio::spawn(run.forever()).abort_handle());
        }
        self.core.wake.notify_one();
    }
}

impl Drop for Scheduler {
    // Nobody waits for anything any more. Requests that are under way are
    // tasks of their own, and bring their answers home.
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.take() {
            task.abort();
        }
    }
}

/// One run of the task.
struct Run {
    core: Arc<Core>,
    ledger_failing_since: Option<BootTime>,
}

/// What the task does next.
enum Step {
    Now,
    /// Until something changes, or a moment comes.
    Idle(Option<BootTime>),
    After(Duration),
}

impl Run {
    const fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            ledger_failing_since: None,
        }
    }

    async fn forever(mut self) {
        loop {
            match self.step().await {
                Step::Now => {}
                Step::After(wait) => self.core.clock.sleep(wait.min(LONGEST_WAIT)).await,
                Step::Idle(None) => self.core.wake.notified().await,
                Step::Idle(Some(due)) => {
                    let wait = due.saturating_since(self.core.clock.boot());
                    tokio::select! {
                        () = self.core.wake.notified() => {}
                        () = self.core.clock.sleep(wait) => {}
                    }
                }
            }
        }
    }

    async fn step(&mut self) -> Step {
        let due = {
            let mut board = self.core.board();
            let due = board.release(self.core.clock.boot());
            if !board.has_waiting() {
                return Step::Idle(due);
            }
            due
        };
        let pause = self.core.paused_for();
        if pause > Duration::ZERO {
            return Step::After(pause);
        }
        let Ok(seat) = Arc::clone(&self.core.seats).try_acquire_owned() else {
            return Step::Idle(due);
        };
        if let Some(Err(wait)) = self.core.pacer.as_ref().map(|pacer| pacer.take()) {
            return Step::After(wait);
        }
        match self.reserve().await {
            Ok(Reservation::Granted(permit)) => {
                self.core.set_waits_for(None);
                self.send(permit, seat).await;
                Step::Now
            }
            Ok(Reservation::Wait(wait)) => {
                tracing::debug!(limit = %wait.limit, wait_ms = wait.duration.as_millis(), "waiting");
                self.core.set_waits_for(Some(wait.limit));
                Step::After(wait.duration)
            }
            Err(error) => self.ledger_failed(error),
        }
    }

    async fn reserve(&mut self) -> Result<Reservation, LedgerError> {
        let client = &self.core.client;
        let spend = Spend {
            key: client.key_id(),
            quota: *client.quota(),
            deadline: client.deadline(),
        };
        let reservation = self.core.ledger.reserve(&spend).await?;
        self.ledger_failing_since = None;
        Ok(reservation)
    }

    /// Nothing is sent without the ledger.
    fn ledger_failed(&mut self, error: LedgerError) -> Step {
        let now = self.core.clock.boot();
        let since = *self.ledger_failing_since.get_or_insert(now);
        if now.saturating_since(since) >= LEDGER_PATIENCE {
            tracing::warn!(%error, "giving up on the ledger");
            self.ledger_failing_since = None;
            self.core.board().fail_all(&Error::Ledger(error));
            return Step::Now;
        }
        Step::After(LEDGER_RETRY)
    }

    /// Spends a permit on the hash whose turn it is now.
    async fn send(&self, permit: Permit, seat: OwnedSemaphorePermit) {
        if let Some(hash) = self.pick().await {
            let request = Request::new(Arc::clone(&self.core), hash, permit, seat);
            tokio::spawn(request.run());
            return;
        }
        // Everybody left, or was answered, while the ledger was asked.
        let attempt = Attempt {
            ending: Ending::Unused,
            server_time: None,
        };
        if let Err(error) = self.core.ledger.finish(permit, attempt).await {
            tracing::warn!(%error, "a charge that was not used stays on the books");
        }
    }

    /// The next hash that the cache cannot answer after all.
    async fn pick(&self) -> Option<FileHash> {
        loop {
            let hash = self.core.board().next()?;
            let entry = self.core.cached(hash).await;
            let mut board = self.core.board();
            match entry {
                Some(entry) => board.answer(hash, &entry, Source::Cache),
                // False if everybody left meanwhile.
                None if board.send(hash) => return Some(hash),
                None => {}
            }
        }
    }
}
