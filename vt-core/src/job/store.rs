//! The seam behind which jobs are kept.

use std::{
    fmt::{Debug, Display},
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures::{Stream, stream};

use super::{Item, ItemResult, Job, JobId, JobSpec};
use crate::hash::FileHash;

/// The right to work on a job, for a while. It is lost when it is not renewed
/// in time and somebody else claims the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    job: JobId,
    token: u64,
}

impl Lease {
    /// The lease that a store knows under this number. Later leases of a job
    /// have higher ones.
    #[must_use]
    pub const fn new(job: JobId, token: u64) -> Self {
        Self { job, token }
    }

    /// The job.
    #[must_use]
    pub const fn job(&self) -> JobId {
        self.job
    }

    /// The number the store knows the lease under.
    #[must_use]
    pub const fn token(&self) -> u64 {
        self.token
    }
}

/// A store's answer to who wants to work on a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Claim {
    /// Work on it.
    Granted(Lease),
    /// Somebody else does.
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

/// Which jobs are wanted.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Only those of this submitter.
    pub submitter: Option<String>,
    /// Only those that are not finished.
    pub unfinished: bool,
    /// Only so many, the newest.
    pub limit: Option<NonZeroUsize>,
}

impl JobFilter {
    /// Whether a job is one of those, the limit aside.
    #[must_use]
    pub fn accepts(&self, job: &Job) -> bool {
        let submitter = self.submitter.as_ref();
        let is_theirs = submitter.is_none_or(|submitter| *submitter == job.spec.submitter);
        is_theirs && !(self.unfinished && job.finished_at.is_some())
    }
}

/// Which hashes of a job are wanted.
#[derive(Clone, Copy, Debug)]
pub struct ItemQuery {
    /// From this place on.
    pub from: u32,
    /// At most so many.
    pub limit: NonZeroUsize,
    /// Only those without a result.
    pub open: bool,
}

/// Keeps jobs.
///
/// # Contract
///
/// 1. `create` keeps a job with all its hashes, or nothing. Of equal hashes the
///    first is kept. A job that is there already stays as it is.
/// 2. `claim` grants a job to one worker: until the lease is released or its
///    time is over nobody else gets it. Each lease of a job has a higher token
///    than the one before. A store that can tell that a worker is dead may end
///    its lease earlier.
/// 3. `renew` lets a lease last from now on for as long as is said.
/// 4. With a lease that is lost, `renew`, `record` and `release` change nothing
///    and say [`JobError::Lost`].
/// 5. `record` keeps all results of a call or none, and what it kept is there
///    after any crash. An answer stays; a failure gives way to an answer.
///    Recording again what is recorded changes nothing.
/// 6. A job is finished with its last result, in the same step.
/// 7. Answers are the job's own: no cache has to keep them. They come back as
///    they were, to the millisecond, without VirusTotal's body.
/// 8. `items` come in the order of the input, each hash once.
/// 9. `reopen` takes failures back and leaves answers alone.
/// 10. `delete` removes a job with everything that belongs to it; its worker's
///     lease is lost.
/// 11. Jobs do not affect each other.
/// 12. `annotate` changes the memo and nothing else, whoever works on the job.
///
/// The suite `testkit::job` (feature `testkit`) tests these rules on any store.
///
/// # Cancel safety
///
/// A call that is dropped was done whole or not at all. A lease that was
/// granted to a call that was dropped runs out by itself.
#[async_trait]
pub trait JobStore: Debug + Display + Send + Sync + 'static {
    /// Keeps a new job. False if there is one with this id, which stays.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn create(
        &self,
        id: JobId,
        spec: &JobSpec,
        hashes: &[FileHash],
    ) -> Result<bool, JobError>;

    /// A job, if there is one with this id.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn job(&self, id: JobId) -> Result<Option<Job>, JobError>;

    /// Jobs, the newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JobError>;

    /// Hashes of a job; none if there is no such job.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn items(&self, id: JobId, query: &ItemQuery) -> Result<Vec<Item>, JobError>;

    /// Asks for the right to work on a job.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn claim(&self, id: JobId, duration: Duration) -> Result<Claim, JobError>;

    /// Keeps the right to work on a job.
    ///
    /// # Errors
    ///
    /// [`JobError::Lost`], or when the store cannot be written.
    async fn renew(&self, lease: &Lease, duration: Duration) -> Result<(), JobError>;

    /// Keeps results, by the places of their hashes.
    ///
    /// # Errors
    ///
    /// [`JobError::Lost`], or when the store cannot be written.
    async fn record(&self, lease: &Lease, results: &[(u32, ItemResult)]) -> Result<(), JobError>;

    /// Gives up the right to work on a job.
    ///
    /// # Errors
    ///
    /// [`JobError::Lost`], or when the store cannot be written.
    async fn release(&self, lease: &Lease) -> Result<(), JobError>;

    /// Lets failed hashes be open again, and says how many there were.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn reopen(&self, id: JobId) -> Result<u64, JobError>;

    /// Puts another memo in the place of a job's. False if there is no such job.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn annotate(&self, id: JobId, memo: &str) -> Result<bool, JobError>;

    /// Removes a job. False if there is none.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn delete(&self, id: JobId) -> Result<bool, JobError>;
}

