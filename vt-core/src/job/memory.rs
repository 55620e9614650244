//! Jobs in memory.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{
    Claim, Item, ItemQuery, ItemResult, Job, JobError, JobFilter, JobId, JobSpec, JobStore, Lease,
};
use crate::{
    hash::FileHash,
    report::Lookup,
    time::{BootTime, Clock, SystemClock},
};

/// A [`JobStore`] that lives as long as the process. Cloning clones the
/// handle.
#[derive(Clone, Debug)]
pub struct MemoryJobStore {
    clock: Arc<dyn Clock>,
    jobs: Arc<Mutex<Jobs>>,
}

#[derive(Debug, Default)]
struct Jobs {
    kept: HashMap<JobId, Kept>,
    // Of all jobs: a token is never used again, not even after its job was
    // deleted and made anew.
    last_token: u64,
}

#[derive(Debug)]
struct Kept {
    job: Job,
    items: Vec<Item>,
    lease: Option<(u64, BootTime)>,
    // Jobs of one moment stand in the order in which they were made.
    number: usize,
}

impl MemoryJobStore {
    /// An empty store on the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store on another clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            jobs: Arc::default(),
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // Nothing in here panics half-way through a change.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    /// The job of a lease that is not lost.
    fn leased(&mut self, lease: &Lease) -> Result<&mut Kept, JobError> {
        let holds = |kept: &&mut Kept| kept.lease.is_some_and(|(token, _)| token == lease.token());
        let kept = self.kept.get_mut(&lease.job()).filter(holds);
        kept.ok_or(JobError::Lost { job: lease.job() })
    }
}

impl Default for MemoryJobStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for MemoryJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

#[async_trait]
impl JobStore for MemoryJobStore {
    async fn create(
        &self,
        id: JobId,
        spec: &JobSpec,
        hashes: &[FileHash],
    ) -> Result<bool, JobError> {
        let mut jobs = self.jobs();
        if jobs.kept.contains_key(&id) {
            return Ok(false);
        }
        let items = distinct(hashes);
        let total = items.len() as u64;
        let number = jobs.kept.values().map(|kept| kept.number + 1).max();
        let kept = Kept {
            job: Job::new(id, spec.clone(), self.clock.wall(), total),
            items,
            lease: None,
            number: number.unwrap_or(0),
        };
        jobs.kept.insert(id, kept);
        Ok(true)
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, JobError> {
        Ok(self.jobs().kept.get(&id).map(|kept| kept.job.clone()))
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JobError> {
        let jobs = self.jobs();
        let mut found: Vec<&Kept> = jobs
            .kept
            .values()
            .filter(|kept| filter.accepts(&kept.job))
            .collect();
        found.sort_by_key(|kept| std::cmp::Reverse((kept.job.created_at, kept.number)));
        let limit = filter.limit.map_or(usize::MAX, Into::into);
        let jobs = found.into_iter().take(limit);
        Ok(jobs.map(|kept| kept.job.clone()).collect())
    }

    async fn items(&self, id: JobId, query: &ItemQuery) -> Result<Vec<Item>, JobError> {
        let jobs = self.jobs();
        let items = jobs.kept.get(&id).map_or(&[][..], |kept| &kept.items);
        let from = usize::try_from(query.from).unwrap_or(usize::MAX);
        let wanted = items.iter().skip(from);
        let wanted = wanted.filter(|item| !query.open || item.result.is_none());
        Ok(wanted.take(query.limit.get()).cloned().collect())
    }

    async fn claim(&self, id: JobId, duration: Duration) -> Result<Claim, JobError> {
        let now = self.clock.boot();
        let mut jobs = self.jobs();
        let token = jobs.last_token + 1;
        let Some(kept) = jobs.kept.get_mut(&id) else {
            return Ok(Claim::Missing);
        };
        if kept.job.finished_at.is_some() {
            return Ok(Claim::Finished);
        }
        if let Some((_, until)) = kept.lease.filter(|(_, until)| *until > now) {
            return Ok(Claim::Held {
                worker: "this process".to_owned(),
                duration: until.saturating_since(now),
            });
        }
        kept.lease = Some((token, now + duration));
        jobs.last_token = token;
        Ok(Claim::Granted(Lease::new(id, token)))
    }

    async fn renew(&self, lease: &Lease, duration: Duration) -> Result<(), JobError> {
        let until = self.clock.boot() + duration;
        self.jobs().leased(lease)?.lease = Some((lease.token(), until));
        Ok(())
    }

    async fn record(&self, lease: &Lease, results: &[(u32, ItemResult)]) -> Result<(), JobError> {
        let now = self.clock.wall();
        let mut jobs = self.jobs();
        let kept = jobs.leased(lease)?;
        for (index, result) in results {
            let at = usize::try_from(*index).unwrap_or(usize::MAX);
            let Some(item) = kept.items.get_mut(at) else {
                continue;
            };
            if !matches!(item.result, None | Some(ItemResult::Failed(_))) {
                continue;
            }
            let result = without_body(result);
            kept.job.count(item.result.as_ref(), &result, now);
            item.result = Some(result);
        }
        Ok(())
    }

    async fn release(&self, lease: &Lease) -> Result<(), JobError> {
        self.jobs().leased(lease)?.lease = None;
        Ok(())
    }

    async fn reopen(&self, id: JobId) -> Result<u64, JobError> {
        let mut jobs = self.jobs();
        let Some(kept) = jobs.kept.get_mut(&id) else {
            return Ok(0);
        };
        let failed = kept.job.tally.failed;
        for item in &mut kept.items {
            item.result
                .take_if(|result| matches!(result, ItemResult::Failed(_)));
        }
        kept.job.reopen();
        Ok(failed)
    }

    async fn annotate(&self, id: JobId, memo: &str) -> Result<bool, JobError> {
        let mut jobs = self.jobs();
        let kept = jobs.kept.get_mut(&id);
        Ok(kept
            .map(|kept| memo.clone_into(&mut kept.job.spec.memo))
            .is_some())
    }

    async fn delete(&self, id: JobId) -> Result<bool, JobError> {
        Ok(self.jobs().kept.remove(&id).is_some())
    }
}

/// Each hash once, in the order of the first of its kind.
fn distinct(hashes: &[FileHash]) -> Vec<Item> {
    let mut seen = HashSet::with_capacity(hashes.len());
    let distinct = hashes.iter().filter(|hash| seen.insert(**hash));
    distinct
        .zip(0..)
        .map(|(hash, index)| Item {
            index,
            hash: *hash,
            result: None,
        })
        .collect()
}

fn without_body(result: &ItemResult) -> ItemResult {
    let mut result = result.clone();
    if let ItemResult::Answered(answer) = &mut result
        && let Lookup::Found(report) = &mut answer.lookup
        && report.raw().is_some()
    {
        *report = Arc::new(report.without_raw());
    }
    result
}
