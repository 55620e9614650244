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
//! VT_BENCH_ROWS=10000000 VT_BENCH_READS=1000000 VT_BENCH_PUTS=1000000 \
//!     VT_BENCH_FRESH=100000 VT_BENCH_REPORT=1000000 \
//!     cargo bench -p vt-benches --bench store
//! ```
//!
//! The file is made once and kept in `target/bench-store`. `VT_BENCH_ONLY` names a
//! part of what is measured, such as `reads of Mixed`.
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::{fs, sync::Arc};

use tokio::runtime::Runtime;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Entry},
    time::{Clock, SystemClock},
};

#[path = "store/database.rs"]
mod database;
#[path = "store/lines.rs"]
mod lines;
#[path = "store/program.rs"]
mod program;
#[path = "store/reads.rs"]
mod reads;
#[path = "store/watch.rs"]
mod watch;

use database::{Database, Templates};
use lines::Lines;
use watch::{Took, Watch};

/// As many as a scan asks about at once, and more.
const READ_BATCHES: [usize; 3] = [1_000, 10_000, 100_000];
const UPSERT_BATCHES: usize = 5;
const UPSERT_BATCH: usize = 10_000;

fn main() {
    let rows = setting("VT_BENCH_ROWS", 100_000);
    let fresh = setting("VT_BENCH_FRESH", 1_000);
    let hashes = setting("VT_BENCH_REPORT", 10_000);
    let reads = setting("VT_BENCH_READS", 100_000);
    let puts = setting("VT_BENCH_PUTS", 100_000);
    let runs = setting("VT_BENCH_RUNS", 5);
    let runtime = Runtime::new().expect("a runtime");
    let mut random = fastrand::Rng::with_seed(rows);
    let database = runtime.block_on(Database::ready(rows));
    let store = runtime.block_on(database.open());
    let reads = usize::try_from(reads).expect("as many as fit in memory");
    measure("pages of the file", runs, || {
        reads::pages(database.path(), reads, &mut random)
    });
    for kinds in [reads::Kinds::Sha256, reads::Kinds::Mixed] {
        for batch in READ_BATCHES {
            measure(&format!("reads of {kinds:?}, {batch} a call"), runs, || {
                let batches = reads::batches(rows, kinds, reads, batch, &mut random);
                runtime.block_on(reads::read(&store, &batches))
            });
        }
    }
    // Before anything is written: a log would slow the report down.
    program::measure(&database, hashes, runs, &mut random);
    measure("upserts", runs, || {
        runtime.block_on(upsert(&store, rows, &mut random))
    });
    for batch in [500, UPSERT_BATCH] {
        measure(
            &format!("puts into a new file, {batch} a call"),
            runs,
            || runtime.block_on(put(&database, puts, batch, &mut random)),
        );
    }
    for (size, is_short) in [("without engines", true), ("in full", false)] {
        measure(&format!("imports of answers {size}"), runs, || {
            runtime.block_on(import(&database, fresh, is_short))
        });
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Prints the median of some runs, and the slowest and the quickest; and what
/// each took of the processors, by the median.
fn measure(what: &str, runs: u64, mut run: impl FnMut() -> Took) {
    if std::env::var("VT_BENCH_ONLY").is_ok_and(|only| !what.contains(&only)) {
        return;
    }
    let took: Vec<Took> = (0..runs).map(|_| run()).collect();
    let sorted = |of: fn(&Took) -> f64| {
        let mut all: Vec<f64> = took.iter().map(of).collect();
        all.sort_unstable_by(f64::total_cmp);
        all
    };
    let (rates, busy) = (sorted(Took::a_second), sorted(Took::busy_ns));
    let (slowest, quickest) = (rates[0], rates[rates.len() - 1]);
    let (rate, busy) = (rates[rates.len() / 2], busy[busy.len() / 2]);
    println!(
        "{what}: {rate:.0} a second, median of {runs} from {slowest:.0} to {quickest:.0}; \
         {busy:.0} ns of the processors each"
    );
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
    let watch = Watch::start();
    for batch in &batches {
        store.put(batch).await.expect("a write");
    }
    watch.stop(UPSERT_BATCHES * UPSERT_BATCH)
}

/// Summaries of files with digests of their own into a new file, each on disk
/// when its batch is done.
async fn put(database: &Database, count: u64, batch: usize, random: &mut fastrand::Rng) -> Took {
    let (folder, store) = database.new_beside("put").await;
    let templates = Templates::new();
    let now = SystemClock.wall();
    let mut done = 0;
    let mut all: Option<Took> = None;
    while done < count {
        let numbers = (done..count).take(batch);
        let entries: Vec<Entry> = numbers
            .map(|number| Entry::found(Arc::new(templates.random(number, random)), now))
            .collect();
        let watch = Watch::start();
        store.put(&entries).await.expect("a write");
        let took = watch.stop(entries.len());
        all = Some(all.map_or(took, |all| all.and(took)));
        done += entries.len() as u64;
    }
    drop(store);
    fs::remove_dir_all(&folder).expect("it was made here");
    all.expect("more than none")
}

/// Answers as VirusTotal gives them, into a new file.
async fn import(database: &Database, count: u64, is_short: bool) -> Took {
    let (folder, store) = database.new_beside("import").await;
    let lines = Lines::new(count, is_short);
    let watch = Watch::start();
    let imported = store.import(lines).await.expect("an import");
    let took = watch.stop(usize::try_from(count).expect("not so many"));
    assert_eq!((imported.taken, imported.refused), (count, 0));
    drop(store);
    fs::remove_dir_all(&folder).expect("it was made here");
    took
}
