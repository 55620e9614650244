//! Cached answers by their hashes, next to the pages they are read from.

use std::{fs::File, path::Path};

use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Detail},
    hash::FileHash,
};

use crate::{
    database,
    watch::{Took, Watch},
};

const PAGE: usize = 4_096;

/// Which hashes are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kinds {
    Mixed,
    Sha256,
}

/// Random hashes of files that are there.
pub(crate) fn batches(
    rows: u64,
    kinds: Kinds,
    count: usize,
    batch: usize,
    random: &mut fastrand::Rng,
) -> Vec<Vec<FileHash>> {
    let mut hash = || {
        let kind = match kinds {
            Kinds::Mixed => random.usize(0..3),
            Kinds::Sha256 => 2,
        };
        database::digests(random.u64(0..rows), rows)[kind]
    };
    let lengths = (0..count)
        .step_by(batch)
        .map(|from| batch.min(count - from));
    lengths
        .map(|length| (0..length).map(|_| hash()).collect())
        .collect()
}

/// Asks for a batch after the other.
pub(crate) async fn read(store: &SqliteStore, batches: &[Vec<FileHash>]) -> Took {
    let watch = Watch::start();
    for hashes in batches {
        let found = store.get(hashes, Detail::Summary).await.expect("a read");
        for (hash, found) in hashes.iter().zip(found) {
            let found = found.expect("it is there");
            assert!(found.hashes().any(|own| own == *hash), "in their order");
        }
    }
    watch.stop(batches.iter().map(Vec::len).sum())
}

/// What each answer costs at least: a page of the file, at random.
pub(crate) fn pages(path: &Path, count: usize, random: &mut fastrand::Rng) -> Took {
    use std::os::unix::fs::FileExt;

    let file = File::open(path).expect("the database");
    let length = file.metadata().expect("a length").len();
    let watch = Watch::start();
    let mut page = [0; PAGE];
    for _ in 0..count {
        let at = random.u64(0..length / PAGE as u64) * PAGE as u64;
        file.read_exact_at(&mut page, at).expect("a page");
    }
    watch.stop(count)
}
