//! Jobs in memory, in a store whose notes can be refused.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use vt_core::{
    hash::FileHash,
    job::{
        Claim, Item, ItemQuery, ItemResult, Job, JobError, JobFilter, JobId, JobSpec, JobStore,
        Lease, MemoryJobStore,
    },
    time::Clock,
};

/// A store. Cloning clones a handle.
#[derive(Clone, Debug)]
pub(crate) struct Flaky {
    inner: MemoryJobStore,
    refuses_notes: Arc<AtomicBool>,
}

impl Flaky {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: MemoryJobStore::with_clock(clock),
            refuses_notes: Arc::default(),
        }
    }

    pub(crate) fn refuse_notes(&self, refuses: bool) {
        self.refuses_notes.store(refuses, Ordering::Relaxed);
    }
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store of the test")
    }
}

#[async_trait]
impl JobStore for Flaky {
    async fn create(
        &self,
        id: JobId,
        spec: &JobSpec,
        hashes: &[FileHash],
    ) -> Result<bool, JobError> {
        self.inner.create(id, spec, hashes).await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, JobError> {
        self.inner.job(id).await
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JobError> {
        self.inner.jobs(filter).await
    }

    async fn items(&self, id: JobId, query: &ItemQuery) -> Result<Vec<Item>, JobError> {
        self.inner.items(id, query).await
    }

    async fn claim(&self, id: JobId, duration: Duration) -> Result<Claim, JobError> {
        self.inner.claim(id, duration).await
    }

    async fn renew(&self, lease: &Lease, duration: Duration) -> Result<(), JobError> {
        self.inner.renew(lease, duration).await
    }

    async fn record(&self, lease: &Lease, results: &[(u32, ItemResult)]) -> Result<(), JobError> {
        self.inner.record(lease, results).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), JobError> {
        self.inner.release(lease).await
    }

    async fn reopen(&self, id: JobId) -> Result<u64, JobError> {
        self.inner.reopen(id).await
    }

    async fn annotate(&self, id: JobId, memo: &str) -> Result<bool, JobError> {
        if self.refuses_notes.load(Ordering::Relaxed) {
            return Err(JobError::new(self, "the disk is full"));
        }
        self.inner.annotate(id, memo).await
    }

    async fn delete(&self, id: JobId) -> Result<bool, JobError> {
        self.inner.delete(id).await
    }
}
