//! What is in the file.

use chrono::{DateTime, Utc};

use crate::{Error, SqliteStore};

/// How much a [`SqliteStore`] holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Files with a report.
    pub found: u64,
    /// Hashes that VirusTotal did not know.
    pub not_found: u64,
    /// When the oldest answer was fetched.
    pub oldest: Option<DateTime<Utc>>,
    /// When the newest answer was fetched.
    pub newest: Option<DateTime<Utc>>,
    /// Bytes on disk, without what is still in the log.
    pub bytes: u64,
}

impl SqliteStore {
    /// Counts what is in the file. This reads all of it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub async fn stats(&self) -> Result<Stats, Error> {
        const COUNT: &str = "SELECT count(*), min(fetched_ms), max(fetched_ms) FROM";
        let read = self.readers().read(|connection| {
            let count = |from: &str| {
                connection.query_row(&format!("{COUNT} {from}"), [], |row| {
                    Ok((
                        row.get::<_, i64>(0)?.unsigned_abs(),
                        row.get(1)?,
                        row.get(2)?,
                    ))
                })
            };
            let objects: (u64, Option<i64>, Option<i64>) = count("object")?;
            let unknown: (u64, Option<i64>, Option<i64>) = count("lookup WHERE object IS NULL")?;
            let bytes = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
            let time = |ms: Option<i64>| ms.and_then(DateTime::from_timestamp_millis);
            Ok(Stats {
                found: objects.0,
                not_found: unknown.0,
                oldest: [objects.1, unknown.1]
                    .into_iter()
                    .flatten()
                    .min()
                    .and_then(|ms| time(Some(ms))),
                newest: time(objects.2.max(unknown.2)),
                bytes: connection
                    .query_row(bytes, [], |row| row.get::<_, i64>(0))?
                    .unsigned_abs(),
            })
        });
        read.await
    }
}
