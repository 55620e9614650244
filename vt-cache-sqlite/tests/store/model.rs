//! The cache against the simplest thing that could be one.

use std::collections::{BTreeMap, HashSet};

use vt_core::{
    cache::{Cache, CacheExt, Detail, Entry},
    hash::FileHash,
    testkit::cache::report,
};

use crate::folder::Folder;

/// Random operations, the file closed and opened among them, against a map.
#[tokio::test]
async fn any_order_of_operations_equals_a_plain_map() {
    let seed = std::env::var("VT_TEST_SEED").map_or(5, |seed| seed.parse().unwrap());
    let operations = std::env::var("VT_OPERATIONS").map_or(3_000, |text| text.parse().unwrap());
    let mut rng = fastrand::Rng::with_seed(seed);
    let folder = Folder::new();
    let mut store = folder.open().await.unwrap();
    let mut model: BTreeMap<FileHash, Entry> = BTreeMap::new();
    for _ in 0..operations {
        let n = rng.u32(0..40);
        let hash = report(n, 0).hashes()[rng.usize(0..3)];
        let at = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(rng.i64(0..1_000));
        match rng.u32(0..100) {
            0 => store = folder.open().await.unwrap(),
            1..=2 => {
                let old = model.values().filter(|entry| entry.fetched_at() < at);
                let expected: HashSet<(Option<FileHash>, usize)> = old
                    .map(|entry| (entry.hashes().last(), entry.hashes().count()))
                    .collect();
                let evicted = store.evict(at).await.unwrap();
                // A report that "not found" has hidden from every side is one more.
                assert!(evicted >= expected.len() as u64, "seed {seed}");
                model.retain(|_, entry| entry.fetched_at() >= at);
            }
            3..=30 => {
                let entry = Entry::found(report(n, 50), at);
                store.put(std::slice::from_ref(&entry)).await.unwrap();
                model.extend(entry.hashes().map(|hash| (hash, entry.clone())));
            }
            31..=45 => {
                let entry = Entry::not_found(hash, at);
                store.put(std::slice::from_ref(&entry)).await.unwrap();
                model.insert(hash, entry);
            }
            _ => {
                let found = store.get_one(hash, Detail::Full).await.unwrap();
                assert_eq!(found.as_ref(), model.get(&hash), "seed {seed}");
            }
        }
    }
    println!("{operations} operations in any order, as a plain map says, seed {seed}");
}
