//! What is sent, and when.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderValue, StatusCode, header::DATE};
use vt_core::{
    client::{Client, Transport, transport_fn},
    hash::FileHash,
    quota::Quota,
    scan::Scanner,
};
use vt_sim::{Fault, NoConnection, Specimen, Trigger};

use crate::lab::{Lab, collect, files, key};

/// The lines of all requests that are sent through this transport.
type Lines = Arc<Mutex<Vec<String>>>;

fn overheard(lab: &Lab) -> (Arc<dyn Transport>, Lines) {
    let (simulator, lines) = (lab.simulator.clone(), Lines::default());
    let heard = Arc::clone(&lines);
    let transport = transport_fn(move |request| {
        let line = format!("{} {}", request.method(), request.uri());
        heard.lock().unwrap().push(line);
        let simulator = simulator.clone();
        async move { simulator.send(request).await }
    });
    (transport, lines)
}

#[tokio::test(start_paused = true)]
async fn a_file_of_any_kind_costs_one_question_and_no_other_is_asked() {
    let lab = Lab::new();
    let (transport, lines) = overheard(&lab);
    let client = Client::builder(key())
        .base_url("https://vt.example")
        .transport(transport)
        .build()
        .unwrap();
    let scanner = Scanner::builder(client)
        .ledger(lab.ledger.clone())
        .clock(Arc::new(lab.clock.clone()))
        .build();
    let specimens = [
        Specimen::Detected,
        Specimen::Clean,
        Specimen::Unknown,
        Specimen::HostileText,
    ];
    let mut hashes: Vec<FileHash> = specimens
        .map(|specimen| specimen.sample().sha256.parse().unwrap())
        .into();
    hashes.extend(files(0..12));
    let outcomes = collect(scanner.scan(hashes.clone())).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    let mut expected: Vec<String> = hashes
        .iter()
        .map(|hash| format!("GET https://vt.example/api/v3/files/{hash}"))
        .collect();
    expected.sort_unstable();
    let mut lines = lines.lock().unwrap().clone();
    lines.sort_unstable();
    assert_eq!(lines, expected);
    assert_eq!(lab.simulator.stats().most_in_60s, 4);
    assert_eq!(scanner.usage().await.unwrap().day, 16);
}

#[tokio::test(start_paused = true)]
async fn no_failure_is_asked_again_without_a_pause_or_for_ever() {
    const QUESTIONS: u64 = 50;
    let faults = [
        Fault::status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::bad_gateway_page(),
        Fault::Reset,
        Fault::Hangup,
        Fault::NoConnection(NoConnection::Refused),
        Fault::NoConnection(NoConnection::NoSuchHost),
    ];
    for fault in faults {
        let lab = Lab::unlimited();
        lab.simulator.script(Trigger::Every, fault.clone());
        let (scanner, start) = (lab.scanner(), lab.now());
        for hash in files(0..QUESTIONS) {
            scanner.lookup(hash).await.unwrap_err();
        }
        let attempts = scanner.requests();
        assert!(attempts <= 3 * QUESTIONS, "{fault:?}: {attempts} attempts");
        // A second and two at most, of which chance takes a half.
        let seconds = (lab.now() - start).num_seconds();
        assert!(seconds >= 50, "{fault:?}: {attempts} in {seconds} s");
    }
}

/// Whatever comes as the server's time, the minute is counted by a clock of
/// this machine. The faults of a date: it is missing, no date, a number, at
/// the ends of the calendar, twice there.
#[tokio::test(start_paused = true)]
async fn whatever_time_the_server_says_it_is_the_minute_is_kept_and_used() {
    let dates: [&[&str]; 9] = [
        &[],
        &[""],
        &["soon"],
        &["1767225600.5"],
        &["2026-03-10T12:00:00Z"],
        &["Thu, 01 Jan 1970 00:00:00 GMT"],
        &["Fri, 31 Dec 9999 23:59:59 GMT"],
        &["Tue, 10 Mar 2026 12:00:00 +2359"],
        &["Tue, 10 Mar 2026 12:00:00 GMT", "soon"],
    ];
    for date in dates {
        let lab = Lab::with(Quota::PUBLIC, |simulator| {
            simulator.latency(Duration::from_millis(300))
        });
        let fault = Fault::Header {
            name: DATE,
            values: date
                .iter()
                .map(|value| HeaderValue::from_static(value))
                .collect(),
        };
        lab.simulator.script(Trigger::Every, fault);
        let start = lab.now();
        let outcomes = collect(lab.scanner().scan(files(0..9))).await;
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
        assert_eq!(lab.simulator.stats().most_in_60s, 4, "{date:?}");
        let seconds = (lab.now() - start).num_seconds();
        assert!((120..=124).contains(&seconds), "{date:?}: {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn one_key_is_used_whatever_the_server_refuses() {
    let lab = Lab::with(Quota::PUBLIC, |simulator| simulator.per_day(5));
    let scan = lab.scanner().scan(files(0..20));
    let two_days = Duration::from_secs(2 * 86_400);
    let all = tokio::time::timeout(two_days, collect(scan)).await;
    assert!(all.is_err(), "five on each of three days are fifteen");
    assert!(lab.answered_with(429) > 0);
    assert_eq!(lab.simulator.stats().by_key.len(), 1);
}
