//! A scan from its hashes to its outcomes.

use std::{collections::HashMap, time::Duration};

use chrono::TimeDelta;
use futures::{StreamExt, future::join_all};
use vt_core::{
    cache::{Cache, Entry, Freshness},
    hash::FileHash,
    quota::Limit,
    report::Lookup,
    scan::{Error, ScanOptions, Source},
    time::Clock,
};

use crate::lab::{Lab, collect, file, files};

#[tokio::test(start_paused = true)]
async fn a_scan_that_is_stopped_ends_with_what_is_under_way() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    let mut scan = scanner.scan(files(0..9));
    let first = scan.next().await.unwrap();
    assert!(first.result.is_ok());
    scan.stop();
    let rest = collect(scan).await;
    let answered = rest.iter().filter(|outcome| outcome.result.is_ok()).count();
    assert_eq!((rest.len(), lab.requests()), (8, 1 + answered));
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(lab.requests(), 1 + answered, "nothing is asked after that");
}

#[tokio::test(start_paused = true)]
async fn every_hash_has_one_outcome() {
    let lab = Lab::unlimited();
    let hashes = files(0..2_500);
    let outcomes = collect(lab.scanner().scan(hashes.clone())).await;
    let mut seen: Vec<FileHash> = outcomes.iter().map(|outcome| outcome.hash).collect();
    seen.sort_unstable();
    let mut expected = hashes;
    expected.sort_unstable();
    assert_eq!(seen, expected);
    for outcome in outcomes {
        let answer = outcome.result.unwrap();
        assert!(answer.lookup.report().unwrap().is_of(&outcome.hash));
        assert_eq!(answer.source, Source::VirusTotal);
    }
    assert_eq!(lab.requests(), 2_500);
}

