//! Never over quota, as the server counts it, and done when it was foreseen.

use std::time::Duration;

use futures::{StreamExt, future::join_all};
use tokio::task::JoinHandle;
use vt_core::{
    quota::{Quota, Usage},
    scan::{BulkPace, Meter, Scan, ScanOptions, WaitsFor},
};

use crate::lab::{Hashes, Lab, collect, file, files};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(start_paused = true)]
async fn nine_unknown_files_take_a_little_over_two_minutes() {
    let lab = Lab::with(Quota::PUBLIC, |simulator| {
        simulator.latency(Duration::from_millis(300))
    });
    let start = lab.now();
    let outcomes = collect(lab.scanner().scan(files(0..9))).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    let seconds = (lab.now() - start).num_seconds();
    assert!((120..=124).contains(&seconds), "{seconds} s");
    assert_eq!(lab.answered_with(429), 0);
    assert_eq!(lab.simulator.stats().most_in_60s, 4);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_days_stays_within_each_day_and_each_minute() {
    let lab = Lab::with(Quota::PUBLIC, |simulator| {
        simulator.latency(Duration::from_millis(100)..=Duration::from_secs(8))
    });
    let start = lab.now();
    let outcomes = collect(lab.scanner().scan(files(0..2_200))).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(lab.answered_with(429), 0);
    let stats = lab.simulator.stats();
    assert_eq!((stats.requests, stats.most_in_60s), (2_200, 4));
    // From noon: 500 that day and on the three that follow, 200 on the last.
    assert_eq!((lab.now() - start).num_days(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_month_limit_is_waited_for() {
    let quota = Quota::PUBLIC.per_minute(None).per_day(None).per_month(30);
    let lab = Lab::with(quota, |simulator| simulator);
    let start = lab.now();
    let outcomes = collect(lab.scanner().scan(files(0..40))).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(lab.answered_with(429), 0);
    // From noon on 10 March to two minutes past midnight on 1 April.
    assert_eq!((lab.now() - start).num_minutes(), 21 * 1_440 + 720 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_large_quota_is_spread_over_its_minute() {
    let quota = Quota::UNLIMITED.per_minute(600);
    let lab = Lab::with(quota, |simulator| {
        simulator.latency(Duration::from_millis(400))
    });
    let start = lab.now();
    collect(lab.scanner().scan(files(0..1_300))).await;
    let stats = lab.simulator.stats();
    assert_eq!(lab.answered_with(429), 0);
    assert!(stats.most_in_60s <= 600);
    let first_second = lab
        .simulator
        .arrivals()
        .iter()
        .take_while(|arrival| arrival.at.as_secs() < 1)
        .count();
    assert!(first_second <= 20, "{first_second} in the first second");
    let seconds = (lab.now() - start).num_seconds();
    assert!((129..=140).contains(&seconds), "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn two_scanners_on_one_ledger_share_its_quota() {
    let lab = Lab::new();
    let (one, other) = (lab.scanner(), lab.scanner());
    let (first, second) = tokio::join!(
        collect(one.scan(files(0..10))),
        collect(other.scan(files(10..20)))
    );
    assert_eq!(first.len() + second.len(), 20);
    assert_eq!(lab.answered_with(429), 0);
    assert_eq!(lab.simulator.stats().most_in_60s, 4);
}

/// When a list is done that is sent alone from noon on, by the limits alone:
/// 500 on that day and on each that follows, from two minutes past midnight,
/// four in each minute and a quarter of a second.
fn earliest_end(hashes: u64, latency: Duration) -> Duration {
    let (days, last_day) = ((hashes - 1) / 500, (hashes - 1) % 500 + 1);
    let begin = match u32::try_from(days).unwrap() {
        0 => Duration::ZERO,
        days => DAY * days - DAY / 2 + Duration::from_secs(120),
    };
    let (minutes, others) = ((last_day - 1) / 4, (last_day - 1) % 4);
    let minute = Duration::from_millis(60_250) + latency;
    begin + minute * u32::try_from(minutes).unwrap() + latency * u32::try_from(others + 1).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_greedy_list_ends_as_early_as_the_limits_allow() {
    let latency = Duration::from_millis(300);
    let lab = Lab::with(Quota::PUBLIC, |simulator| {
        simulator.latency(latency).unknown(1.0)
    });
    let start = lab.now();
    let outcomes = collect(lab.scanner().scan(Hashes(0).take(2_600))).await;
    assert_eq!((outcomes.len(), lab.requests()), (2_600, 2_600));
    let took = (lab.now() - start).to_std().unwrap();
    let off = took.abs_diff(earliest_end(2_600, latency));
    assert!(off <= Duration::from_secs(1), "{off:?} off, after {took:?}");
    let forecast = Usage::none(start, Quota::PUBLIC).forecast(2_600, latency);
    let off = (lab.now() - forecast.unwrap()).num_seconds();
    assert!(off.abs() <= 5, "{off} s off the forecast");
    assert_eq!(lab.answered_with(429), 0);
}

/// Begins a scan, and lets it go on elsewhere.
async fn begin(mut scan: Scan) -> (Meter, JoinHandle<()>) {
    let meter = scan.meter();
    scan.next().await.unwrap().result.unwrap();
    (
        meter,
        tokio::spawn(async move { drop(collect(scan).await) }),
    )
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_list_that_is_spread_is_foreseen() {
    for hashes in [25, 300, 1_300] {
        let lab = Lab::cheap(hashes);
        let scanner = lab.builder().bulk_pace(BulkPace::Spread).build();
        let (meter, done) = begin(scanner.scan(Hashes(0).take(hashes))).await;
        let eta = meter.read().await.unwrap().eta.unwrap();
        done.await.unwrap();
        let off = (lab.now() - eta).num_seconds();
        assert!(off.abs() <= 180, "{hashes} hashes: {off} s off");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_each_of_several_lists_is_foreseen() {
    for pace in [BulkPace::Greedy, BulkPace::Spread] {
        let lab = Lab::cheap(1);
        let scanner = lab.builder().bulk_pace(pace).build();
        let mut hashes = Hashes(0);
        let mut lists = Vec::new();
        for (submitter, length) in [("a", 700), ("a", 300), ("b", 500), ("c", 910)] {
            let options = ScanOptions::new().submitter(submitter);
            lists.push(begin(scanner.scan_with(hashes.take(length), options)).await);
        }
        let off = join_all(lists.into_iter().map(async |(meter, done)| {
            let eta = meter.read().await.unwrap().eta.unwrap();
            done.await.unwrap();
            (lab.now() - eta).num_minutes()
        }));
        let off = off.await;
        assert!(off.iter().all(|off| off.abs() <= 5), "{pace:?}: {off:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_held_back_says_so_and_lets_a_question_through_at_once() {
    let lab = Lab::cheap(1);
    let scanner = lab.builder().bulk_pace(BulkPace::Spread).build();
    let mut hashes = Hashes(0);
    let (meter, _list) = begin(scanner.scan(hashes.take(2_000))).await;
    tokio::time::sleep(DAY / 4 + Duration::from_secs(200)).await;
    let progress = meter.read().await.unwrap();
    assert_eq!(progress.waits_for, Some(WaitsFor::Pace));
    let start = tokio::time::Instant::now();
    scanner.lookup(file(1)[0]).await.unwrap();
    let waited = start.elapsed();
    assert!(waited <= Duration::from_secs(3), "{waited:?}");
}
