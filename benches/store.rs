//! What the SQLite store does in a second, on a file as large as wanted, and
//! what a report costs whose hashes are all in it.
//!
//! Small, in seconds:
//!
//! ```sh
//! cargo build --release -p vt-batch && cargo bench -p vt-benches --bench store
//! ```
//!
//! Ten million files, in minutes and with 12 GB of disk:
//!
//! ```sh
//! VT_BENCH_ROWS=10000000 VT_BENCH_FRESH=1000000 VT_BENCH_REPORT=1000000 \
//!     cargo bench -p vt-benches --bench store
//! ```
//!
//! The file is made once and kept in `target/bench-store`.
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::{fs, sync::Arc, time::Duration};

use tokio::runtime::Runtime;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Detail, Entry},
    time::{Clock, SystemClock},
};

#[path = "store/database.rs"]
mod database;
#[path = "store/lines.rs"]
mod lines;
#[path = "store/program.rs"]
mod program;

use database::{Database, Templates};
use lines::Lines;

const READ_BATCHES: usize = 200;
const READ_BATCH: usize = 1_000;
const UPSERT_BATCHES: usize = 5;
const UPSERT_BATCH: usize = 10_000;

fn main() {
    let rows = setting("VT_BENCH_ROWS", 100_000);
    let fresh = setting("VT_BENCH_FRESH", 1_000);
    let hashes = setting("VT_BENCH_REPORT", 10_000);
    let runs = setting("VT_BENCH_RUNS", 5);
    let runtime = Runtime::new().expect("a runtime");
    let mut random = fastrand::Rng::with_seed(rows);
    let database = runtime.block_on(Database::ready(rows));
    let store = runtime.block_on(database.open());
    measure("reads", runs, || {
        runtime.block_on(read(&store, rows, &mut random))
    });
    // Before anything is written: a log would slow the report down.
    program::measure(&database, hashes, runs, &mut random);
    measure("upserts", runs, || {
        runtime.block_on(upsert(&store, rows, &mut random))
    });
    // A million takes minutes: what varies from run to run evens out in it.
    let runs = if fresh >= 1_000_000 { 1 } else { runs };
    measure("imports", runs, || {
        runtime.block_on(import(&database, fresh))
    });
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// How many there were, and how long that took.
type Took = (usize, Duration);

/// Prints the median of some runs, and the slowest and the quickest.
fn measure(what: &str, runs: u64, mut run: impl FnMut() -> Took) {
    let mut rates: Vec<f64> = (0..runs)
        .map(|_| {
            let (count, time) = run();
            count as f64 / time.as_secs_f64()
        })
        .collect();
    rates.sort_unstable_by(f64::total_cmp);
    let (slowest, quickest) = (rates[0], rates[rates.len() - 1]);
    let median = rates[rates.len() / 2];
    println!("{what}: {median:.0} a second, median of {runs} from {slowest:.0} to {quickest:.0}");
}

/// Random hashes of all three kinds, a batch after the other.
async fn read(store: &SqliteStore, rows: u64, random: &mut fastrand::Rng) -> Took {
    let mut batch = || database::hashes(rows, READ_BATCH, random);
    let batches: Vec<_> = (0..READ_BATCHES).map(|_| batch()).collect();
    let start = SystemClock.boot();
    for hashes in &batches {
        let found = store.get(hashes, Detail::Summary).await.expect("a read");
        for (hash, found) in hashes.iter().zip(found) {
            let found = found.expect("it is there");
            assert!(found.hashes().any(|own| own == *hash), "in their order");
        }
    }
    (READ_BATCHES * READ_BATCH, since(start))
}

/// New answers to what is there, each on disk when its batch is done.
async fn upsert(store: &SqliteStore, rows: u64, random: &mut fastrand::Rng) -> Took {
    let templates = Templates::new();
    let now = SystemClock.wall();
    let mut entry = || {
        let number = random.u64(0..rows);
        Entry::found(Arc::new(templates.report(number, rows)), now)
    };
    let batches: Vec<Vec<Entry>> = (0..UPSERT_BATCHES)
        .map(|_| (0..UPSERT_BATCH).map(|_| entry()).collect())
        .collect();
    let start = SystemClock.boot();
    for batch in &batches {
        store.put(batch).await.expect("a write");
    }
    (UPSERT_BATCHES * UPSERT_BATCH, since(start))
}

/// Answers as VirusTotal gives them, into a new file.
async fn import(database: &Database, count: u64) -> Took {
    let folder = database.folder().join("import");
    let _ = fs::remove_dir_all(&folder);
    let store = SqliteStore::open(folder.join("vt.db")).await;
    let store = store.expect("a new file");
    let lines = Lines::new(count);
    let start = SystemClock.boot();
    let imported = store.import(lines).await.expect("an import");
    let time = since(start);
    assert_eq!((imported.taken, imported.refused), (count, 0));
    drop(store);
    fs::remove_dir_all(&folder).expect("it was made here");
    (usize::try_from(count).expect("not so many"), time)
}

fn since(start: vt_core::time::BootTime) -> Duration {
    SystemClock.boot().saturating_since(start)
}
