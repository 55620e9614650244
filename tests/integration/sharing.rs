//! Many callers, one request.

use std::time::Duration;

use futures::{StreamExt, future::join_all};
use http::StatusCode;
use vt_core::{
    cache::Freshness,
    hash::FileHash,
    quota::Quota,
    scan::{BulkPace, Error, Scan, ScanOptions, Source},
    time::SystemClock,
};
use vt_sim::{Fault, Trigger};

use crate::lab::{Lab, collect, file, files};

fn slow(quota: Quota) -> Lab {
    Lab::with(quota, |simulator| simulator.latency(Duration::from_secs(2)))
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_callers_of_whom_all_but_one_go_cost_one_request() {
    for cancelled_after in [Duration::ZERO, Duration::from_secs(1)] {
        let lab = slow(Quota::UNLIMITED);
        let scanner = lab.scanner();
        let call = || {
            let scanner = scanner.clone();
            tokio::spawn(async move { scanner.lookup(file(1)[0]).await })
        };
        let mut calls: Vec<_> = (0..10_000).map(|_| call()).collect();
        tokio::task::yield_now().await;
        tokio::time::sleep(cancelled_after).await;
        let patient = calls.swap_remove(5_000);
        for call in calls {
            call.abort();
            assert!(call.await.unwrap_err().is_cancelled());
        }
        let answer = patient.await.unwrap().unwrap();
        assert!(answer.lookup.report().unwrap().is_of(&file(1)[0]));
        assert_eq!(lab.requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn all_callers_of_one_hash_get_the_same_answer() {
    let lab = slow(Quota::PUBLIC);
    let scanner = lab.scanner();
    let answers = join_all((0..1_000).map(|_| scanner.lookup(file(1)[1]))).await;
    let paid = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap().source == Source::VirusTotal);
    assert_eq!(paid.count(), 1);
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_scans_that_share_files_ask_once_for_each() {
    let lab = slow(Quota::PUBLIC);
    let scanner = lab.scanner();
    let by_md5 = (0..30).map(|n| file(n)[0]).collect::<Vec<_>>();
    let (first, second) = tokio::join!(
        collect(scanner.scan(by_md5)),
        collect(scanner.scan(files(15..45)))
    );
    assert!(
        first
            .iter()
            .chain(&second)
            .all(|outcome| outcome.result.is_ok())
    );
    assert_eq!((first.len(), second.len()), (30, 30));
    assert_eq!(lab.requests(), 45);
}

#[tokio::test(start_paused = true)]
async fn a_hash_that_many_want_costs_one_request_whatever_their_class() {
    for pace in [BulkPace::Greedy, BulkPace::Spread] {
        let lab = Lab::cheap(1);
        let scanner = lab.builder().bulk_pace(pace).build();
        let scans = [
            (0..200, None),
            (100..300, None),
            (190..205, None),
            (0..5, Some("a")),
            (0..30, Some("a")),
            (295..300, Some("b")),
        ];
        let all = scans.map(|(range, submitter)| {
            let mut options = ScanOptions::new();
            if let Some(submitter) = submitter {
                options = options.submitter(submitter);
            }
            let length = range.clone().count();
            let scan = scanner.scan_with(files(range), options);
            async move { assert_eq!(collect(scan).await.len(), length) }
        });
        join_all(all).await;
        assert_eq!(lab.requests(), 300, "{pace:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_scan_stops_its_own_questions_and_nobody_else_s() {
    let lab = slow(Quota::PUBLIC);
    let scanner = lab.scanner();
    let mut long = scanner.scan(files(0..100));
    let mut short = scanner.scan(files(3..6));
    // Both are in line before the first answer is there.
    assert!(futures::poll!(short.next()).is_pending());
    long.next().await.unwrap().result.unwrap();
    drop(long);
    let outcomes = collect(short).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    tokio::time::sleep(Duration::from_secs(600)).await;
    let extra = lab.requests() - 3;
    assert!(extra <= 2, "{extra} requests for a scan that is gone");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_under_way_is_kept_though_its_caller_is_gone() {
    let lab = slow(Quota::PUBLIC);
    let scanner = lab.scanner();
    let call = tokio::spawn({
        let scanner = scanner.clone();
        async move { scanner.lookup(file(1)[0]).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(lab.requests(), 1);
    call.abort();
    drop(scanner);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answer = lab.scanner().lookup(file(1)[2]).await.unwrap();
    assert_eq!(answer.source, Source::Cache);
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_wants_to_end_can_wait_for_what_is_under_way() {
    let lab = slow(Quota::UNLIMITED);
    let scanner = lab.scanner();
    let mut scan = scanner.scan(files(0..500));
    assert!(futures::poll!(scan.next()).is_pending());
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(scan);
    scanner.idle().await;
    let sent = lab.requests();
    assert!((1..500).contains(&sent), "{sent}");
    drop(scanner);
    let kept = collect(lab.builder().offline(true).build().scan(files(0..500))).await;
    let answered = kept.iter().filter(|outcome| outcome.result.is_ok());
    assert_eq!((answered.count(), lab.requests()), (sent, sent));
}

#[tokio::test(start_paused = true)]
async fn a_short_scan_beside_a_long_one_is_answered_soon() {
    let lab = slow(Quota::PUBLIC);
    let scanner = lab.scanner();
    let mut long = scanner.scan(files(0..400));
    long.next().await.unwrap().result.unwrap();
    let start = lab.now();
    let driver = tokio::spawn(collect(long));
    let outcomes = collect(scanner.scan(files(1_000..1_003))).await;
    assert_eq!(outcomes.len(), 3);
    let seconds = (lab.now() - start).num_seconds();
    assert!(seconds <= 130, "{seconds} s");
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn what_another_scanner_fetched_meanwhile_is_not_fetched_again() {
    let lab = Lab::new();
    let (one, other) = (lab.scanner(), lab.scanner());
    // Both see an empty cache; each meets what the other fetched half-way.
    let backwards = files(0..8).into_iter().rev();
    let (first, second) = tokio::join!(
        collect(one.scan(files(0..8))),
        collect(other.scan(backwards.collect::<Vec<_>>()))
    );
    assert_eq!((first.len(), second.len()), (8, 8));
    assert!(
        lab.requests() <= 9,
        "{} requests for 8 files",
        lab.requests()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_on_several_threads_who_come_and_go_are_all_answered() {
    let lab = Lab::with(Quota::UNLIMITED, |simulator| {
        simulator.latency(Duration::ZERO..=Duration::from_millis(2))
    });
    let scanner = lab.builder().freshness(Freshness::NONE).build();
    let call = |caller: u64| {
        let scanner = scanner.clone();
        async move {
            let mut random = fastrand::Rng::with_seed(caller);
            for _ in 0..20 {
                let hashes: Vec<_> = (0..random.usize(1..8))
                    .map(|_| file(random.u64(..30))[random.usize(..3)])
                    .collect();
                let enough = random.usize(..=hashes.len());
                let outcomes = scanner.scan(hashes).take(enough).collect::<Vec<_>>().await;
                assert_eq!(outcomes.len(), enough);
                assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
            }
        }
    };
    let calls = (0..200).map(|caller| tokio::spawn(call(caller)));
    let all = tokio::time::timeout(Duration::from_secs(60), join_all(calls));
    for call in all.await.expect("nobody waits for ever") {
        call.unwrap();
    }
}

/// A lab whose first request is refused after two seconds, and scans that all
/// ask for the same hashes at its start.
async fn refused_once<const N: usize>(asked: [&[FileHash]; N]) -> (Lab, [Scan; N]) {
    let lab = slow(Quota::PUBLIC);
    let refusal = Fault::error(StatusCode::TOO_MANY_REQUESTS, "QuotaExceededError", "no");
    lab.simulator.script(Trigger::Next, refusal);
    let scanner = lab.scanner();
    let mut scans = asked.map(|hashes| scanner.scan(hashes.to_vec()));
    for scan in &mut scans {
        assert!(futures::poll!(scan.next()).is_pending());
    }
    (lab, scans)
}

#[tokio::test(start_paused = true)]
async fn who_asked_twice_and_goes_takes_nobody_s_place_along() {
    let hash = file(1)[0];
    let (lab, [twice, once]) = refused_once([&[hash, hash], &[hash]]).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    drop(twice);
    let outcomes = tokio::time::timeout(Duration::from_secs(600), collect(once));
    assert!(outcomes.await.expect("an answer")[0].result.is_ok());
    assert_eq!(lab.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_goes_inherits_nothing_from_who_goes_later() {
    let hash = [file(1)[0]];
    let (lab, [first, second, third]) = refused_once([&hash; 3]).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    drop(second);
    drop(first);
    let outcomes = tokio::time::timeout(Duration::from_secs(600), collect(third));
    assert!(outcomes.await.expect("an answer")[0].result.is_ok());
    assert_eq!(lab.requests(), 2);
}

#[test]
fn who_waits_is_told_when_the_runtime_that_asks_is_gone() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let (first, second) = (runtime(), runtime());
    let (lab, scanner) = first.block_on(async {
        let lab = Lab::with(Quota::PUBLIC.per_minute(1), |simulator| simulator);
        let scanner = lab
            .builder()
            .clock(std::sync::Arc::new(SystemClock))
            .build();
        scanner.lookup(file(1)[0]).await.unwrap();
        (lab, scanner)
    });
    let result = second.block_on(async {
        let mut lookup = std::pin::pin!(scanner.lookup(file(2)[0]));
        assert!(futures::poll!(&mut lookup).is_pending());
        first.shutdown_background();
        lookup.await
    });
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert_eq!(lab.requests(), 1);
}

#[test]
fn a_scanner_lives_on_in_a_new_runtime() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let first = runtime();
    let (lab, scanner) = first.block_on(async {
        let lab = Lab::unlimited();
        let scanner = lab.scanner();
        scanner.lookup(file(1)[0]).await.unwrap();
        (lab, scanner)
    });
    drop(first);
    runtime().block_on(async { scanner.lookup(file(2)[0]).await.unwrap() });
    assert_eq!(lab.requests(), 2);
}
