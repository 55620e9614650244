//! A report as a job: begun, or gone on with.

use std::{
    collections::HashMap,
    pin::{Pin, pin},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use vt_core::{
    client,
    hash::FileHash,
    job::{JobError, JobId, JobSpec, JobStore, JobStoreExt, Run, Runner, Start},
    scan::{Error, Outcome, Patience, Scanner},
    time::{Clock, SystemClock},
};
use vt_report::Row;

use crate::{args::ReportArgs, interrupt, progress::Bar, rows, session::Session};

/// So many hashes in a row without a connection, and the rest is not tried.
const TRIES: u32 = 3;
/// How often a worker is looked at that has the job.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How the work ended.
pub(super) enum End {
    /// Every hash has its result.
    Complete,
    /// Every hash was asked for; so many may have an answer another time.
    Unanswered(u64),
    /// VirusTotal cannot be reached.
    Unreachable(Error),
    /// VirusTotal refuses the key.
    Refused(Error),
    /// The next request is not allowed for longer than the user will wait.
    TooLong(DateTime<Utc>),
    /// Ctrl-C, or the system goes down.
    Interrupted,
}

/// The job of a report.
pub(super) struct Work<'a> {
    id: JobId,
    scanner: &'a Scanner,
    store: &'a dyn JobStore,
    runner: Runner,
    args: &'a ReportArgs,
    /// Why hashes that are open have no answer.
    reasons: HashMap<FileHash, String>,
    answered: u64,
    unreachable: u32,
}

type Interrupt<'a> = Pin<&'a mut (dyn Future<Output = std::io::Result<()>> + Send)>;

impl<'a> Work<'a> {
    pub(super) fn new(session: &'a Session, id: JobId, args: &'a ReportArgs) -> Self {
        let runner = Runner::new(session.scanner.clone(), session.jobs.clone());
        let patience = match args.patient {
            true => Patience::Outlast,
            false => Patience::Quick,
        };
        Self {
            id,
            scanner: &session.scanner,
            store: &*session.jobs,
            runner: runner.patience(patience),
            args,
            reasons: HashMap::new(),
            answered: 0,
            unreachable: 0,
        }
    }

    /// Gets ready to go on with the job. False if it was not begun, or is done.
    pub(super) async fn resume(&mut self, hashes: &[FileHash]) -> Result<bool, JobError> {
        let Some(job) = self.store.job(self.id).await? else {
            return Ok(false);
        };
        self.answered = job.tally.answered();
        if self.answered == job.tally.total {
            return Ok(false);
        }
        if !self.is_whole(hashes).await? {
            tell!("this report was begun, but its job is damaged: it begins anew");
            self.store.delete(self.id).await?;
            return Ok(false);
        }
        self.store.reopen(self.id).await?;
        if !self.args.quiet {
            tell!(
                "going on with what was begun on {}: {} of {} answered",
                job.created_at.format("%Y-%m-%d %H:%M UTC"),
                self.answered,
                job.tally.total
            );
        }
        Ok(true)
    }

    /// Makes the job, in the place of one that is done.
    pub(super) async fn begin(
        &mut self,
        spec: &JobSpec,
        hashes: &[FileHash],
    ) -> Result<(), JobError> {
        let old = self.store.job(self.id).await?;
        if old.is_some_and(|job| job.tally.answered() == job.tally.total) {
            self.store.delete(self.id).await?;
        }
        self.answered = 0;
        // If there is one now, another process is doing the same.
        self.store.create(self.id, spec, hashes).await?;
        Ok(())
    }

    /// Works on the job until something ends that.
    pub(super) async fn run(&mut self) -> Result<End, JobError> {
        let interrupt = interrupt::wait();
        tokio::pin!(interrupt);
        let mut run = match self.start(interrupt.as_mut()).await? {
            Started::Working(run) => run,
            Started::Done => return Ok(End::Complete),
            Started::Interrupted => return Ok(End::Interrupted),
        };
        let end = self.follow(&mut run, interrupt).await;
        // What is paid for is brought home, whatever went wrong.
        let stopped = run.stop().await;
        match stopped.and(end)? {
            End::Complete => self.completed().await,
            end => Ok(end),
        }
    }

    async fn completed(&self) -> Result<End, JobError> {
        let job = self.store.job(self.id).await?;
        Ok(match job.map_or(0, |job| job.tally.open()) {
            0 => End::Complete,
            open => End::Unanswered(open),
        })
    }