#[tokio::test(start_paused = true)]
async fn nothing_in_is_nothing_out() {
    let lab = Lab::new();
    assert!(collect(lab.scanner().scan([])).await.is_empty());
    assert_eq!(lab.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn three_digests_of_one_file_cost_one_request() {
    let lab = Lab::new();
    let outcomes = collect(lab.scanner().scan(file(1))).await;
    assert_eq!(lab.requests(), 1);
    let sources: HashMap<FileHash, Source> = outcomes
        .into_iter()
        .map(|outcome| (outcome.hash, outcome.result.unwrap().source))
        .collect();
    assert_eq!(sources[&file(1)[0]], Source::VirusTotal);
    assert_eq!(sources[&file(1)[1]], Source::Joined);
    assert_eq!(sources[&file(1)[2]], Source::Joined);
}

#[tokio::test(start_paused = true)]
async fn a_hash_given_twice_is_answered_twice_and_asked_once() {
    let lab = Lab::new();
    let hash = file(1)[0];
    let outcomes = collect(lab.scanner().scan([hash, hash, hash])).await;
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_is_not_asked_again_under_any_digest() {
    let lab = Lab::unlimited();
    let md5s = (0..50).map(|n| file(n)[0]).collect::<Vec<_>>();
    collect(lab.scanner().scan(md5s)).await;
    assert_eq!(lab.requests(), 50);
    let outcomes = collect(lab.scanner().scan(files(0..50))).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.result.as_ref().unwrap().source == Source::Cache)
    );
    assert_eq!(lab.requests(), 50);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_file_is_an_answer_and_is_kept() {
    let lab = Lab::with(vt_core::quota::Quota::PUBLIC, |simulator| {
        simulator.unknown(1.0)
    });
    let [md5, _, sha256] = file(1);
    let scanner = lab.scanner();
    assert_eq!(scanner.lookup(md5).await.unwrap().lookup, Lookup::NotFound);
    assert_eq!(scanner.lookup(md5).await.unwrap().source, Source::Cache);
    assert_eq!(lab.requests(), 1);
    assert_eq!(
        scanner.lookup(sha256).await.unwrap().source,
        Source::VirusTotal
    );
    assert_eq!(lab.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn answers_go_stale_each_kind_at_its_own_age() {
    let lab = Lab::with(vt_core::quota::Quota::UNLIMITED, |simulator| {
        simulator.unknown(0.5)
    });
    let scanner = lab.scanner();
    let hashes = files(0..200);
    let answers = collect(scanner.scan(hashes.clone())).await;
    let unknown = answers
        .iter()
        .filter(|outcome| outcome.result.as_ref().unwrap().lookup == Lookup::NotFound);
    let unknown = unknown.count();
    assert!((50..150).contains(&unknown));
    for (hours, asked_again) in [(5, 0), (2, unknown), (18, 200)] {
        tokio::time::advance(Duration::from_secs(hours * 3_600)).await;
        let before = lab.requests();
        collect(scanner.scan(hashes.clone())).await;
        assert_eq!(lab.requests() - before, asked_again, "{hours} h later");
    }
}

#[tokio::test(start_paused = true)]
async fn each_scan_has_its_own_idea_of_what_is_too_old() {
    let lab = Lab::unlimited();
    let scanner = lab.scanner();
    collect(scanner.scan(files(0..50))).await;
    tokio::time::advance(Duration::from_secs(3_600)).await;
    let fresh = |minutes: u64| {
        let age = Duration::from_secs(60 * minutes);
        ScanOptions::new().freshness(Freshness::default().at_most(age))
    };
    collect(scanner.scan_with(files(0..50), fresh(61))).await;
    assert_eq!(lab.requests(), 50);
    collect(scanner.scan_with(files(0..50), fresh(59))).await;
    assert_eq!(lab.requests(), 100);
    collect(scanner.scan_with(files(0..50), fresh(59))).await;
    assert_eq!(
        lab.requests(),
        100,
        "an answer of this minute is for everybody"
    );
}

#[tokio::test(start_paused = true)]
async fn a_cached_answer_is_for_those_for_whom_it_is_not_too_old() {
    for strict_comes_first in [true, false] {
        let lab = Lab::new();
        let scanner = lab.scanner();
        // The minute is spent, so that the others have to stand in line.
        collect(scanner.scan(files(10..14))).await;
        let hash = file(1)[2];
        let age = Freshness::default().at_most(Duration::from_secs(15));
        let options = |strict| match strict {
            true => ScanOptions::new().freshness(age),
            false => ScanOptions::new(),
        };
        let order = [strict_comes_first, !strict_comes_first];
        let mut scans = order.map(|strict| scanner.scan_with([hash], options(strict)));
        for scan in &mut scans {
            assert!(futures::poll!(scan.next()).is_pending());
        }
        // Meanwhile another program on the same cache had an answer.
        let minute_old = Entry::not_found(hash, lab.now() - TimeDelta::minutes(1));
        lab.cache.put(&[minute_old]).await.unwrap();
        let mut sources = Vec::new();
        for outcomes in join_all(scans.map(collect)).await {
            sources.push(outcomes[0].result.as_ref().unwrap().source);
        }
        if !strict_comes_first {
            sources.reverse();
        }
        assert_eq!(sources, [Source::VirusTotal, Source::Cache]);
        assert_eq!(lab.requests(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_by_a_year_makes_no_answer_immortal() {
    let lab = Lab::unlimited();
    let scanner = lab.scanner();
    scanner.lookup(file(1)[0]).await.unwrap();
    lab.clock.step_wall(TimeDelta::days(-365));
    scanner.lookup(file(1)[0]).await.unwrap();
    assert_eq!(lab.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn offline_answers_from_the_cache_and_sends_nothing() {
    let lab = Lab::new();
    lab.scanner().lookup(file(1)[0]).await.unwrap();
    let offline = lab.builder().offline(true).build();
    let mut outcomes = collect(offline.scan([file(1)[2], file(2)[2]])).await;
    outcomes.sort_by_key(|outcome| outcome.result.is_err());
    assert_eq!(outcomes[0].result.as_ref().unwrap().source, Source::Cache);
    assert!(matches!(outcomes[1].result, Err(Error::Offline)));
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn refreshing_asks_again_once_per_file() {
    let lab = Lab::new();
    lab.scanner().lookup(file(1)[0]).await.unwrap();
    tokio::time::advance(Duration::from_secs(60)).await;
    let freshness = Freshness::since(lab.now());
    let refreshing = lab.builder().freshness(freshness).build();
    for hash in file(1) {
        refreshing.lookup(hash).await.unwrap();
    }
    assert_eq!(lab.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn progress_counts_and_knows_what_it_waits_for() {
    let lab = Lab::new();
    let start = lab.now();
    lab.scanner().lookup(file(0)[0]).await.unwrap();
    tokio::time::advance(Duration::from_secs(120)).await;
    let scanner = lab.scanner();
    let mut scan = scanner.scan(files(0..10));
    let meter = scan.meter();
    assert_eq!(meter.read().await.unwrap().total, Some(10));
    for _ in 0..5 {
        scan.next().await.unwrap().result.unwrap();
    }
    // The sixth has to wait: give the scheduler its turn to find out.
    assert!(futures::poll!(scan.next()).is_pending());
    tokio::task::yield_now().await;
    let progress = meter.read().await.unwrap();
    assert_eq!((progress.done, progress.cached, progress.found), (5, 1, 5));
    assert_eq!(progress.requests_left, 5);
    assert_eq!(progress.waits_for, Some(Limit::Minute.into()));
    let eta = progress.eta.unwrap();
    let outcomes = collect(scan).await;
    assert_eq!(outcomes.len(), 5);
    let error = (lab.now() - eta).num_seconds().abs();
    assert!(
        error <= 3,
        "expected {eta}, done at {}, {error} s off",
        lab.now()
    );
    assert_eq!(meter.read().await.unwrap().waits_for, None);
    assert!(lab.now() > start);
}

#[tokio::test(start_paused = true)]
async fn a_caller_in_a_hurry_is_told_when_to_come_back() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    collect(scanner.scan(files(0..4))).await;
    let before = lab.clock.wall();
    let late = scanner
        .lookup_within(file(9)[0], Duration::from_secs(5))
        .await;
    let Err(Error::Pending { eta: Some(eta) }) = late else {
        panic!("{late:?}");
    };
    assert!(
        (50..=62).contains(&(eta - before).num_seconds()),
        "{eta} after {before}"
    );
    tokio::time::advance(Duration::from_secs(120)).await;
    assert_eq!(lab.requests(), 4, "nobody waits for it any more");
}

#[tokio::test(start_paused = true)]
async fn a_caller_in_a_hurry_says_how_old_an_answer_may_be() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    let hash = file(0)[0];
    collect(scanner.scan([hash])).await;
    tokio::time::advance(Duration::from_secs(3_600)).await;
    // The minute is spent: what is asked now has to wait.
    collect(scanner.scan(files(1..5))).await;
    let age = |minutes: u64| {
        let age = Duration::from_secs(60 * minutes);
        ScanOptions::new().freshness(Freshness::default().at_most(age))
    };
    let limit = Duration::from_secs(5);
    let old = scanner.lookup_with(hash, age(120), Some(limit)).await;
    assert_eq!(old.unwrap().source, Source::Cache);
    let before = lab.now();
    let fresh = scanner.lookup_with(hash, age(30), Some(limit)).await;
    assert!(matches!(fresh, Err(Error::Pending { .. })), "{fresh:?}");
    assert_eq!(lab.now() - before, TimeDelta::seconds(5));
    assert_eq!(lab.requests(), 5);
    let limit = Duration::from_secs(120);
    let fresh = scanner.lookup_with(hash, age(30), Some(limit)).await;
    assert_eq!(fresh.unwrap().source, Source::VirusTotal);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_an_answer_is_waited_for_and_the_options_count_too() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    collect(scanner.scan(files(0..4))).await;
    let start = lab.now();
    let refreshed = ScanOptions::new().freshness(Freshness::NONE);
    let answer = scanner.lookup_with(files(0..1)[0], refreshed, None).await;
    assert_eq!(answer.unwrap().source, Source::VirusTotal);
    assert!(lab.now() - start >= TimeDelta::seconds(55));
    assert_eq!(lab.requests(), 5);
}
