//! A disk that is full, at a hundred places: what was kept is kept, nothing is
//! sent that cannot be charged, and it goes on when there is room.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, CacheError, CacheExt, Detail, Entry},
    hash::FileHash,
    quota::Quota,
    scan::{Error, Outcome, Scanner},
    testkit::cache::report,
};

use crate::lab::{Lab, collect, files};

const POINTS: u32 = 100;
/// About a third of a page: what is kept differs at each point by little.
const FILLERS_PER_POINT: u32 = 3;
/// Room for everything at the first points, for nothing at the last.
const MAX_BYTES: u64 = 27 * 4_096;
const FILES: u64 = 16;

/// A cache that remembers what it said it had kept.
#[derive(Clone, Debug)]
struct Acknowledged {
    store: SqliteStore,
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl fmt::Display for Acknowledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

#[async_trait]
impl Cache for Acknowledged {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        self.store.get(hashes, detail).await
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        self.store.put(entries).await?;
        self.entries.lock().unwrap().extend_from_slice(entries);
        Ok(())
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        self.store.evict(fetched_before).await
    }
}

/// One point: a file with so much else in it that the disk gets full earlier
/// or later.
struct Disk {
    folder: TempDir,
    lab: Lab,
    /// Who fills it, without a limit.
    filler: SqliteStore,
    cache: Acknowledged,
    scanner: Scanner,
}

impl Disk {
    async fn new(point: u32) -> Self {
        let lab = Lab::with(Quota::UNLIMITED, |simulator| simulator.engines(6));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vt.db");
        let filler = options(&lab).open(&path).await.unwrap();
        let fillers: Vec<Entry> = (0..point * FILLERS_PER_POINT)
            .map(|n| Entry::found(report(n, 0), DateTime::UNIX_EPOCH))
            .collect();
        filler.put(&fillers).await.unwrap();
        let store = options(&lab).max_bytes(MAX_BYTES).open(&path).await;
        let store = store.unwrap();
        let cache = Acknowledged {
            store: store.clone(),
            entries: Arc::default(),
        };
        let scanner = lab.builder().cache(cache.clone()).ledger(store).build();
        Self {
            folder,
            lab,
            filler,
            cache,
            scanner,
        }
    }

    /// Asks for every file, and says how many have no answer because nothing
    /// could be charged.
    async fn scan(&self) -> usize {
        let outcomes = collect(self.scanner.scan(files(0..FILES))).await;
        self.scanner.idle().await;
        assert_eq!(outcomes.len() as u64, FILES);
        let unanswered: Vec<&Outcome> = outcomes
            .iter()
            .filter(|outcome| outcome.result.is_err())
            .collect();
        for outcome in &unanswered {
            let error = outcome.result.as_ref().unwrap_err();
            assert!(matches!(error, Error::Ledger(_)), "{error}");
            assert!(error.to_string().contains("no room"), "{error}");
        }
        self.assert_all_charged().await;
        unanswered.len()
    }

    async fn assert_all_charged(&self) {
        let charged = self.scanner.usage().await.unwrap().day;
        assert_eq!(self.lab.requests(), charged as usize);
    }

    async fn make_room(&self) {
        let before = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        self.filler.evict(before).await.unwrap();
    }

    fn acknowledged(&self) -> Vec<Entry> {
        self.cache.entries.lock().unwrap().clone()
    }

    /// That everything is there for whoever opens the file next.
    async fn assert_none_lost(self) {
        let (all, path) = (self.acknowledged(), self.filler.path().to_owned());
        drop((self.filler, self.cache, self.scanner));
        let store = options(&self.lab).open(path).await.unwrap();
        for entry in &all {
            let hash = entry.hashes().next().unwrap();
            let found = store.get_one(hash, Detail::Full).await.unwrap();
            let same = found.is_some_and(|found| found.lookup() == entry.lookup());
            assert!(same, "{hash} is lost");
        }
        self.folder.close().unwrap();
    }
}

fn options(lab: &Lab) -> vt_cache_sqlite::SqliteOptions {
    let clock = Arc::new(lab.clock.clone());
    SqliteStore::options().clock(clock).boot_id("boot")
}

#[derive(Debug, Default)]
struct Figures {
    acknowledged: usize,
    requests: usize,
    without_room_for_answers: u32,
    without_room_for_books: u32,
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_loses_nothing_sends_nothing_uncharged_and_is_got_over() {
    let mut figures = Figures::default();
    for point in 0..POINTS {
        let disk = Disk::new(point).await;
        let unanswered = disk.scan().await;
        // Still full: what has no answer is asked for again.
        let still = disk.scan().await;
        let kept = disk.acknowledged();
        let sent = disk.lab.requests();

        disk.make_room().await;
        assert_eq!(disk.scan().await, 0, "point {point}: it goes on");
        let asked = disk.lab.requests() - sent;
        assert_eq!(
            asked, still,
            "point {point}: what was answered is not asked again, kept or not"
        );

        let all = disk.acknowledged().len();
        figures.requests += disk.lab.requests();
        disk.assert_none_lost().await;
        figures.acknowledged += all;
        figures.without_room_for_answers += u32::from(kept.len() < FILES as usize);
        figures.without_room_for_books += u32::from(unanswered + still > 0);
    }
    println!("{POINTS} full disks: {figures:?}, each request charged, no answer lost");
    assert!(figures.without_room_for_books > 0, "{figures:?}");
    assert!(figures.without_room_for_answers < POINTS, "{figures:?}");
}
