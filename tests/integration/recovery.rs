//! Days on which VirusTotal gives no answers: they cost few requests, and no
//! hash its answer.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use http::StatusCode;
use vt_core::{
    cache::Freshness,
    client,
    job::{JobId, JobSpec, JobStore, MemoryJobStore, Runner, Start},
    quota::{Limit, Quota},
    scan::{Error, Patience, Scan, ScanOptions, Scanner, WaitsFor},
};
use vt_sim::{Fault, NoConnection, Trigger};

use crate::lab::{Lab, file, files};

const HOUR: Duration = Duration::from_secs(3_600);

/// Everything that keeps answers from coming, and is no fault of a hash.
fn outages() -> Vec<(&'static str, Fault)> {
    vec![
        ("503", Fault::status(StatusCode::SERVICE_UNAVAILABLE)),
        ("timeout", Fault::Stall),
        ("refused", Fault::NoConnection(NoConnection::Refused)),
        (
            "no such host",
            Fault::NoConnection(NoConnection::NoSuchHost),
        ),
        (
            "no connection in time",
            Fault::NoConnection(NoConnection::TimedOut),
        ),
        (
            "expired certificate",
            Fault::NoConnection(NoConnection::Expired),
        ),
        ("reset", Fault::Reset),
        ("no HTTP", Fault::Raw("SSH-2.0-x\r\n".into())),
        ("page", Fault::captive_portal()),
    ]
}

fn patient() -> ScanOptions {
    ScanOptions::new().patience(Patience::Outlast)
}