/// Conveniences of every [`JobStore`].
pub trait JobStoreExt: JobStore {
    /// All hashes of a job, or all without a result, a page at a time.
    ///
    /// # Errors
    ///
    /// As [`JobStore::items`].
    fn pages(
        &self,
        id: JobId,
        open: bool,
    ) -> impl Stream<Item = Result<Vec<Item>, JobError>> + Send {
        stream::try_unfold(Some(0), move |from| async move {
            let Some(from) = from else {
                return Ok(None);
            };
            let limit = PAGE;
            let items = self.items(id, &ItemQuery { from, limit, open }).await?;
            let last = items.last().map(|item| item.index);
            Ok(last.map(|last| (items, last.checked_add(1))))
        })
    }
}

impl<S: JobStore + ?Sized> JobStoreExt for S {}

/// How many items are read at once.
const PAGE: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Why jobs could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The lease is over, and somebody else may work on the job.
    #[error("another worker has taken job {job} over")]
    Lost {
        /// The job.
        job: JobId,
    },
    /// The store failed.
    #[error("the jobs in {store} cannot be used: {cause}")]
    #[non_exhaustive]
    Store {
        /// Which store.
        store: Box<str>,
        /// What went wrong. It is in the text, and so no
        /// [`source`](std::error::Error::source).
        cause: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl JobError {
    /// A failure of `store`.
    pub fn new(
        store: &dyn Display,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Store {
            store: store.to_string().into(),
            cause: Arc::from(cause.into()),
        }
    }
}

#[async_trait]
impl<S: JobStore + ?Sized> JobStore for Arc<S> {
    async fn create(
        &self,
        id: JobId,
        spec: &JobSpec,
        hashes: &[FileHash],
    ) -> Result<bool, JobError> {
        (**self).create(id, spec, hashes).await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, JobError> {
        (**self).job(id).await
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JobError> {
        (**self).jobs(filter).await
    }

    async fn items(&self, id: JobId, query: &ItemQuery) -> Result<Vec<Item>, JobError> {
        (**self).items(id, query).await
    }

    async fn claim(&self, id: JobId, duration: Duration) -> Result<Claim, JobError> {
        (**self).claim(id, duration).await
    }

    async fn renew(&self, lease: &Lease, duration: Duration) -> Result<(), JobError> {
        (**self).renew(lease, duration).await
    }

    async fn record(&self, lease: &Lease, results: &[(u32, ItemResult)]) -> Result<(), JobError> {
        (**self).record(lease, results).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), JobError> {
        (**self).release(lease).await
    }

    async fn reopen(&self, id: JobId) -> Result<u64, JobError> {
        (**self).reopen(id).await
    }

    async fn annotate(&self, id: JobId, memo: &str) -> Result<bool, JobError> {
        (**self).annotate(id, memo).await
    }

    async fn delete(&self, id: JobId) -> Result<bool, JobError> {
        (**self).delete(id).await
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;
    use crate::{cache::Freshness, job::MemoryJobStore};

    #[tokio::test]
    async fn pages_have_every_item_once_and_in_order() {
        let store = MemoryJobStore::new();
        let id = JobId::from_bytes([1; 16]);
        let spec = JobSpec {
            name: String::new(),
            submitter: String::new(),
            freshness: Freshness::default(),
            memo: String::new(),
        };
        let count = u32::try_from(PAGE.get()).unwrap() * 2 + 1;
        let hash = |n: u32| FileHash::md5(u128::from(n).to_be_bytes());
        let hashes: Vec<FileHash> = (0..count).map(hash).collect();
        store.create(id, &spec, &hashes).await.unwrap();
        let pages: Vec<Vec<Item>> = store.pages(id, true).try_collect().await.unwrap();
        assert_eq!(pages.len(), 3);
        let found = pages.iter().flatten();
        assert!(
            found
                .map(|item| (item.index, item.hash))
                .eq((0..).zip(hashes))
        );
    }
}
