//! What all handlers share.

use std::{
    collections::BTreeSet,
    fmt,
    num::NonZeroU32,
    sync::{Arc, Once},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vt_core::{
    cache::{Cache, Detail, Freshness},
    hash::FileHash,
    job::{ItemQuery, ItemResult, Job, JobError, JobFilter, JobId, JobStore, Runner},
    quota::LedgerError,
    scan::{Patience, Scanner},
    time::Clock,
};

use crate::{
    Secret,
    events::Watchers,
    guard::Limits,
    link::Link,
    mail::{self, Allowance, Mail},
    memo::Memo,
    table::{self, Briefs},
    upkeep,
    visitor::Visitors,
    work::Workers,
};

/// How many reports are written at the same time: each is in memory as a whole.
const WRITERS: usize = 2;

/// So many hashes go before long lists.
const SHORT: u64 = 20;

/// How the server is to behave.
#[derive(Clone)]
pub struct Settings {
    /// Where the server is found from outside, without a slash at the end.
    pub public_url: String,
    /// How many bytes an upload may have.
    pub max_upload: u64,
    /// How many uploads a network may send at once, before it is one a minute.
    pub upload_burst: NonZeroU32,
    /// How many hashes a report may have.
    pub max_hashes: usize,
    /// A report that takes longer than this is begun only once somebody has
    /// agreed to it.
    pub consent_after: Duration,
    /// A report that takes longer than this is refused.
    pub longest_wait: Duration,
    /// How long reports are kept.
    pub retention: Duration,
    /// How old answers may be.
    pub freshness: Freshness,
    /// Which engines are shown if none is chosen.
    pub engines: Vec<String>,
    /// Whether long lists are spread over the day.
    pub spreads: bool,
    /// Whether everybody sees the list of all reports.
    pub public_dashboard: bool,
    /// What `/metrics` is read with; without it there is no such thing.
    pub metrics_token: Option<String>,
    /// Whether answers are made up.
    pub is_demo: bool,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        const UPLOADS: NonZeroU32 = NonZeroU32::new(30).unwrap();
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            max_upload: 64 << 20,
            upload_burst: UPLOADS,
            max_hashes: 10_000,
            consent_after: DAY,
            longest_wait: DAY * 30,
            retention: DAY * 30,
            freshness: Freshness::default(),
            engines: vec![vt_report::DEFAULT_ENGINE.to_owned()],
            spreads: true,
            public_dashboard: false,
            metrics_token: None,
            is_demo: false,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// What the server works with.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Who asks.
    pub scanner: Scanner,
    /// Where answers are kept.
    pub cache: Arc<dyn Cache>,
    /// Where reports are kept.
    pub jobs: Arc<dyn JobStore>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What links are made from.
    pub secret: Secret,
    /// How mails are sent, if they are.
    pub mail: Option<Mail>,
}

/// The application. Cloning clones a handle.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) parts: Parts,
    pub(crate) visitors: Visitors,
    pub(crate) workers: Workers,
    pub(crate) limits: Limits,
    pub(crate) watchers: Watchers,
    pub(crate) briefs: Briefs,
    pub(crate) allowance: Allowance,
    /// Held while a memo is read and written back.
    notes: Mutex<()>,
    outbox: Once,
    /// Who may write a whole report at the same time.
    pub(crate) writers: Semaphore,
    /// Cancelled when the server ends.
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// A report that somebody has the link to.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) link: Link,
    pub(crate) job: Job,
    pub(crate) memo: Memo,
}

