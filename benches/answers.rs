//! What an answer costs that is kept: to be written, to be found again, and to
//! become a row of a report.

use std::{hint::black_box, io, sync::Arc, time::Duration};

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Detail, Entry},
    hash::FileHash,
    report::FileReport,
    scan::{Answer, Source},
};
use vt_report::{Format, Row, RowWriter};
use vt_sim::{FIRST_ORDINARY, Simulator, sample};

const FILES: u64 = 5_000;

/// Answers without their bodies, of files of all kinds.
fn entries() -> Vec<Entry> {
    let simulator = Simulator::builder().unknown(0.0).build();
    let simulator = simulator.expect("settings that work");
    let report = |number| {
        let body = simulator.report(&sample(number).sha256);
        FileReport::from_json(body.expect("a known sample")).expect("a report")
    };
    (FIRST_ORDINARY..FIRST_ORDINARY + FILES)
        .map(|number| {
            let report = Arc::new(report(number).without_raw());
            Entry::found(report, DateTime::UNIX_EPOCH)
        })
        .collect()
}

/// A file that has these answers, and the folder it is in.
fn store(runtime: &Runtime, entries: &[Entry]) -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(async {
        let store = SqliteStore::open(folder.path().join("vt.db")).await?;
        store.put(entries).await.expect("a write");
        Ok::<_, vt_cache_sqlite::Error>(store)
    });
    (folder, store.expect("a new file"))
}

fn kept(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let entries = entries();
    let (_folder, store) = store(&runtime, &entries);
    let mut group = criterion.benchmark_group("sqlite");
    group
        .throughput(Throughput::Elements(FILES))
        .sample_size(20)
        .measurement_time(Duration::from_secs(5));
    for (name, digest) in [("get_by_md5", 0), ("get_by_sha256", 2)] {
        let hash = |entry: &Entry| entry.hashes().nth(digest).expect("three digests");
        let mut hashes: Vec<FileHash> = entries.iter().map(hash).collect();
        fastrand::Rng::with_seed(42).shuffle(&mut hashes);
        group.bench_function(name, |bencher| {
            let get = || store.get(&hashes, Detail::Summary);
            bencher.to_async(&runtime).iter(get);
        });
    }
    group.bench_function("put_again", |bencher| {
        bencher.to_async(&runtime).iter(|| store.put(&entries));
    });
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    let engines = ["Fortinet".to_owned()];
    let answer = |entry: Entry| Answer {
        lookup: entry.lookup(),
        source: Source::Cache,
        fetched_at: entry.fetched_at(),
    };
    let answers: Vec<Answer> = entries().into_iter().map(answer).collect();
    let mut group = criterion.benchmark_group("rows");
    group
        .throughput(Throughput::Elements(FILES))
        .sample_size(20);
    for format in [Format::Csv, Format::Ndjson] {
        group.bench_function(format.as_str(), |bencher| {
            bencher.iter(|| {
                let format = format.by_row().expect("a format of rows");
                let mut writer = RowWriter::new(format, &engines, io::sink()).expect("a sink");
                for answer in black_box(&answers) {
                    let report = answer.lookup.report().expect("a report");
                    let row = Row::answered(report.sha256, answer, &engines);
                    writer.write(&row).expect("a sink");
                }
                writer.finish().expect("a sink");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, kept, rows);
criterion_main!(benches);
