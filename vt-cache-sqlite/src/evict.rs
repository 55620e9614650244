//! Forgetting what is old, a part of the file at a time.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::{Error, SqliteStore};

/// How many parts the file is worked through in. Keys are spread evenly, and
/// between two parts others get to write.
const PARTS: i64 = 256;

/// Removes what was fetched before a moment, and says how many answers that
/// were.
pub(crate) async fn evict(store: &SqliteStore, before: DateTime<Utc>) -> Result<u64, Error> {
    // To the millisecond, as it is kept: what was fetched within it stays.
    let before_ms = before.timestamp_millis();
    let mut evicted = 0;
    for part in 0..PARTS {
        let step = i64::MAX / PARTS;
        let last = if part == PARTS - 1 {
            i64::MAX
        } else {
            (part + 1) * step - 1
        };
        let range = (part * step, last, before_ms);
        evicted += store
            .writer()
            .write(move |connection| evict_part(connection, range))
            .await?;
    }
    Ok(evicted)
}

fn evict_part(connection: &Connection, range: (i64, i64, i64)) -> Result<u64, Error> {
    let delete = |sql: &str| -> Result<u64, Error> {
        Ok(connection.prepare_cached(sql)?.execute(range)? as u64)
    };
    delete(
        "DELETE FROM body WHERE key IN
             (SELECT key FROM object WHERE key BETWEEN ?1 AND ?2 AND fetched_ms < ?3)",
    )?;
    let objects = delete("DELETE FROM object WHERE key BETWEEN ?1 AND ?2 AND fetched_ms < ?3")?;
    let unknown = delete(
        "DELETE FROM lookup WHERE key BETWEEN ?1 AND ?2 AND fetched_ms < ?3 AND object IS NULL",
    )?;
    // What leads to an object goes with it. It may be older: it is not written
    // again with each answer.
    delete(
        "DELETE FROM lookup WHERE key BETWEEN ?1 AND ?2 AND fetched_ms < ?3 AND NOT EXISTS
             (SELECT 1 FROM object WHERE object.key = lookup.object AND object.fetched_ms >= ?3)",
    )?;
    Ok(objects + unknown)
}
