//! The one task that decides when something is sent, and what.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    BulkPace, Error, WaitsFor,
    board::{Class, Turn},
    core::{Core, LATEST_START},
    request::Request,
};
use crate::{
    quota::{Attempt, LedgerError, Limit, Permit, Reservation, Wait},
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
}

impl Scheduler {
    pub(super) const fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Tells the task that there is something to do, and starts it where it
    /// does not run: at first, and in a new runtime after the old one ended.
    pub(super) fn wake(&self) {
        if !self.core.running.swap(true, Ordering::AcqRel) {
            let run = Run::new(Arc::clone(&self.core));
            tokio::spawn(run.forever());
        }
        self.core.wake.notify_one();
    }
}

impl Drop for Scheduler {
    // Nobody waits for anything any more. The task is told and not aborted,
    // so that a permit that is on its way is given back. Requests that are
    // under way are tasks of their own, and bring their answers home.
    fn drop(&mut self) {
        self.core.closing.notify_one();
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
        self.core.check_quota_meanwhile();
        loop {
            let step = self.step().await;
            tokio::select! {
                biased;
                () = self.core.closing.notified() => return,
                () = self.pause(step) => {}
            }
        }
    }

    async fn pause(&self, step: Step) {
        match step {
            // Gives way now and then: a cache may never do.
            Step::Now => tokio::task::consume_budget().await,
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

    async fn step(&mut self) -> Step {
        let (due, turn) = {
            let mut board = self.core.board();
            (board.release(self.core.clock.boot()), board.next())
        };
        let Some(turn) = turn else {
            self.ledger_failing_since = None;
            let retry = due.map(|due| (WaitsFor::Retry, due));
            self.core.set_waits(retry);
            return Step::Idle(due);
        };
        let pause = self.core.paused_for();
        if pause > Duration::ZERO {
            return Step::After(pause);
        }
        let Some(seat) = self.core.seat() else {
            return Step::Idle(due);
        };
        match self.bulk_wait(turn).await {
            Ok(Duration::ZERO) => {}
            Ok(wait) => {
                let now = self.core.clock.boot();
                self.core.set_waits(Some((WaitsFor::Pace, now + wait)));
                // Until then somebody may come who does not have to wait.
                return idle(due, now + wait.min(LONGEST_WAIT));
            }
            Err(error) => return self.ledger_failed(error),
        }
        if self.answered_by_cache(turn).await {
            return Step::Now;
        }
        if let Some(Err(wait)) = self.core.pacer.as_ref().map(|pacer| pacer.take()) {
            return Step::After(wait);
        }
        self.send(turn, seat, due).await
    }

    /// How long this turn has to wait because of what is spent today.
    async fn bulk_wait(&mut self, turn: Turn) -> Result<Duration, LedgerError> {
        if turn.class == Class::Interactive || self.core.bulk_pace == BulkPace::Greedy {
            return Ok(Duration::ZERO);
        }
        let wait = self.core.usage().await?.spread_wait();
        if wait > Duration::ZERO {
            self.ledger_failing_since = None;
        }
        Ok(wait)
    }

    /// Looks into the cache once more: another process, or a request for
    /// another digest, may have brought the answer meanwhile. True if whoever
    /// has the turn waits no longer.
    async fn answered_by_cache(&self, turn: Turn) -> bool {
        let detail = self.core.board().detail(&turn.hash);
        let Some(entry) = self.core.read(&[turn.hash], detail).await.pop().flatten() else {
            return false;
        };
        let now = self.core.clock.wall();
        !self.core.board().offer(turn, &entry, now)
    }

    async fn send(
        &mut self,
        turn: Turn,
        seat: OwnedSemaphorePermit,
        due: Option<BootTime>,
    ) -> Step {
        match self.reserve().await {
            Ok(Reservation::Granted(permit)) => {
                self.core.set_waits(None);
                if self.core.board().send(turn) {
                    let core = Arc::clone(&self.core);
                    tokio::spawn(Request::new(core, turn.hash, permit, seat).run());
                } else {
                    // Everybody left, or was answered, while the ledger was
                    // asked.
                    self.give_back(permit).await;
                }
                Step::Now
            }
            Ok(Reservation::Wait(wait)) => self.wait(wait, due),
            Err(error) => self.ledger_failed(error),
        }
    }

    fn wait(&self, wait: Wait, due: Option<BootTime>) -> Step {
        let now = self.core.clock.boot();
        let until = now + wait.duration;
        self.core.set_waits(Some((wait.limit.into(), until)));
        match wait.limit {
            Limit::Minute | Limit::Day | Limit::Month => return Step::After(wait.duration),
            Limit::Server => {}
            Limit::Outage => {
                let error = self.unavailable(until);
                self.core.board().tell_impatient(&error, now, until);
            }
        }
        // A request under way may find that it is over, and somebody may come
        // who does not want to wait for that.
        idle(due, now + wait.duration.min(LONGEST_WAIT))
    }

    fn unavailable(&self, until: BootTime) -> Error {
        match self.core.trouble() {
            Some(error) => error.into(),
            // Another process met it.
            None => Error::Unavailable {
                retry_at: self.core.wall_at(until).unwrap_or(DateTime::<Utc>::MAX_UTC),
            },
        }
    }

    /// A permit that is fresh enough to be used: one that was long in coming
    /// would let its request end after its place is free again.
    async fn reserve(&mut self) -> Result<Reservation, LedgerError> {
        let start = self.core.clock.boot();
        let reservation = self.core.reserve().await?;
        let late = self.core.clock.boot().saturating_since(start) > LATEST_START;
        match reservation {
            Reservation::Granted(permit) if late => {
                self.give_back(permit).await;
                Err(LedgerError::new(&self.core.ledger, "it took too long"))
            }
            reservation => {
                self.ledger_failing_since = None;
                Ok(reservation)
            }
        }
    }

    async fn give_back(&self, permit: Permit) {
        self.core.finish(permit, Attempt::UNUSED).await;
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
}

/// Until one of two moments, or something changes.
fn idle(due: Option<BootTime>, until: BootTime) -> Step {
    Step::Idle(Some(due.map_or(until, |due| due.min(until))))
}

impl Drop for Run {
    // The task ended, or its runtime did: nobody shall wait for it. In this
    // order, so that whoever asks after it starts a new one.
    fn drop(&mut self) {
        self.core.running.store(false, Ordering::Release);
        let error = if std::thread::panicking() {
            Error::Internal("the scheduler panicked".into())
        } else {
            Error::Cancelled
        };
        self.core.board().fail_all(&error);
    }
}
