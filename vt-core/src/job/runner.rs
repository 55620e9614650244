//! Working on a job.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};

use super::{Claim, ItemResult, JobError, JobId, JobStore, JobStoreExt, Lease};
use crate::{
    client,
    hash::FileHash,
    scan::{Error, Meter, Outcome, Patience, Scan, ScanOptions, Scanner, Source},
    time::BootTime,
};

/// How long a worker that is not heard of keeps its job.
pub const LEASE: Duration = Duration::from_secs(120);
/// How often a worker says that it is there.
pub const HEARTBEAT: Duration = Duration::from_secs(20);

/// How many results are kept in one step: what comes out of a cache comes
/// quicker than one by one can be kept.
const BATCH: usize = 1_000;

/// Works on jobs: asks what is open, and keeps what comes of it.
///
/// Cloning clones the handle.
///
/// # Examples
///
/// ```
/// # use bytes::Bytes;
/// use vt_core::{
///     cache::Freshness,
///     client::{ApiKey, Client},
///     job::{JobId, JobSpec, JobStore, MemoryJobStore, Runner, Start},
///     scan::Scanner,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let demo = vt_core::client::transport_fn(|_| async {
/// #     let body = r#"{"error": {"code": "NotFoundError"}}"#;
/// #     Ok(http::Response::builder().status(404).body(Bytes::from(body)).unwrap())
/// # });
/// # let client = Client::builder(ApiKey::new("0123")?).transport(demo).build()?;
/// let store = MemoryJobStore::new();
/// let id = JobId::from_bytes([7; 16]);
/// let spec = JobSpec {
///     name: "incident 7".into(),
///     submitter: "night shift".into(),
///     freshness: Freshness::default(),
///     memo: String::new(),
/// };
/// store.create(id, &spec, &["44d88612fea8a8f36de82e1278abb02f".parse()?]).await?;
///
/// let runner = Runner::new(Scanner::builder(client).build(), store.clone());
/// if let Start::Working(mut run) = runner.start(id).await? {
///     while let Some(outcomes) = run.next().await? {
///         println!("{} more", outcomes.len());
///     }
/// }
/// assert_eq!(store.job(id).await?.unwrap().tally.not_found, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Runner {
    scanner: Scanner,
    store: Arc<dyn JobStore>,
    patience: Patience,
}

/// What came of starting to work on a job.
#[derive(Debug)]
#[must_use]
pub enum Start {
    /// The work.
    Working(Box<Run>),
    /// Somebody else works on it.
    Held {
        /// Who, in words.
        worker: String,
        /// How long at least, unless that worker ends before.
        duration: Duration,
    },
    /// No hash of it is open.
    Finished,
    /// There is no such job.
    Missing,
}

impl Runner {
    /// A worker that asks through `scanner` and keeps results in `store`.
    pub fn new(scanner: Scanner, store: impl JobStore) -> Self {
        Self {
            scanner,
            store: Arc::new(store),
            patience: Patience::default(),
        }
    }

    /// Sets what becomes of hashes while VirusTotal gives no answers. By
    /// default they stay open, for whoever works on the job next; with
    /// [`Patience::Outlast`] this work goes on until each has its result.
    #[must_use]
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Takes a job and gets ready to ask what is open.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the job may be held for [`LEASE`] by nobody.
    pub async fn start(&self, id: JobId) -> Result<Start, JobError> {
        let lease = match self.store.claim(id, LEASE).await? {
            Claim::Granted(lease) => lease,
            Claim::Held { worker, duration } => return Ok(Start::Held { worker, duration }),
            Claim::Finished => return Ok(Start::Finished),
            Claim::Missing => return Ok(Start::Missing),
        };
        let renewed = self.scanner.clock().boot();
        let Some(job) = self.store.job(id).await? else {
            return Ok(Start::Missing);
        };
        let open = self.store.pages(id, true).try_concat().await?;
        let places = open.iter().map(|item| (item.hash, item.index)).collect();
        let hashes = open.into_iter().map(|item| item.hash);
        let options = ScanOptions::new()
            .submitter(job.spec.submitter)
            .freshness(job.spec.freshness)
            .patience(self.patience);
        Ok(Start::Working(Box::new(Run {
            scan: self.scanner.scan_with(hashes, options),
            scanner: self.scanner.clone(),
            store: Arc::clone(&self.store),
            lease,
            renewed,
            created_at: job.created_at,
            places,
            patience: self.patience,
            gathered: Vec::new(),
        })))
    }
}

