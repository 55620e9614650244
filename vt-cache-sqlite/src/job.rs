//! The file as a store of jobs.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use vt_core::{
    hash::FileHash,
    job::{
        Claim, Item, ItemQuery, ItemResult, Job, JobError, JobFilter, JobId, JobSpec, JobStore,
        Lease,
    },
};

use crate::{Error, SqliteStore};

mod item;
mod lease;
mod row;

use item::{Packed, Place};
use row::Numbered;

#[async_trait]
impl JobStore for SqliteStore {
    async fn create(
        &self,
        id: JobId,
        spec: &JobSpec,
        hashes: &[FileHash],
    ) -> Result<bool, JobError> {
        let (time, spec, hashes) = (self.time().clone(), spec.clone(), item::distinct(hashes));
        let created = self.writer().write(move |connection| {
            if row::find(connection, id)?.is_some() {
                return Ok(false);
            }
            let job = Job::new(id, spec, time.now().wall, hashes.len() as u64);
            let number = row::insert(connection, &job)?;
            item::insert_all(connection, number, &hashes)?;
            Ok(true)
        });
        self.said(created.await)
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, JobError> {
        let found = self.readers().read(move |connection| {
            let found = row::find(connection, id)?;
            Ok(found.map(|found| found.job))
        });
        self.said(found.await)
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, JobError> {
        let filter = filter.clone();
        let listed = self
            .readers()
            .read(move |connection| row::list(connection, &filter));
        self.said(listed.await)
    }

    async fn items(&self, id: JobId, query: &ItemQuery) -> Result<Vec<Item>, JobError> {
        let query = *query;
        let items = self.readers().read(move |connection| {
            let found = row::find(connection, id)?;
            found.map_or(Ok(Vec::new()), |found| {
                item::select(connection, found.number, query)
            })
        });
        self.said(items.await)
    }

    async fn claim(&self, id: JobId, duration: Duration) -> Result<Claim, JobError> {
        let time = self.time().clone();
        let claimed = self.writer().write(move |connection| {
            let Some(Numbered { number, job }) = row::find(connection, id)? else {
                return Ok(Claim::Missing);
            };
            if job.finished_at.is_some() {
                return Ok(Claim::Finished);
            }
            let (now, boot_id) = (time.now(), time.boot_id());
            if let Some(holder) = lease::holder(connection, number, now, boot_id)? {
                return Ok(Claim::Held {
                    worker: format!("process {}", holder.process.pid),
                    duration: holder.left,
                });
            }
            let token = lease::grant(connection, number, now, boot_id, duration)?;
            Ok(Claim::Granted(Lease::new(id, token.unsigned_abs())))
        });
        self.said(claimed.await)
    }

    async fn renew(&self, lease: &Lease, duration: Duration) -> Result<(), JobError> {
        let time = self.time().clone();
        let renew = move |connection: &Connection, _: Numbered, token| {
            lease::extend(connection, token, time.now(), duration)
        };
        self.with_lease(lease, renew).await
    }

    async fn record(&self, lease: &Lease, results: &[(u32, ItemResult)]) -> Result<(), JobError> {
        let time = self.time().clone();
        // Packed here, on the caller's time, and not within the transaction.
        let pack =
            |(place, result): &(u32, ItemResult)| (*place, result.clone(), Packed::new(result));
        let results: Vec<_> = results.iter().map(pack).collect();
        let record = move |connection: &Connection, found: Numbered, _| {
            let Numbered { number, mut job } = found;
            let now = time.now().wall;
            for (place, result, packed) in &results {
                match item::look_at(connection, number, *place)? {
                    Place::Absent | Place::Taken(ItemResult::Answered(_)) => continue,
                    Place::Open => job.count(None, result, now),
                    Place::Taken(failed) => job.count(Some(&failed), result, now),
                    Place::Damaged => {}
                }
                item::keep(connection, number, *place, packed)?;
            }
            row::update(connection, number, &job)
        };
        self.with_lease(lease, record).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), JobError> {
        let release = |connection: &Connection, _, token| lease::end(connection, token);
        self.with_lease(lease, release).await
    }

    async fn reopen(&self, id: JobId) -> Result<u64, JobError> {
        let reopened = self.writer().write(move |connection| {
            let Some(Numbered { number, mut job }) = row::find(connection, id)? else {
                return Ok(0);
            };
            let failed = job.tally.failed;
            job.reopen();
            item::remove_failures(connection, number)?;
            row::update(connection, number, &job)?;
            Ok(failed)
        });
        self.said(reopened.await)
    }

    async fn annotate(&self, id: JobId, memo: &str) -> Result<bool, JobError> {
        let memo = memo.to_owned();
        let annotated = self.writer().write(move |connection| {
            let Some(Numbered { number, mut job }) = row::find(connection, id)? else {
                return Ok(false);
            };
            job.spec.memo = memo;
            row::update(connection, number, &job)?;
            Ok(true)
        });
        self.said(annotated.await)
    }

    async fn delete(&self, id: JobId) -> Result<bool, JobError> {
        let deleted = self
            .writer()
            .write(move |connection| row::remove(connection, id));
        self.said(deleted.await)
    }
}

impl SqliteStore {
    /// Changes a job, if it still belongs to whoever has this lease.
    async fn with_lease(
        &self,
        lease: &Lease,
        change: impl FnOnce(&Connection, Numbered, i64) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), JobError> {
        let (id, token) = (lease.job(), lease.token().cast_signed());
        let changed = self.writer().write(move |connection| {
            let Some(found) = row::find(connection, id)? else {
                return Ok(false);
            };
            if !lease::is_held(connection, found.number, token)? {
                return Ok(false);
            }
            change(connection, found, token)?;
            Ok(true)
        });
        match self.said(changed.await)? {
            true => Ok(()),
            false => Err(JobError::Lost { job: id }),
        }
    }

    fn said<T>(&self, result: Result<T, Error>) -> Result<T, JobError> {
        result.map_err(|error| JobError::new(self, error))
    }
}
