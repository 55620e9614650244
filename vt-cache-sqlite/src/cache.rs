//! The file as a cache.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vt_core::{
    cache::{Cache, CacheError, Detail, Entry},
    hash::FileHash,
};

use crate::{Error, SqliteStore, checksum, evict};

mod finder;
mod keeper;

pub(crate) use finder::Finder;
pub(crate) use keeper::{Row, rows};

use keeper::Keeper;

#[async_trait]
impl Cache for SqliteStore {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let hashes = hashes.to_vec();
        let found = self.readers().read(move |connection| {
            let mut finder = Finder::new(connection, detail)?;
            finder.find_all(&hashes)
        });
        found.await.map_err(|error| CacheError::new(self, error))
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        if entries.is_empty() {
            return Ok(());
        }
        // Packed here, on the caller's time, and not within the transaction.
        let rows = rows(entries).map_err(|error| CacheError::new(self, error))?;
        let kept = self.keep(rows).await;
        kept.map_err(|error| CacheError::new(self, error))
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        evict::evict(self, fetched_before)
            .await
            .map_err(|error| CacheError::new(self, error))
    }
}

impl SqliteStore {
    pub(crate) async fn keep(&self, rows: Vec<Row>) -> Result<(), Error> {
        let keep = move |connection: &_| Keeper::new(connection)?.keep(&rows);
        self.writer().write(keep).await
    }
}

/// Where a digest stands: 63 of its bits. Digests are random already.
fn key(hash: &FileHash) -> i64 {
    let first = hash.as_bytes().first_chunk().copied().unwrap_or_default();
    (u64::from_be_bytes(first) >> 1).cast_signed()
}

fn lookup_checksum(digest: &[u8], object: Option<i64>, fetched_ms: i64) -> i64 {
    let object = object.map(i64::to_le_bytes);
    let object = object.as_ref().map_or(&[][..], |bytes| bytes);
    checksum::of(&[digest, object, &fetched_ms.to_le_bytes()])
}

fn object_checksum(key: i64, summary: &[u8], hidden: i64, fetched_ms: i64) -> i64 {
    let [key, hidden, fetched_ms] = [key, hidden, fetched_ms].map(i64::to_le_bytes);
    checksum::of(&[&key, summary, &hidden, &fetched_ms])
}

fn time(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}
