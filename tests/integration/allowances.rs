//! What VirusTotal says of the quota, and what the books make of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use http::{Response, header::DATE};
use vt_core::{
    client::{Client, Transport, transport_fn},
    quota::{Ledger, MemoryLedger, Quota},
    scan::{Error, Patience, ScanOptions, Scanner},
};
use vt_sim::{Fault, Trigger};

use crate::lab::{Lab, collect, file, files, key};

/// VirusTotal's next answer, at the time of the lab or without saying when.
fn says(lab: &Lab, body: &'static str, with_date: bool) {
    let mut reply = Response::builder().header("content-type", "application/json");
    if with_date {
        let date = lab.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        reply = reply.header(DATE, date);
    }
    let reply = Fault::Answer(reply.body(body.into()).unwrap());
    let fault = if with_date {
        reply
    } else {
        reply.and(Fault::without_header(DATE))
    };
    lab.simulator.script(Trigger::Next, fault);
}

async fn spent(scanner: &Scanner) -> (u32, u32) {
    let usage = scanner.usage().await.unwrap();
    (usage.day, usage.month)
}

#[tokio::test(start_paused = true)]
async fn requests_of_another_program_are_learnt_of_and_cost_nothing_to_ask_for() {
    let lab = Lab::new();
    let elsewhere = Scanner::builder(lab.client.clone()).build();
    collect(elsewhere.scan(files(0..4))).await;
    let scanner = lab.scanner();
    assert_eq!(spent(&scanner).await, (0, 0));
    let allowances = scanner.check_quota().await.unwrap();
    assert_eq!(allowances.daily.unwrap().used, 4);
    assert_eq!(spent(&scanner).await, (4, 4));
    let counted = lab.simulator.stats().by_day;
    assert_eq!(counted.into_values().sum::<u64>(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_virustotal_hides_corrects_nothing() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    scanner.lookup(file(1)[0]).await.unwrap();
    let used = r#"{"used": 90, "allowed": 500}"#;
    let of = |scope: &str, period: &str| -> &'static str {
        format!(r#"{{"data": {{"api_requests_{period}": {{"{scope}": {used}}}}}}}"#).leak()
    };
    for (body, with_date, expected) in [
        (r#"{"data": {}}"#, true, (1, 1)),
        (of("group", "daily"), true, (1, 1)),
        (of("user", "daily"), false, (1, 1)),
        (of("user", "monthly"), true, (1, 90)),
        (of("user", "daily"), true, (90, 90)),
    ] {
        says(&lab, body, with_date);
        scanner.check_quota().await.unwrap();
        assert_eq!(spent(&scanner).await, expected, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_leaves_the_books_alone() {
    let lab = Lab::new();
    let scanner = lab.scanner();
    scanner.lookup(file(1)[0]).await.unwrap();
    lab.simulator.script(Trigger::Next, Fault::Reset);
    let error = scanner.check_quota().await.unwrap_err();
    assert!(matches!(error, Error::Client(_)), "{error}");
    assert_eq!(spent(&scanner).await, (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_asks_what_was_counted_is_refused_once_at_most() {
    let mut refused = Vec::new();
    for is_checked in [false, true] {
        let lab = Lab::with(Quota::PUBLIC.per_day(10), |simulator| simulator);
        let other_books = MemoryLedger::with_clock(Arc::new(lab.clock.clone()));
        let elsewhere = lab.builder().ledger(other_books).build();
        collect(elsewhere.scan(files(0..8))).await;
        // The minute is not what this is about.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let scanner = lab.builder().check_quota(is_checked).build();
        let mut scan = scanner.scan(files(10..20));
        assert!(futures::poll!(scan.next()).is_pending());
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        refused.push(lab.answered_with(429));
    }
    assert!(refused[0] >= 3 && refused[1] <= 1, "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_say_what_it_counted_is_asked_once_and_delays_nothing() {
    let lab = Lab::new();
    let asked = Arc::new(AtomicU32::new(0));
    let (simulator, count) = (lab.simulator.clone(), Arc::clone(&asked));
    let client = Client::builder(key())
        .transport(transport_fn(move |request| {
            let (simulator, count) = (simulator.clone(), Arc::clone(&count));
            async move {
                if request.uri().path().contains("/users/") {
                    count.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(10)).await;
                    return Ok(Response::builder().status(405).body("".into()).unwrap());
                }
                Transport::send(&simulator, request).await
            }
        }))
        .build()
        .unwrap();
    let scanner = Scanner::builder(client)
        .clock(Arc::new(lab.clock.clone()))
        .check_quota(true)
        .build();
    let start = lab.now();
    scanner.lookup(file(0)[0]).await.unwrap();
    assert_eq!(lab.now(), start);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let refused = Fault::status(http::StatusCode::TOO_MANY_REQUESTS);
    lab.simulator.script(Trigger::Next, refused);
    scanner.lookup(file(1)[0]).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_over_for_a_new_process_that_hears_of_virustotal() {
    let lab = Lab::new();
    lab.simulator.script(Trigger::Every, Fault::Reset);
    let patient = ScanOptions::new().patience(Patience::Outlast);
    let down = lab.scanner();
    let mut scan = down.scan_with(files(0..20), patient);
    assert!(futures::poll!(scan.next()).is_pending());
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    drop((scan, down));
    lab.simulator.clear_script();
    let usage = lab.ledger.usage(lab.client.key_id(), &Quota::PUBLIC).await;
    assert!(usage.unwrap().blocked_for > Duration::from_secs(60));
    let scanner = lab.builder().check_quota(true).build();
    scanner.check_quota().await.unwrap();
    let start = lab.now();
    scanner.lookup(file(0)[0]).await.unwrap();
    assert!((lab.now() - start).num_seconds() <= 1);
}
