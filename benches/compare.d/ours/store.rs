//! Answers that are in a file, and answers on their way there.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Detail, Entry},
    hash::FileHash,
    time::{Clock, SystemClock},
};

use crate::{
    database::{Database, Templates, digests},
    lines::Lines,
    since,
};

/// Answers to a call.
const BATCH: usize = 100_000;

/// Makes the file if it is not there.
pub(crate) fn database(rows: u64) -> PathBuf {
    let database = runtime().block_on(Database::ready(rows));
    database.path().to_owned()
}

/// The digest by which a file is asked for: each kind for a third of them.
fn key(number: u64, rows: u64) -> FileHash {
    let kind = usize::try_from(number % 3).expect("less than three");
    digests(number, rows)[kind]
}

/// One digest of every file, a line each: what a cache by plain text knows.
pub(crate) fn write_keys(rows: u64, file: &str) -> Value {
    write(file, (0..rows).map(|number| key(number, rows)))
}

/// Hashes of so many of the files, none twice, in no order.
pub(crate) fn write_list(rows: u64, count: u64, file: &str) -> Value {
    let mut numbers: Vec<u64> = (0..rows).collect();
    Rng::with_seed(rows).shuffle(&mut numbers);
    numbers.truncate(usize::try_from(count).expect("a list that fits in memory"));
    write(file, numbers.into_iter().map(|number| key(number, rows)))
}

fn write(file: &str, hashes: impl Iterator<Item = FileHash>) -> Value {
    let file = File::create(file).expect("a file that can be made");
    let mut out = BufWriter::new(file);
    let mut count = 0;
    for hash in hashes {
        writeln!(out, "{hash}").expect("room on the disk");
        count += 1;
    }
    out.flush().expect("room on the disk");
    json!({ "answers": count })
}

/// Answers to a list of which all is there, in its order.
pub(crate) fn cached(rows: u64, list: &str) -> Value {
    let runtime = runtime();
    let store = runtime.block_on(async { Database::ready(rows).await.open().await });
    let list = fs::read_to_string(list).expect("a list");
    let hashes = list.lines().map(|line| line.parse().expect("a hash"));
    let hashes: Vec<FileHash> = hashes.collect();
    let start = SystemClock.boot();
    let mut answers = 0;
    for batch in hashes.chunks(BATCH) {
        let found = runtime.block_on(store.get(batch, Detail::Summary));
        for (hash, found) in batch.iter().zip(found.expect("a read")) {
            let found = found.expect("it is there");
            assert!(found.hashes().any(|own| own == *hash), "in their order");
            answers += 1;
        }
    }
    json!({ "seconds": since(start), "answers": answers })
}

/// Answers without bodies into a file that has none, in no order.
pub(crate) fn put(count: u64) -> Value {
    let mut numbers: Vec<u64> = (0..count).collect();
    Rng::with_seed(count).shuffle(&mut numbers);
    let folder = scratch("put");
    let runtime = runtime();
    let store = runtime.block_on(SqliteStore::open(folder.join("vt.db")));
    let store = store.expect("a new file");
    let seconds = write_answers(&runtime, &store, &numbers, count);
    drop(store);
    fs::remove_dir_all(&folder).expect("it was made here");
    json!({ "seconds": seconds, "answers": count })
}

/// New answers for files that are there, in no order.
pub(crate) fn upsert(rows: u64, count: u64) -> Value {
    let runtime = runtime();
    let store = runtime.block_on(async { Database::ready(rows).await.open().await });
    let mut rng = Rng::with_seed(count);
    let numbers: Vec<u64> = (0..count).map(|_| rng.u64(..rows)).collect();
    let seconds = write_answers(&runtime, &store, &numbers, rows);
    json!({ "seconds": seconds, "answers": count })
}

/// How long the writing took; making up the answers is not part of it.
fn write_answers(runtime: &Runtime, store: &SqliteStore, numbers: &[u64], rows: u64) -> f64 {
    let templates = Templates::new();
    let now = SystemClock.wall();
    let mut seconds = 0.0;
    for batch in numbers.chunks(BATCH) {
        let report = |number: &u64| Arc::new(templates.report(*number, rows));
        let entries: Vec<Entry> = batch
            .iter()
            .map(|number| Entry::found(report(number), now))
            .collect();
        let start = SystemClock.boot();
        runtime.block_on(store.put(&entries)).expect("a write");
        seconds += since(start);
    }
    seconds
}

/// Lines with whole bodies, as `vt-batch cache export` writes them.
pub(crate) fn import(count: u64) -> Value {
    let folder = scratch("import");
    let runtime = runtime();
    let store = runtime.block_on(SqliteStore::open(folder.join("vt.db")));
    let store = store.expect("a new file");
    let lines = Lines::new(count, false);
    let start = SystemClock.boot();
    let imported = runtime.block_on(store.import(lines)).expect("an import");
    let seconds = since(start);
    assert_eq!((imported.taken, imported.refused), (count, 0));
    drop(store);
    fs::remove_dir_all(&folder).expect("it was made here");
    json!({ "seconds": seconds, "answers": count })
}

/// A folder of this process, beside the programs.
fn scratch(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().nth(3).expect("target/release/deps");
    let name = format!("{name}-{}", std::process::id());
    target.join("compare").join(name)
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}
