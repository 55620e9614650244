//! Damaged files and full disks.

use std::fs;

use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, CacheExt, Detail, Entry},
    hash::FileHash,
    quota::{Ledger, Limit, Quota},
    testkit::cache::report,
};

use crate::folder::{Folder, KEY, reserve, spend};

#[tokio::test]
async fn a_damaged_file_is_moved_aside_and_the_day_counts_as_spent() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    drop(store);
    let mut bytes = folder.settle().await;
    // Everything but the header.
    bytes[100..].fill(0xa5);
    fs::write(folder.file(), bytes).unwrap();
    let store = folder.open().await.unwrap();
    let aside = store.quarantined().unwrap();
    assert!(aside.to_string_lossy().ends_with("vt.db.damaged-1") && aside.exists());
    let wait = reserve(&store, Quota::PUBLIC).await.unwrap_err();
    assert_eq!(wait.limit, Limit::Server, "first the minute");
    let usage = store.usage(KEY, &Quota::PUBLIC).await.unwrap();
    assert!(usage.day >= 500, "{usage:?}");
    let other = SqliteStore::open(folder.file()).await.unwrap();
    assert_eq!(other.quarantined(), None);
    assert!(
        reserve(&other, Quota::PUBLIC).await.is_err(),
        "still, after a restart"
    );
}

/// Damages a file in many ways. Whatever is still answered is right.
#[tokio::test]
async fn no_damage_makes_a_wrong_answer() {
    let seed = std::env::var("VT_TEST_SEED").map_or(11, |seed| seed.parse().unwrap());
    let rounds = std::env::var("VT_DAMAGES").map_or(100, |rounds| rounds.parse().unwrap());
    let mut rng = fastrand::Rng::with_seed(seed);
    let folder = Folder::new();
    let good: Vec<Entry> = (0..200)
        .map(|n| match n % 5 {
            0 => Entry::not_found(report(n, 0).md5, chrono::DateTime::UNIX_EPOCH),
            _ => Entry::found(report(n, 300), chrono::DateTime::UNIX_EPOCH),
        })
        .collect();
    folder.open().await.unwrap().put(&good).await.unwrap();
    let whole = folder.settle().await;
    let hashes: Vec<FileHash> = (0..200).map(|n| report(n, 0).md5).collect();
    let mut answered = 0;
    for round in 0..rounds {
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut rng);
        let folder = Folder::new();
        fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
        fs::write(folder.file(), bytes).unwrap();
        // A refusal is fine too, in words.
        let Ok(store) = folder.open().await else {
            continue;
        };
        for detail in [Detail::Summary, Detail::Full] {
            let Ok(found) = store.get(&hashes, detail).await else {
                continue;
            };
            for (found, good) in found.iter().zip(&good) {
                let Some(found) = found else {
                    continue;
                };
                answered += 1;
                assert_eq!(
                    found.fetched_at(),
                    good.fetched_at(),
                    "seed {seed}, round {round}"
                );
                let same = match (found.lookup().report(), good.lookup().report()) {
                    (Some(found), Some(good)) => found.without_raw() == good.without_raw(),
                    (None, None) => found == good,
                    _ => false,
                };
                assert!(same, "seed {seed}, round {round}: {found:?} for {good:?}");
            }
        }
    }
    println!("{rounds} damaged files, {answered} answers, none wrong, seed {seed}");
    assert!(answered > 0);
}

fn damage(bytes: &mut Vec<u8>, rng: &mut fastrand::Rng) {
    match rng.u32(0..10) {
        0 => bytes.truncate(rng.usize(0..bytes.len())),
        1 => {
            let page = rng.usize(0..bytes.len() / 4_096) * 4_096;
            bytes[page..page + 4_096].fill(0);
        }
        2 => {
            let pages = bytes.len() / 4_096;
            let (from, to) = (rng.usize(0..pages) * 4_096, rng.usize(0..pages) * 4_096);
            bytes.copy_within(from..from + 4_096, to);
        }
        _ => {
            for _ in 0..rng.usize(1..20) {
                let at = rng.usize(0..bytes.len());
                bytes[at] ^= 1 << rng.u32(0..8);
            }
        }
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_kept_and_is_got_over() {
    for pages in (20..120).step_by(5) {
        let folder = Folder::new();
        let options = SqliteStore::options().max_bytes(pages * 4_096);
        let store = options.open(folder.file()).await.unwrap();
        let entry = |n| Entry::found(report(n, 3_000), chrono::DateTime::UNIX_EPOCH);
        let mut kept = 0;
        let error = loop {
            match store.put(&[entry(kept)]).await {
                Ok(()) => kept += 1,
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("no room"), "{error}");
        let granted = store.reserve(&spend(Quota::PUBLIC)).await.is_ok();
        drop(store);
        // There is room again.
        let store = folder.open().await.unwrap();
        for n in 0..kept {
            let found = store.get_one(report(n, 0).md5, Detail::Full).await.unwrap();
            assert_eq!(found, Some(entry(n)), "{n} of {kept} in {pages} pages");
        }
        let usage = store.usage(KEY, &Quota::PUBLIC).await.unwrap();
        assert_eq!(
            usage.day,
            u32::from(granted),
            "granted and charged, or neither"
        );
        store.put(&[entry(kept)]).await.unwrap();
        drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    }
}