/// Lets a scan ask for so long, and says what it has been told meanwhile.
async fn wait(scan: &mut Scan, time: Duration) -> usize {
    let mut told = 0;
    let end = tokio::time::sleep(time);
    tokio::pin!(end);
    loop {
        tokio::select! {
            biased;
            outcome = scan.next() => told += usize::from(outcome.is_some()),
            () = &mut end => return told,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn three_days_of_any_outage_cost_few_requests_and_no_answer() {
    for (name, fault) in outages() {
        let lab = Lab::new();
        lab.simulator.script(Trigger::Every, fault);
        let scanner = lab.scanner();
        let mut scan = scanner.scan_with(files(0..50), patient());
        let meter = scan.meter();
        assert_eq!(wait(&mut scan, 72 * HOUR).await, 0, "{name}");
        let requests = scanner.requests();
        assert!(requests <= 200, "{name}: {requests} requests");
        assert!(scanner.usage().await.unwrap().month <= 200);
        let progress = meter.read().await.unwrap();
        assert_eq!(progress.waits_for, Some(WaitsFor::Limit(Limit::Outage)));
        let until = progress.waits_until.unwrap() - lab.now();
        assert!(until.num_minutes() <= 30, "{name}: {until}");
        lab.simulator.clear_script();
        let back = lab.now();
        let outcomes: Vec<_> = scan.collect().await;
        assert_eq!(outcomes.len(), 50, "{name}");
        assert!(
            outcomes.iter().all(|outcome| outcome.result.is_ok()),
            "{name}"
        );
        let minutes = (lab.now() - back).num_minutes();
        assert!(minutes <= 30 + 15, "{name}: {minutes} minutes for the rest");
        println!("72 h of {name}: {requests} requests, all answered {minutes} min after");
    }
}

#[tokio::test(start_paused = true)]
async fn one_hash_alone_outlasts_an_outage_too() {
    let lab = Lab::unlimited();
    let down = Fault::status(StatusCode::BAD_GATEWAY);
    lab.simulator.script(Trigger::Every, down);
    let mut scan = lab.scanner().scan_with(files(0..1), patient());
    assert_eq!(wait(&mut scan, 72 * HOUR).await, 0);
    assert!(lab.requests() <= 200, "{}", lab.requests());
    lab.simulator.clear_script();
    assert!(scan.next().await.unwrap().result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_key_without_limits_has_a_round_for_each_failure_and_then_one_at_a_time() {
    let lab = Lab::unlimited();
    lab.simulator.script(Trigger::Every, Fault::Reset);
    let mut scan = lab.scanner().scan_with(files(0..1_000), patient());
    assert_eq!(wait(&mut scan, 72 * HOUR).await, 0);
    let at_first = 5 * Quota::UNLIMITED.max_in_flight();
    assert!(lab.requests() <= at_first + 200, "{}", lab.requests());
    lab.simulator.clear_script();
    let outcomes: Vec<_> = scan.collect().await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
}

#[tokio::test(start_paused = true)]
async fn a_hash_that_fails_alone_has_its_failure_after_eight_more_tries() {
    let lab = Lab::new();
    let bad = file(0)[2];
    lab.simulator
        .script(Trigger::File(bad.to_string()), Fault::bad_gateway_page());
    let start = lab.now();
    // Ten answers an hour besides.
    let scanner = lab.scanner();
    let others = async {
        for n in 1..400 {
            scanner.lookup(file(n)[2]).await.unwrap();
            tokio::time::sleep(HOUR / 10).await;
        }
    };
    let mut scan = scanner.scan_with([bad], patient());
    let (outcome, ()) = tokio::join!(
        async {
            let outcome = scan.next().await.unwrap();
            (outcome, (lab.now() - start).num_hours())
        },
        others
    );
    let (outcome, hours) = outcome;
    outcome.result.unwrap_err();
    // 1 m + 5 m + 30 m + 2 h + 4 x 6 h, and some minutes before the first of
    // the others was answered.
    assert!((26..=27).contains(&hours), "{hours} h");
    let failed = lab.answered_with(502);
    assert!((9..=11 * 3).contains(&failed), "{failed}");
    println!("a hash that fails alone: {failed} requests in {hours} h");
}

#[tokio::test(start_paused = true)]
async fn who_wants_an_answer_now_is_told_that_there_is_none_and_nothing_is_sent() {
    let lab = Lab::new();
    lab.simulator.script(Trigger::Every, Fault::Reset);
    let scanner = lab.scanner();
    let mut patient = scanner.scan_with(files(0..50), patient());
    assert_eq!(wait(&mut patient, HOUR).await, 0);
    let (start, requests) = (lab.now(), lab.requests());
    let interrupted = scanner.lookup(file(99)[0]).await.unwrap_err();
    assert!(interrupted.is_retryable());
    assert!(
        matches!(
            interrupted,
            Error::Client(client::Error::Interrupted { .. })
        ),
        "{interrupted}"
    );
    // Another process on the same books.
    let elsewhere = lab.scanner().lookup(file(99)[0]).await.unwrap_err();
    let wait = elsewhere.retry_at().unwrap() - lab.now();
    assert!((1..=30).contains(&wait.num_minutes()), "{elsewhere}");
    assert_eq!((lab.now(), lab.requests()), (start, requests));
    lab.simulator.clear_script();
    assert!(patient.next().await.unwrap().result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_caller_with_little_time_is_told_at_once_when_it_is_too_little() {
    let lab = Lab::unlimited();
    let reply = http::Response::builder().status(503);
    let reply = reply.header("retry-after", "120").body("".into()).unwrap();
    lab.simulator.script(Trigger::Every, Fault::Answer(reply));
    let start = lab.now();
    let limit = Duration::from_secs(100);
    let error = lab.scanner().lookup_within(file(0)[0], limit).await;
    let error = error.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!((lab.now() - start).num_seconds() < 1);
}

#[tokio::test(start_paused = true)]
async fn a_day_of_refusals_is_short_for_a_minute_and_cheap_for_a_day() {
    let over_quota = || Fault::status(StatusCode::TOO_MANY_REQUESTS);
    let lab = Lab::new();
    lab.simulator.script(Trigger::Next, over_quota());
    let start = lab.now();
    lab.scanner().lookup(file(0)[0]).await.unwrap();
    let seconds = (lab.now() - start).num_seconds();
    assert!((60..=65).contains(&seconds), "{seconds} s");

    let lab = Lab::new();
    lab.simulator.script(Trigger::Every, over_quota());
    // Ten processes on the same books.
    let scanners: Vec<Scanner> = (0..10).map(|_| lab.scanner()).collect();
    let mut scans: Vec<Scan> = (0..)
        .zip(&scanners)
        .map(|(n, scanner)| scanner.scan(files(n * 10..n * 10 + 10)))
        .collect();
    let waits = scans.iter_mut().map(|scan| wait(scan, 24 * HOUR));
    let told: usize = futures::future::join_all(waits).await.into_iter().sum();
    assert_eq!(told, 0);
    println!(
        "24 h of refusals, 10 processes: {} requests",
        lab.requests()
    );
    assert!(lab.requests() <= 30, "{}", lab.requests());
    assert!(scanners[0].usage().await.unwrap().external_use.is_some());
    lab.simulator.clear_script();
    let all = scans.into_iter().map(StreamExt::collect::<Vec<_>>);
    for outcome in futures::future::join_all(all).await.concat() {
        outcome.result.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_midway_fails_no_hash_of_a_job_and_the_next_key_goes_on() {
    let lab = Lab::new();
    let store = MemoryJobStore::with_clock(Arc::new(lab.clock.clone()));
    let id = JobId::from_bytes([5; 16]);
    let spec = JobSpec {
        name: "list.txt".to_owned(),
        submitter: "a".to_owned(),
        freshness: Freshness::default(),
        memo: String::new(),
    };
    store.create(id, &spec, &files(0..40)).await.unwrap();
    lab.simulator
        .script(Trigger::Nth(21), Fault::status(StatusCode::UNAUTHORIZED));
    for (answered, requests) in [(20, 21), (40, 41)] {
        let runner = Runner::new(lab.scanner(), store.clone()).patience(Patience::Outlast);
        let Start::Working(mut run) = runner.start(id).await.unwrap() else {
            panic!("nobody else works on it");
        };
        while run.next().await.unwrap().is_some() {}
        run.stop().await.unwrap();
        let tally = store.job(id).await.unwrap().unwrap().tally;
        assert_eq!((tally.answered(), tally.failed), (answered, 0));
        assert_eq!(lab.requests(), requests);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_ask_about_three_files_in_a_row_is_refused() {
    let lab = Lab::new();
    let forbidden = || Fault::status(StatusCode::FORBIDDEN);
    lab.simulator.script(Trigger::Every, forbidden());
    let outcomes = crate::lab::collect(lab.scanner().scan(files(0..50))).await;
    let is_auth = |error: &Error| matches!(error, Error::Client(client::Error::Auth { .. }));
    let errors = outcomes
        .iter()
        .map(|outcome| outcome.result.as_ref().unwrap_err());
    assert_eq!(errors.filter(|error| is_auth(error)).count(), 48);
    assert_eq!(lab.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_available_yet_is_asked_again_after_five_minutes() {
    let lab = Lab::new();
    let not_yet = || Fault::error(StatusCode::BAD_REQUEST, "NotAvailableYet", "later");
    lab.simulator.script(Trigger::Next, not_yet());
    let start = lab.now();
    let mut scan = lab.scanner().scan_with(files(0..1), patient());
    scan.next().await.unwrap().result.unwrap();
    assert_eq!((lab.now() - start).num_seconds(), 300);
    lab.simulator.script(Trigger::Next, not_yet());
    lab.scanner().lookup(file(1)[0]).await.unwrap_err();
    assert_eq!(lab.requests(), 3, "somebody in a hurry is told at once");
}

#[tokio::test(start_paused = true)]
async fn one_log_in_page_costs_its_hash_five_minutes_and_the_others_nothing() {
    let lab = Lab::new();
    lab.simulator.script(Trigger::Next, Fault::captive_portal());
    let start = lab.now();
    let scan = lab.scanner().scan_with(files(0..3), patient());
    let outcomes = crate::lab::collect(scan).await;
    let seconds: Vec<i64> = outcomes
        .iter()
        .map(|outcome| (outcome.result.as_ref().unwrap().fetched_at - start).num_seconds())
        .collect();
    assert_eq!(seconds, [0, 0, 300]);
}

#[tokio::test(start_paused = true)]
async fn retries_stop_when_their_budget_is_spent() {
    let lab = Lab::unlimited();
    for n in 0..20 {
        let bad = file(n)[2].to_string();
        lab.simulator
            .script(Trigger::File(bad), Fault::bad_gateway_page());
    }
    let scanner = lab.builder().max_in_flight(1.try_into().unwrap()).build();
    // A good one between any two bad ones: no outage.
    for n in 0..20 {
        scanner.lookup(file(n)[2]).await.unwrap_err();
        scanner.lookup(file(100 + n)[2]).await.unwrap();
    }
    let metrics = scanner.metrics();
    // Ten to begin with, and one more of ten successes.
    assert_eq!(metrics.retries, 11, "{metrics:?}");
    assert_eq!((metrics.transient, metrics.errors), (31, 20), "{metrics:?}");
    assert_eq!(metrics.requests, 51);
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_is_short_costs_a_scan_in_a_hurry_a_minute_and_no_answer() {
    let lab = Lab::new();
    for _ in 0..5 {
        lab.simulator.script(Trigger::Next, Fault::captive_portal());
    }
    let scan = lab.scanner().scan(files(0..12));
    let outcomes = crate::lab::collect(scan).await;
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err());
    assert_eq!(failed.count(), 5, "those that met it");
}
