//! The file as a cache.

use std::{num::NonZeroUsize, thread};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
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

/// As many as one call may use: others read too.
const MOST_READERS: usize = 4;

#[async_trait]
impl Cache for SqliteStore {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        let shares = hashes.chunks(share(hashes.len()));
        let found = try_join_all(shares.map(|hashes| self.find(hashes, detail)));
        let found = found.await.map_err(|error| CacheError::new(self, error))?;
        Ok(found.into_iter().flatten().collect())
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
    async fn find(&self, hashes: &[FileHash], detail: Detail) -> Result<Vec<Option<Entry>>, Error> {
        let hashes = hashes.to_vec();
        let find = move |connection: &_| Finder::new(connection, detail)?.find_all(&hashes);
        self.readers().read(find).await
    }

    pub(crate) async fn keep(&self, rows: Vec<Row>) -> Result<(), Error> {
        let keep = move |connection: &_| Keeper::new(connection)?.keep(&rows);
        self.writer().write(keep).await
    }
}

/// How many of so many hashes one thread looks up. Few are one thread's: the pages
/// of an index that lead to them are read once.
fn share(hashes: usize) -> usize {
    const FEW: usize = 4_000;
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    hashes.div_ceil(threads.min(MOST_READERS)).max(FEW)
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
