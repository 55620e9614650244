//! Who works on a job.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use vt_core::time::{BootTime, Now};

use crate::{Error, process::Process};

/// A worker that a job belongs to.
pub(super) struct Holder {
    pub(super) process: Process,
    /// How long it does, if it is not heard of.
    pub(super) left: Duration,
}

/// Who holds a job now, if anybody does.
pub(super) fn holder(
    connection: &Connection,
    job: i64,
    now: Now,
    boot_id: &str,
) -> Result<Option<Holder>, Error> {
    let mut select =
        connection.prepare_cached("SELECT boot_id, until_ms, worker FROM lease WHERE job = ?1")?;
    let row = select.query_row([job], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let Some((boot, until_ms, worker)): Option<(String, i64, String)> = row.optional()? else {
        return Ok(None);
    };
    let until = BootTime::from_start(Duration::from_millis(until_ms.unsigned_abs()));
    let left = until.saturating_since(now.boot);
    // With the machine every worker ended. One that cannot be read holds
    // nothing: its token keeps it from harm.
    let process: Option<Process> = serde_json::from_str(&worker).ok();
    let process = process.filter(|_| boot == boot_id && !left.is_zero());
    let process = process.filter(|process| !process.has_ended());
    Ok(process.map(|process| Holder { process, left }))
}

/// Gives a job to this process, and says under which token.
pub(super) fn grant(
    connection: &Connection,
    job: i64,
    now: Now,
    boot_id: &str,
    duration: Duration,
) -> Result<i64, Error> {
    let worker = serde_json::to_string(&Process::this());
    let worker = worker.map_err(|error| Error::Other(error.to_string()))?;
    // The tokens of deleted rows are not used again: AUTOINCREMENT.
    let mut replace = connection.prepare_cached(
        "REPLACE INTO lease (job, boot_id, until_ms, worker) VALUES (?1, ?2, ?3, ?4)",
    )?;
    Ok(replace.insert((job, boot_id, until_ms(now, duration), worker))?)
}

/// Whether a job is held under this token.
pub(super) fn is_held(connection: &Connection, job: i64, token: i64) -> Result<bool, Error> {
    let mut select =
        connection.prepare_cached("SELECT 1 FROM lease WHERE job = ?1 AND token = ?2")?;
    Ok(select.exists((job, token))?)
}

/// Lets a lease last from now on.
pub(super) fn extend(
    connection: &Connection,
    token: i64,
    now: Now,
    duration: Duration,
) -> Result<(), Error> {
    let mut update =
        connection.prepare_cached("UPDATE lease SET until_ms = ?2 WHERE token = ?1")?;
    update.execute((token, until_ms(now, duration)))?;
    Ok(())
}

pub(super) fn end(connection: &Connection, token: i64) -> Result<(), Error> {
    let mut delete = connection.prepare_cached("DELETE FROM lease WHERE token = ?1")?;
    delete.execute([token])?;
    Ok(())
}

fn until_ms(now: Now, duration: Duration) -> i64 {
    let until = (now.boot + duration).since_start();
    i64::try_from(until.as_millis()).unwrap_or(i64::MAX)
}