/// Work on a job under a lease: made by [`Runner::start`].
///
/// Poll [`next`](Self::next) all the time: it also renews the lease. Who drops
/// it without [`stop`](Self::stop) leaves the job held until the lease is
/// over.
#[derive(Debug)]
pub struct Run {
    scan: Scan,
    scanner: Scanner,
    store: Arc<dyn JobStore>,
    lease: Lease,
    renewed: BootTime,
    created_at: DateTime<Utc>,
    places: HashMap<FileHash, u32>,
    patience: Patience,
    // Outcomes that are not kept yet.
    gathered: Vec<Outcome>,
}

impl Run {
    /// The next outcomes. Those that are results are in the store by now; the
    /// others are failures that may pass, whose hashes stay open. None when
    /// every hash had its outcome.
    ///
    /// # Errors
    ///
    /// [`JobError::Lost`], or when the store cannot be written. After the
    /// latter it may be called again: nothing is lost.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped and `next` be called again; nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Vec<Outcome>>, JobError> {
        if self.gathered.is_empty() && !self.gather().await? {
            return Ok(None);
        }
        let results: Vec<(u32, ItemResult)> = self
            .gathered
            .iter()
            .filter_map(|outcome| Some((*self.places.get(&outcome.hash)?, self.result(outcome)?)))
            .collect();
        if !results.is_empty() {
            self.store.record(&self.lease, &results).await?;
        }
        Ok(Some(std::mem::take(&mut self.gathered)))
    }

    /// How many hashes were open when the work began.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.places.len() as u64
    }

    /// What tells how far the work is.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.scan.meter()
    }

    /// Asks nothing more: [`next`](Self::next) gives what is under way, and
    /// then None.
    pub fn wind_down(&mut self) {
        self.scan.stop();
    }

    /// Gives the job up, so that somebody else may go on. What is under way is
    /// waited for, and kept in the cache if not in the job: see
    /// [`wind_down`](Self::wind_down).
    ///
    /// # Errors
    ///
    /// [`JobError::Lost`], or when the store cannot be written.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the job may be held until the lease is over.
    pub async fn stop(self) -> Result<(), JobError> {
        let Self { scan, scanner, .. } = self;
        if scan.size_hint().1 != Some(0) {
            drop(scan);
            scanner.idle().await;
        }
        self.store.release(&self.lease).await
    }

    /// Waits for outcomes, and takes all that are there. False if there are no
    /// more.
    async fn gather(&mut self) -> Result<bool, JobError> {
        loop {
            let age = self.scanner.clock().boot().saturating_since(self.renewed);
            let due = HEARTBEAT.saturating_sub(age);
            if due.is_zero() {
                self.renew().await?;
                continue;
            }
            tokio::select! {
                biased;
                outcome = self.scan.next() => {
                    let mut next = outcome;
                    let is_end = next.is_none();
                    while let Some(outcome) = next {
                        self.gathered.push(attributed(outcome, self.created_at));
                        if self.gathered.len() >= BATCH {
                            break;
                        }
                        next = self.scan.next().now_or_never().flatten();
                    }
                    return Ok(!is_end);
                }
                () = self.scanner.clock().sleep(due) => {}
            }
        }
    }

    /// What is kept of an outcome: nothing, if asking once more may help.
    fn result(&self, outcome: &Outcome) -> Option<ItemResult> {
        match &outcome.result {
            Ok(answer) => Some(ItemResult::Answered(answer.clone())),
            // Another key may have an answer.
            Err(Error::Client(client::Error::Auth { .. })) => None,
            // Whoever can wait has asked often enough.
            Err(Error::Client(error))
                if !error.is_retryable() || self.patience == Patience::Outlast =>
            {
                Some(ItemResult::Failed(error.to_string().into()))
            }
            Err(_) => None,
        }
    }

    /// A store that fails now may work before the lease is over.
    async fn renew(&mut self) -> Result<(), JobError> {
        let now = self.scanner.clock().boot();
        match self.store.renew(&self.lease, LEASE).await {
            Err(error @ JobError::Store { .. }) => tracing::warn!(%error, "a lease is not renewed"),
            renewed => renewed?,
        }
        self.renewed = now;
        Ok(())
    }
}

/// The outcome, with its source as the job sees it: what was fetched since the
/// job began was fetched for it, even if a worker that died had asked.
fn attributed(mut outcome: Outcome, created_at: DateTime<Utc>) -> Outcome {
    if let Ok(answer) = &mut outcome.result {
        answer.source = match answer.source {
            _ if answer.fetched_at < created_at => Source::Cache,
            Source::Cache => Source::VirusTotal,
            asked => asked,
        };
    }
    outcome
}

// A worker keeps its job if the store fails it twice.
const _: () = assert!(HEARTBEAT.as_secs() * 3 < LEASE.as_secs());
