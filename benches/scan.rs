//! What a hash costs that is in the cache, and one that is fetched from a
//! server in the same process.

use std::{hint::black_box, num::NonZeroUsize, sync::Arc, time::Duration};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures::StreamExt;
use tokio::runtime::Runtime;
use vt_core::{
    cache::MemoryCache,
    client::{ApiKey, Client},
    hash::FileHash,
    quota::Quota,
    report::FileReport,
    scan::Scanner,
};
use vt_sim::{FIRST_ORDINARY, Simulator, sample};

const FILES: u64 = 1_000;

fn simulator() -> Simulator {
    let builder = Simulator::builder().unknown(0.0).per_minute(None);
    builder
        .per_day(None)
        .per_month(None)
        .build()
        .expect("settings that work")
}

fn scanner(simulator: &Simulator, cache: MemoryCache) -> Scanner {
    let key = ApiKey::new("bench").expect("a key");
    let client = Client::builder(key)
        .transport(Arc::new(simulator.clone()))
        .quota(Quota::UNLIMITED)
        .build()
        .expect("settings that work");
    let in_flight = NonZeroUsize::new(64).expect("not zero");
    Scanner::builder(client)
        .cache(cache)
        .max_in_flight(in_flight)
        .build()
}

fn hashes() -> Vec<FileHash> {
    let numbers = FIRST_ORDINARY..FIRST_ORDINARY + FILES;
    numbers
        .map(|n| sample(n).sha256.parse().expect("a hash"))
        .collect()
}

async fn drain(scanner: &Scanner, hashes: Vec<FileHash>) -> usize {
    let outcomes = scanner.scan(hashes);
    outcomes
        .fold(0, async |answers, outcome| {
            answers + usize::from(outcome.result.is_ok())
        })
        .await
}

fn scan(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let simulator = simulator();
    let mut group = criterion.benchmark_group("scan");
    group
        .throughput(Throughput::Elements(FILES))
        .measurement_time(Duration::from_secs(5));
    group.bench_function("cached", |bencher| {
        let warm = scanner(&simulator, MemoryCache::new());
        assert_eq!(runtime.block_on(drain(&warm, hashes())), hashes().len());
        let setup = hashes;
        bencher.to_async(&runtime).iter_batched(
            setup,
            |hashes| drain(&warm, hashes),
            BatchSize::SmallInput,
        );
    });
    group.sample_size(10).bench_function("fetched", |bencher| {
        // The simulator's own work is most of it: it makes up a report.
        let setup = || (scanner(&simulator, MemoryCache::new()), hashes());
        bencher.to_async(&runtime).iter_batched(
            setup,
            async |(cold, hashes)| drain(&cold, hashes).await,
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn parse(criterion: &mut Criterion) {
    let simulator = simulator();
    let body = simulator
        .report(&sample(FIRST_ORDINARY).sha256)
        .expect("a known sample");
    let mut group = criterion.benchmark_group("report");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| FileReport::from_json(black_box(body.clone())).expect("a report"));
    });
    group.finish();
}

criterion_group!(benches, scan, parse);
criterion_main!(benches);