    /// All rows as far as they are known.
    pub(super) async fn rows(&self) -> Result<Vec<Row>, JobError> {
        let engines = &self.args.document.engine;
        rows::of_job(self.store, self.id, &self.reasons, engines).await
    }

    /// Whether the job's hashes are those of the input.
    async fn is_whole(&self, hashes: &[FileHash]) -> Result<bool, JobError> {
        let mut expected = hashes.iter().copied();
        let mut pages = pin!(self.store.pages(self.id, false));
        while let Some(items) = pages.try_next().await? {
            for item in items {
                if expected.next() != Some(item.hash) {
                    return Ok(false);
                }
            }
        }
        Ok(expected.next().is_none())
    }

    /// Takes the job, once nobody else has it.
    async fn start(&self, mut interrupt: Interrupt<'_>) -> Result<Started, JobError> {
        let mut is_told = false;
        loop {
            let worker = match self.runner.start(self.id).await? {
                Start::Working(run) => return Ok(Started::Working(run)),
                Start::Finished | Start::Missing => return Ok(Started::Done),
                Start::Held { worker, .. } => worker,
            };
            if !is_told && !self.args.quiet {
                tell!("{worker} makes the same report: waiting for it");
                is_told = true;
            }
            tokio::select! {
                _ = interrupt.as_mut() => return Ok(Started::Interrupted),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Asks until everything is answered, or something ends that.
    async fn follow(
        &mut self,
        run: &mut Run,
        mut interrupt: Interrupt<'_>,
    ) -> Result<End, JobError> {
        let meter = run.meter();
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let quota = *self.scanner.client().quota();
        let bar = Bar::new(run.total() + self.answered, quota, self.args.quiet);
        bar.advance(self.answered);
        let mut end = End::Complete;
        loop {
            let reason = tokio::select! {
                biased;
                _ = interrupt.as_mut(), if !matches!(end, End::Interrupted) => {
                    interrupt::exit_at_the_next();
                    Some(End::Interrupted)
                }
                outcomes = run.next() => {
                    let Some(outcomes) = outcomes? else {
                        return Ok(end);
                    };
                    bar.advance(outcomes.len() as u64);
                    self.take(&outcomes)
                }
                _ = tick.tick() => {
                    let progress = meter.read().await.ok();
                    if let Some(progress) = &progress {
                        bar.show(progress, SystemClock.wall());
                    }
                    // What is reserved just now is on the books, and no reason
                    // to wait.
                    match progress.and_then(|progress| progress.waits_for) {
                        Some(_) => self.longer_than_wanted().await.map(End::TooLong),
                        None => None,
                    }
                }
            };
            if let Some(reason) = reason
                && (matches!(end, End::Complete) || matches!(reason, End::Interrupted))
            {
                end = reason;
                // What is under way is paid for, and still waited for.
                run.wind_down();
            }
        }
    }

    /// Remembers why hashes have no answer; an end if there is no use in going
    /// on.
    fn take(&mut self, outcomes: &[Outcome]) -> Option<End> {
        let mut stop = None;
        for outcome in outcomes {
            let Err(error) = &outcome.result else {
                self.answered += 1;
                self.unreachable = 0;
                continue;
            };
            if matches!(error, Error::Cancelled) {
                continue;
            }
            self.reasons.insert(outcome.hash, error.to_string());
            let end = match error {
                Error::Client(client::Error::Auth { .. }) => Some(End::Refused(error.clone())),
                // Whoever is patient has this after the last try of several days.
                Error::Client(client::Error::Connect { .. } | client::Error::Timeout { .. })
                    if !self.args.patient =>
                {
                    self.unreachable += 1;
                    let is_hopeless = self.answered == 0 || self.unreachable >= TRIES;
                    is_hopeless.then(|| End::Unreachable(error.clone()))
                }
                _ => None,
            };
            stop = stop.or(end);
        }
        stop
    }

    /// When the next request is allowed, if the user will not wait for it.
    async fn longer_than_wanted(&self) -> Option<DateTime<Utc>> {
        let longest = TimeDelta::from_std(self.args.max_wait?).unwrap_or(TimeDelta::MAX);
        let usage = self.scanner.usage().await.ok()?;
        let next = usage.forecast(1, Duration::ZERO)?;
        (next - SystemClock.wall() > longest).then_some(next)
    }
}

enum Started {
    Working(Box<Run>),
    /// Another process has done it meanwhile.
    Done,
    Interrupted,
}
