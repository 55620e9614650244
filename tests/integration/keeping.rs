//! Answers that the cache does not take at once.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use vt_core::{
    cache::{Cache, CacheError, CacheExt, Detail, Entry, Freshness, MemoryCache},
    hash::FileHash,
    scan::ScanOptions,
};

use crate::lab::{Lab, file};

/// A cache that keeps nothing the first few times.
#[derive(Clone, Debug)]
pub(crate) struct Reluctant {
    pub(crate) inner: MemoryCache,
    refusals: Arc<AtomicU32>,
}

impl Reluctant {
    pub(crate) fn new(refusals: u32) -> Self {
        Self {
            inner: MemoryCache::new(),
            refusals: Arc::new(AtomicU32::new(refusals)),
        }
    }
}

impl fmt::Display for Reluctant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reluctant")
    }
}

#[async_trait]
impl Cache for Reluctant {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        self.inner.get(hashes, detail).await
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        let left = |refusals: u32| refusals.checked_sub(1);
        match self
            .refusals
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
        {
            Ok(_) => Err(CacheError::new(self, "not now")),
            Err(_) => self.inner.put(entries).await,
        }
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        self.inner.evict(fetched_before).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_cache_does_not_take_is_asked_once_all_the_same() {
    let lab = Lab::unlimited();
    let cache = Reluctant::new(u32::MAX);
    let scanner = lab.builder().cache(cache).build();
    for hash in file(1) {
        let answer = scanner.lookup(hash).await.unwrap();
        assert!(answer.lookup.report().unwrap().is_of(&hash));
    }
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_cache_took_late_does_not_replace_a_newer_one() {
    let lab = Lab::unlimited();
    let cache = Reluctant::new(1);
    let scanner = lab.builder().cache(cache.clone()).build();
    let [hash, ..] = file(1);
    scanner.lookup(hash).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let fresh = ScanOptions::default().freshness(Freshness::NONE);
    let mut scan = scanner.scan_with([hash], fresh);
    let newer = scan.next().await.unwrap().result.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    let kept = cache.inner.get_one(hash, Detail::Full).await.unwrap();
    assert_eq!(kept.unwrap().fetched_at(), newer.fetched_at);
    assert_eq!(lab.requests(), 2);
}