impl App {
    /// An application that has begun nothing yet: see [`resume`](Self::resume).
    #[must_use]
    pub fn new(settings: Settings, parts: Parts) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let runner = Runner::new(parts.scanner.clone(), Arc::clone(&parts.jobs));
        let runner = runner.patience(Patience::Outlast);
        let workers = Workers::new(runner, &parts, stop.clone(), tasks.clone());
        let is_secure = settings.public_url.starts_with("https:");
        let inner = Inner {
            visitors: Visitors::new(&parts.secret, is_secure),
            workers,
            limits: Limits::new(settings.upload_burst),
            watchers: Watchers::default(),
            briefs: Briefs::default(),
            allowance: Allowance::default(),
            notes: Mutex::default(),
            outbox: Once::new(),
            writers: Semaphore::new(WRITERS),
            stop,
            tasks,
            settings,
            parts,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Goes on with everything that was begun before, and with what the server
    /// does by itself.
    ///
    /// # Errors
    ///
    /// When the jobs cannot be read.
    pub async fn resume(&self) -> Result<usize, JobError> {
        let unfinished = JobFilter {
            unfinished: true,
            ..JobFilter::default()
        };
        let mut begun = 0;
        for job in self.jobs().jobs(&unfinished).await? {
            // Jobs of other programs are theirs.
            if Memo::of(&job).is_some_and(|memo| !memo.is_held) {
                self.inner.workers.begin(job.id);
                begun += 1;
            }
        }
        self.inner.tasks.spawn(upkeep::keep_up(self.clone()));
        self.send_mails().await?;
        Ok(begun)
    }

    /// Begins to send mails, those of earlier processes too.
    async fn send_mails(&self) -> Result<(), JobError> {
        if let Some(mail) = self.inner.parts.mail.clone()
            && !self.inner.outbox.is_completed()
        {
            for report in self.reports(None).await? {
                self.inner.allowance.recall(&report);
            }
            let outbox = mail::run(self.clone(), mail);
            self.inner.outbox.call_once(|| {
                self.inner.tasks.spawn(outbox);
            });
        }
        Ok(())
    }

    /// Ends all work: what is under way is brought home, and the rest is there
    /// for the next start.
    pub async fn close(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.inner.parts.scanner.idle().await;
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn jobs(&self) -> &Arc<dyn JobStore> {
        &self.inner.parts.jobs
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.parts.clock.wall()
    }

    /// The report that a link is for.
    pub(crate) async fn report(&self, link: Link) -> Result<Option<Report>, JobError> {
        let job = self.jobs().job(link.job_id()).await?;
        let found = job.and_then(|job| Some((Memo::of(&job)?, job)));
        Ok(found.map(|(memo, job)| Report { link, job, memo }))
    }

    /// All reports, or those of a visitor, the newest first.
    pub(crate) async fn reports(&self, visitor: Option<&str>) -> Result<Vec<Report>, JobError> {
        let jobs = self.jobs().jobs(&JobFilter::default()).await?;
        let reports = jobs.into_iter().filter_map(|job| {
            let memo = Memo::of(&job)?;
            let is_theirs = visitor.is_none() || memo.visitor.as_deref() == visitor;
            let link = Link::new(&self.inner.parts.secret, memo.seed);
            is_theirs.then_some(Report { link, job, memo })
        });
        Ok(reports.collect())
    }

    /// Begins a report that was held.
    pub(crate) async fn begin(&self, id: JobId) -> Result<(), JobError> {
        self.note(id, |memo| memo.is_held = false).await?;
        self.inner.workers.begin(id);
        Ok(())
    }

    /// Removes a report, and lets go of what is under way for it.
    pub(crate) async fn delete(&self, id: JobId) -> Result<(), JobError> {
        self.inner.workers.cancel(id);
        self.jobs().delete(id).await?;
        Ok(())
    }

    /// Whether mails are sent.
    pub(crate) fn sends_mail(&self) -> bool {
        self.inner.parts.mail.is_some()
    }

    /// The engines that a report knows, as far as its first rows show them.
    pub(crate) async fn engines(&self, job: &Job) -> Vec<String> {
        let query = ItemQuery {
            from: 0,
            limit: table::ROWS,
            open: false,
        };
        let items = self.jobs().items(job.id, &query).await.unwrap_or_default();
        let answers = items.iter().filter_map(|item| match &item.result {
            Some(ItemResult::Answered(answer)) => answer.lookup.report(),
            _ => None,
        });
        let names: BTreeSet<&str> = answers
            .flat_map(|report| &report.engines)
            .map(|engine| engine.key)
            .collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// For how many of these hashes there is a fresh answer.
    pub(crate) async fn known(&self, hashes: &[FileHash]) -> u64 {
        let (cache, now) = (&self.inner.parts.cache, self.now());
        let mut known = 0;
        for batch in hashes.chunks(1_000) {
            // A cache that cannot be read knows nothing for now.
            let entries = cache.get(batch, Detail::Summary).await.unwrap_or_default();
            let is_fresh = |entry: &&_| self.settings().freshness.is_fresh(entry, now);
            known += entries.iter().flatten().filter(is_fresh).count() as u64;
        }
        known
    }

    /// When so many more requests will be answered, after all that is waited
    /// for already.
    pub(crate) async fn eta(&self, requests: u64) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let usage = self.inner.parts.scanner.usage().await?;
        let requests = self.inner.workers.open() + requests;
        let latency = Duration::from_millis(500);
        Ok(if self.settings().spreads && requests > SHORT {
            usage.forecast_spread(requests, latency)
        } else {
            usage.forecast(requests, latency)
        })
    }

    /// Changes what is noted of a job, and leaves everything else.
    pub(crate) async fn note(
        &self,
        id: JobId,
        change: impl FnOnce(&mut Memo) + Send,
    ) -> Result<(), JobError> {
        let _turn = self.inner.notes.lock().await;
        let Some(job) = self.jobs().job(id).await? else {
            return Ok(());
        };
        if let Some(mut memo) = Memo::of(&job) {
            change(&mut memo);
            self.jobs().annotate(id, &memo.to_text()).await?;
        }
        Ok(())
    }
}
