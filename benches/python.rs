//! What the Python package is measured against: the same work without Python.
//! `vt-py/benches/figures.py` starts it, and names a measure on each line:
//!
//! - `extract FILE`: every hash of a file
//! - `lookups COUNT`: hashes in memory, one after the other
//! - `scan COUNT`: the same as one stream
//! - `gather COUNT`: the same, all at once
//! - `report FILE LIST`: rows for a list of hashes out of a SQLite file
//! - `walk FILE LIST`: the same hashes with all that VirusTotal says of them
//!
//! The answer is the seconds that took, without what comes before and after.
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::{
    collections::HashMap,
    env, fs,
    fs::File,
    hint::black_box,
    io::{Read, stdin},
    sync::Arc,
};

use futures::{StreamExt, future::join_all};
use tokio::runtime::Runtime;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Detail, MemoryCache},
    client::{ApiKey, Client},
    hash::{Extractor, FileHash},
    quota::Quota,
    scan::{ScanOptions, Scanner},
    time::{Clock, SystemClock},
};
use vt_report::Rows;
use vt_sim::{FIRST_ORDINARY, Simulator, sample};

/// What the package reads at a time.
const BLOCK: usize = 256 << 10;

/// Whose answers the SQLite file holds.
const SERVER: &str = "https://simulator.invalid";

fn main() {
    if env::args().any(|argument| argument == "--bench") {
        println!("python: left out, it is part of vt-py/benches/figures.py");
        return;
    }
    let runtime = Runtime::new().expect("a runtime");
    let warm = scanner(MemoryCache::new());
    let mut opened = HashMap::new();
    for line in stdin().lines() {
        let line = line.expect("a line");
        let mut words = line.split_whitespace();
        let measure = words.next().expect("a measure");
        let mut word = || words.next().expect("an argument");
        let seconds = match measure {
            "extract" => extract(word()),
            on_disk @ ("report" | "walk") => {
                let scanner = runtime.block_on(open(&mut opened, word()));
                runtime.block_on(report(scanner, word(), on_disk))
            }
            of_memory => {
                let hashes = samples(word().parse().expect("a count"));
                runtime.block_on(answer(&warm, of_memory, hashes))
            }
        };
        println!("{seconds}");
    }
}

fn extract(path: &str) -> f64 {
    let start = SystemClock.boot();
    let mut file = File::open(path).expect("a file");
    let mut extractor = Extractor::new();
    let mut buffer = vec![0; BLOCK];
    loop {
        let length = file.read(&mut buffer).expect("a read");
        if length == 0 {
            break;
        }
        extractor.push(&buffer[..length]);
    }
    let extraction = extractor.finish();
    let seconds = since(start);
    drop(black_box(extraction));
    seconds
}

async fn answer(scanner: &Scanner, how: &str, hashes: Vec<FileHash>) -> f64 {
    let count = hashes.len();
    // From the second time on there is nothing to fetch.
    let known = scanner.scan(hashes.clone()).count().await;
    let start = SystemClock.boot();
    let answers: Vec<_> = match how {
        "lookups" => {
            let mut answers = Vec::with_capacity(count);
            for hash in hashes {
                answers.push(scanner.lookup(hash).await.expect("an answer"));
            }
            answers
        }
        "scan" => {
            let outcomes = scanner.scan(hashes);
            let answers = outcomes.map(|outcome| outcome.result.expect("an answer"));
            answers.collect().await
        }
        "gather" => {
            let tasks = hashes.into_iter().map(|hash| {
                let scanner = scanner.clone();
                tokio::spawn(async move { scanner.lookup(hash).await.expect("an answer") })
            });
            let answers = join_all(tasks).await;
            answers
                .into_iter()
                .map(|answer| answer.expect("no panic"))
                .collect()
        }
        other => panic!("no measure is called {other}"),
    };
    let seconds = since(start);
    assert_eq!((answers.len(), known), (count, count));
    seconds
}

/// Files stay open from one run to the next, as they do in Python.
async fn open<'a>(opened: &'a mut HashMap<String, Scanner>, database: &str) -> &'a Scanner {
    if !opened.contains_key(database) {
        let store = SqliteStore::options().server(SERVER).open(database).await;
        opened.insert(database.to_owned(), scanner(store.expect("a database")));
    }
    &opened[database]
}

async fn report(scanner: &Scanner, list: &str, how: &str) -> f64 {
    let list = fs::read_to_string(list).expect("a list");
    let hashes = list.lines().map(|line| line.parse().expect("a hash"));
    let hashes: Vec<FileHash> = hashes.collect();
    let detail = match how {
        "report" => Detail::Summary,
        _ => Detail::Full,
    };
    let start = SystemClock.boot();
    let mut rows = Rows::new(&hashes, vec!["Fortinet".to_owned()]);
    let options = ScanOptions::new().detail(detail);
    let mut scan = scanner.scan_with(hashes, options);
    while let Some(outcome) = scan.next().await {
        rows.take(&outcome);
    }
    let rows = rows.finish().expect("a row for each hash");
    let seconds = since(start);
    assert_eq!(scanner.requests(), 0, "all is in the file");
    drop(black_box(rows));
    seconds
}

fn scanner(cache: impl Cache) -> Scanner {
    let simulator = Simulator::builder()
        .unknown(0.0)
        .per_minute(None)
        .per_day(None)
        .per_month(None);
    let key = ApiKey::new("bench").expect("a key");
    let client = Client::builder(key)
        .transport(Arc::new(simulator.build().expect("settings that work")))
        .base_url(SERVER)
        .quota(Quota::UNLIMITED);
    let client = client.build().expect("settings that work");
    Scanner::builder(client).cache(cache).build()
}

fn samples(count: u64) -> Vec<FileHash> {
    let numbers = FIRST_ORDINARY..FIRST_ORDINARY + count;
    numbers
        .map(|n| sample(n).sha256.parse().expect("a hash"))
        .collect()
}

fn since(start: vt_core::time::BootTime) -> f64 {
    SystemClock.boot().saturating_since(start).as_secs_f64()
}
