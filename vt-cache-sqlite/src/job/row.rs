//! The row of a job.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row};
use vt_core::job::{Job, JobFilter, JobId};

use crate::{Error, checksum};

/// A job, and its number in this file.
pub(super) struct Numbered {
    pub(super) number: i64,
    pub(super) job: Job,
}

const COLUMNS: &str = "number, id, spec, created_ms, finished_ms, tally, checksum";

/// The job with this id, if its row is whole.
pub(super) fn find(connection: &Connection, id: JobId) -> Result<Option<Numbered>, Error> {
    let select = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
    let mut select = connection.prepare_cached(&select)?;
    let row = select
        .query_row([id.as_bytes()], |row| Ok(read(row)))
        .optional()?;
    Ok(row.flatten())
}

/// Jobs, the newest first. Damaged rows are left out.
pub(super) fn list(connection: &Connection, filter: &JobFilter) -> Result<Vec<Job>, Error> {
    let select = format!("SELECT {COLUMNS} FROM job ORDER BY created_ms DESC, number DESC");
    let mut select = connection.prepare_cached(&select)?;
    let mut rows = select.query([])?;
    let limit = filter.limit.map_or(usize::MAX, Into::into);
    let mut jobs = Vec::new();
    while jobs.len() < limit
        && let Some(row) = rows.next()?
    {
        let job = read(row).map(|found| found.job);
        jobs.extend(job.filter(|job| filter.accepts(job)));
    }
    Ok(jobs)
}

/// Makes the row of a new job, and says its number. What is left of a damaged
/// one is removed.
pub(super) fn insert(connection: &Connection, job: &Job) -> Result<i64, Error> {
    remove(connection, job.id)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO job (id, spec, created_ms, finished_ms, tally, checksum)
         VALUES (?1, '', 0, NULL, '', 0)",
    )?;
    let number = insert.insert([job.id.as_bytes()])?;
    update(connection, number, job)?;
    Ok(number)
}

/// Writes what has changed of a job.
pub(super) fn update(connection: &Connection, number: i64, job: &Job) -> Result<(), Error> {
    let text =
        |value: serde_json::Result<String>| value.map_err(|error| Error::Other(error.to_string()));
    let spec = text(serde_json::to_string(&job.spec))?;
    let tally = text(serde_json::to_string(&job.tally))?;
    let created_ms = job.created_at.timestamp_millis();
    let finished_ms = job.finished_at.map(|time| time.timestamp_millis());
    let sum = sum(job.id.as_bytes(), &spec, created_ms, finished_ms, &tally);
    let mut update = connection.prepare_cached(
        "UPDATE job SET spec = ?2, created_ms = ?3, finished_ms = ?4, tally = ?5, checksum = ?6
         WHERE number = ?1",
    )?;
    update.execute((number, spec, created_ms, finished_ms, tally, sum))?;
    Ok(())
}

/// Removes a job with all that belongs to it. False if there is none.
pub(super) fn remove(connection: &Connection, id: JobId) -> Result<bool, Error> {
    let mut select = connection.prepare_cached("SELECT number FROM job WHERE id = ?1")?;
    let number: Option<i64> = select
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(number) = number else {
        return Ok(false);
    };
    for delete in [
        "DELETE FROM job WHERE number = ?1",
        "DELETE FROM lease WHERE job = ?1",
        "DELETE FROM result WHERE job = ?1",
        "DELETE FROM item WHERE job = ?1",
    ] {
        connection.prepare_cached(delete)?.execute([number])?;
    }
    Ok(true)
}

/// The job in a row, if that is whole.
fn read(row: &Row<'_>) -> Option<Numbered> {
    let id: [u8; 16] = row.get(1).ok()?;
    let spec: String = row.get(2).ok()?;
    let created_ms: i64 = row.get(3).ok()?;
    let finished_ms: Option<i64> = row.get(4).ok()?;
    let tally: String = row.get(5).ok()?;
    if row.get(6) != Ok(sum(&id, &spec, created_ms, finished_ms, &tally)) {
        return None;
    }
    let spec = serde_json::from_str(&spec).ok()?;
    let mut job = Job::new(JobId::from_bytes(id), spec, time(created_ms)?, 0);
    job.finished_at = finished_ms.and_then(time);
    job.tally = serde_json::from_str(&tally).ok()?;
    Some(Numbered {
        number: row.get(0).ok()?,
        job,
    })
}

fn sum(id: &[u8], spec: &str, created_ms: i64, finished_ms: Option<i64>, tally: &str) -> i64 {
    let finished = finished_ms.map(i64::to_le_bytes);
    let finished = finished.as_ref().map_or(&[][..], |bytes| bytes);
    let created = created_ms.to_le_bytes();
    checksum::of(&[id, spec.as_bytes(), &created, finished, tally.as_bytes()])
}

fn time(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}
