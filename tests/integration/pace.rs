//! Never over quota, as the server counts it.

use std::time::Duration;

use vt_core::quota::Quota;

use crate::lab::{Lab, collect, files};

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
