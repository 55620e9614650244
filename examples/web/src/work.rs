//! Work on reports, one task for each that is not finished.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vt_core::{
    client,
    job::{JobError, JobId, JobStore, Run, Runner, Start},
    scan::{Error, Meter, Outcome},
    time::Clock,
};

use crate::Parts;

/// How long is waited before work is taken up again that the ledger or the
/// store stopped.
const AGAIN: Duration = Duration::from_secs(15);

/// Everything that is being worked on.
#[derive(Clone, Debug)]
pub(crate) struct Workers {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runner: Runner,
    jobs: Arc<dyn JobStore>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    tasks: TaskTracker,
    at_work: Mutex<HashMap<JobId, Arc<Work>>>,
    /// Told of each report that is finished.
    finished: watch::Sender<u64>,
}

/// Work on one report.
#[derive(Debug)]
pub(crate) struct Work {
    state: Mutex<State>,
    /// Told whenever there are results.
    results: watch::Sender<u64>,
    cancel: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    meter: Option<Meter>,
    open: u64,
    trouble: Option<String>,
}

/// How work on a report came to an end for now.
enum End {
    /// Every hash had its outcome.
    Through,
    /// The key is refused: nothing helps but another.
    Refused,
    Stopped,
}

impl Workers {
    pub(crate) fn new(
        runner: Runner,
        parts: &Parts,
        stop: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                runner,
                jobs: Arc::clone(&parts.jobs),
                clock: Arc::clone(&parts.clock),
                stop,
                tasks,
                at_work: Mutex::default(),
                finished: watch::Sender::new(0),
            }),
        }
    }

    /// Works on a job until it is finished, unless somebody does.
    pub(crate) fn begin(&self, id: JobId) {
        let work = Arc::new(Work {
            state: Mutex::default(),
            results: watch::Sender::new(0),
            cancel: self.inner.stop.child_token(),
        });
        let mut at_work = self.inner.at_work();
        if at_work.contains_key(&id) {
            return;
        }
        at_work.insert(id, Arc::clone(&work));
        drop(at_work);
        let inner = Arc::clone(&self.inner);
        self.inner.tasks.spawn(async move {
            inner.contain(id, &work).await;
            inner.at_work().remove(&id);
            // Whoever watches learns that there is nothing more to come.
            work.results.send_modify(|version| *version += 1);
            inner.finished.send_modify(|version| *version += 1);
        });
    }

    /// Lets go of a job.
    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(work) = self.inner.at_work().remove(&id) {
            work.cancel.cancel();
        }
    }

    /// The work on a job, if there is any.
    pub(crate) fn on(&self, id: JobId) -> Option<Arc<Work>> {
        self.inner.at_work().get(&id).cloned()
    }

    /// How many reports are being worked on.
    pub(crate) fn count(&self) -> usize {
        self.inner.at_work().len()
    }

    /// How many hashes wait in all of them.
    pub(crate) fn open(&self) -> u64 {
        let at_work = self.inner.at_work();
        at_work.values().map(|work| work.state().open).sum()
    }

    /// Changes whenever a report is finished.
    pub(crate) fn finished(&self) -> watch::Receiver<u64> {
        self.inner.finished.subscribe()
    }
}

impl Inner {
    fn at_work(&self) -> MutexGuard<'_, HashMap<JobId, Arc<Work>>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on a job whatever happens: a panic is written in the log, and the
    /// work taken up again, by whoever holds the lease next.
    async fn contain(&self, id: JobId, work: &Work) {
        while AssertUnwindSafe(self.work(id, work))
            .catch_unwind()
            .await
            .is_err()
        {
            tracing::error!(%id, "work on a report panicked; it is taken up again");
            tokio::select! {
                () = work.cancel.cancelled() => return,
                () = self.clock.sleep(AGAIN) => {}
            }
        }
    }

    async fn work(&self, id: JobId, work: &Work) {
        while !work.cancel.is_cancelled() {
            let wait = match self.runner.start(id).await {
                Ok(Start::Finished | Start::Missing) => return,
                // A process that has ended holds nothing: this one is there.
                Ok(Start::Held { worker, duration }) => {
                    tracing::info!(%id, worker, "another process works on a report");
                    duration.min(AGAIN)
                }
                Ok(Start::Working(run)) => match self.follow(*run, work).await {
                    Ok(End::Through) => AGAIN,
                    Ok(End::Stopped) => return,
                    Ok(End::Refused) => return work.cancel.cancelled().await,
                    // A report that is deleted is taken from whoever works on it.
                    Err(_) if work.cancel.is_cancelled() => return,
                    Err(error) => {
                        tracing::warn!(%id, %error, "work on a report is broken off");
                        AGAIN
                    }
                },
                Err(error) => {
                    tracing::warn!(%id, %error, "work on a report cannot begin");
                    work.state().trouble = Some(error.to_string());
                    AGAIN
                }
            };
            if self.is_finished(id).await {
                return;
            }
            tokio::select! {
                () = work.cancel.cancelled() => return,
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    async fn is_finished(&self, id: JobId) -> bool {
        let job = self.jobs.job(id).await;
        job.is_ok_and(|job| job.is_none_or(|job| job.finished_at.is_some()))
    }

    async fn follow(&self, mut run: Run, work: &Work) -> Result<End, JobError> {
        {
            let mut state = work.state();
            state.meter = Some(run.meter());
            state.open = run.total();
            state.trouble = None;
        }
        let mut is_refused = false;
        let mut is_stopped = false;
        loop {
            let next = tokio::select! {
                biased;
                () = work.cancel.cancelled(), if !is_stopped => {
                    is_stopped = true;
                    run.wind_down();
                    continue;
                }
                next = run.next() => next,
            };
            match next {
                Ok(Some(outcomes)) => is_refused |= work.note(&outcomes),
                Ok(None) => break,
                Err(error @ JobError::Lost { .. }) => return Err(error),
                // What was not kept is kept by the next call.
                Err(error) => {
                    tracing::warn!(%error, "results are not kept yet");
                    work.state().trouble = Some(error.to_string());
                    self.clock.sleep(Duration::from_secs(1)).await;
                }
            }
        }
        run.stop().await?;
        Ok(match (is_stopped, is_refused) {
            (true, _) => End::Stopped,
            (_, true) => End::Refused,
            _ => End::Through,
        })
    }
}

impl Work {
    /// Changes whenever there are results.
    pub(crate) fn results(&self) -> watch::Receiver<u64> {
        self.results.subscribe()
    }

    /// What tells how far it is, once it has begun.
    pub(crate) fn meter(&self) -> Option<Meter> {
        self.state().meter.clone()
    }

    /// Why nothing goes on, if nothing does.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// Notes outcomes, and says whether the key is refused.
    fn note(&self, outcomes: &[Outcome]) -> bool {
        let errors = outcomes
            .iter()
            .filter_map(|outcome| outcome.result.as_ref().err());
        let mut is_refused = false;
        {
            let mut state = self.state();
            state.open = state.open.saturating_sub(outcomes.len() as u64);
            state.trouble = None;
            for error in errors {
                is_refused |= matches!(error, Error::Client(client::Error::Auth { .. }));
                state.trouble = Some(error.to_string());
            }
        }
        self.results.send_modify(|version| *version += 1);
        is_refused
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
