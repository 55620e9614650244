//! Answers in memory.

use std::{collections::HashSet, fmt, future::ready};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use moka::{
    future::Cache as Moka,
    ops::compute::{CompResult, Op},
};

use super::{Cache, CacheError, Content, Detail, Entry};
use crate::hash::FileHash;

/// How many bytes a [`MemoryCache`] holds unless told: some 6,000 reports.
pub const DEFAULT_CAPACITY: u64 = 256 << 20;

/// What an entry costs beside the body of its report.
const OVERHEAD: usize = 256;

/// A [`Cache`] that lives as long as the process, bounded in bytes; what was
/// used least is forgotten first. Cloning clones the handle.
#[derive(Clone, Debug)]
pub struct MemoryCache {
    entries: Moka<FileHash, Entry>,
}

impl MemoryCache {
    /// An empty cache of [`DEFAULT_CAPACITY`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// An empty cache that holds about this many bytes.
    #[must_use]
    pub fn with_capacity(bytes: u64) -> Self {
        let entries = Moka::builder()
            .max_capacity(bytes)
            .weigher(|_, entry| weight(entry))
            .build();
        Self { entries }
    }
}

/// A report stands under three hashes, which share it.
fn weight(entry: &Entry) -> u32 {
    let bytes = match &entry.content {
        Content::Found(report) => report.raw().map_or(0, Bytes::len) / 3 + OVERHEAD,
        Content::NotFound(_) => OVERHEAD,
    };
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Default for MemoryCache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("in memory")
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        let mut found = Vec::with_capacity(hashes.len());
        for hash in hashes {
            let entry = self.entries.get(hash).await;
            found.push(entry.filter(|entry| entry.has(detail)));
        }
        Ok(found)
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        for entry in entries {
            for hash in entry.hashes() {
                self.entries.insert(hash, entry.clone()).await;
            }
        }
        Ok(())
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        let mut evicted = HashSet::new();
        for (hash, _) in &self.entries {
            // Judged again under the entry's lock: a newer answer may have
            // come meanwhile.
            let judge = |current: Option<moka::Entry<FileHash, Entry>>| {
                let old = |entry: &moka::Entry<FileHash, Entry>| {
                    entry.value().fetched_at() < fetched_before
                };
                ready(if current.as_ref().is_some_and(old) {
                    Op::Remove
                } else {
                    Op::Nop
                })
            };
            let judged = self.entries.entry(*hash).and_compute_with(judge).await;
            if let CompResult::Removed(entry) = judged {
                evicted.extend(entry.value().hashes().last());
            }
        }
        Ok(evicted.len() as u64)
    }
}
