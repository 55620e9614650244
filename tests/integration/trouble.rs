//! What goes wrong costs one hash its answer, and no more quota than needed.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, future::join_all};
use http::StatusCode;
use vt_core::{
    client::{self, Client, ProtocolError, TransportError, transport_fn},
    quota::Quota,
    scan::{Error, Scanner},
};
use vt_sim::{Fault, Trigger};

use crate::lab::{Lab, collect, file, files, key};

fn busy() -> Fault {
    Fault::error(
        StatusCode::SERVICE_UNAVAILABLE,
        "TransientError",
        "try again",
    )
}

fn over_quota() -> Fault {
    Fault::error(
        StatusCode::TOO_MANY_REQUESTS,
        "QuotaExceededError",
        "Quota exceeded",
    )
}

fn script_each(lab: &Lab, faults: impl IntoIterator<Item = Fault>) {
    for fault in faults {
        lab.simulator.script(Trigger::Next, fault);
    }
}

#[tokio::test(start_paused = true)]
async fn one_bad_file_does_not_end_the_others() {
    let lab = Lab::unlimited();
    let bad = file(3)[2];
    lab.simulator
        .script(Trigger::File(bad.to_string()), Fault::bad_gateway_page());
    let outcomes = collect(lab.scanner().scan(files(0..10))).await;
    assert_eq!(outcomes.len(), 10);
    for outcome in outcomes {
        assert_eq!(outcome.result.is_err(), outcome.hash == bad, "{outcome:?}");
    }
    assert_eq!(lab.requests(), 9 + 3, "three attempts for the bad one");
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_and_each_attempt_is_charged() {
    let lab = Lab::new();
    script_each(&lab, [busy(), busy()]);
    let scanner = lab.scanner();
    scanner.lookup(file(1)[0]).await.unwrap();
    assert_eq!(lab.requests(), 3);
    assert_eq!(scanner.usage().await.unwrap().day, 3);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_for_long_is_left_alone_and_waited_for_by_nobody() {
    let lab = Lab::unlimited();
    let down = |seconds: &str| {
        let reply = http::Response::builder().status(503);
        let reply = reply.header("retry-after", seconds).body("".into());
        Fault::Answer(reply.unwrap())
    };
    script_each(&lab, [down("120"), down("86400")]);
    let scanner = lab.scanner();
    let start = lab.now();
    scanner.lookup(file(1)[0]).await.unwrap_err();
    assert_eq!((lab.now() - start).num_seconds(), 120);
    for (hours, requests) in [(0, 2), (12, 2), (12, 3)] {
        tokio::time::advance(Duration::from_secs(hours * 3_600)).await;
        let result = scanner.lookup(file(1)[0]).await;
        assert_eq!((result.is_ok(), lab.requests()), (requests == 3, requests));
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_never_kept_as_answers() {
    let lab = Lab::unlimited();
    let faults = [
        busy(),
        Fault::bad_gateway_page(),
        Fault::EmptyBody,
        Fault::CutBody { after: 1_000 },
        Fault::OversizedBody { bytes: 9 << 20 },
        Fault::OtherFile(file(9)[0].to_string()),
        Fault::Reset,
        Fault::Stall,
        Fault::plain_text(StatusCode::OK, "<html>log in</html>"),
        Fault::plain_text(StatusCode::NOT_FOUND, "no such page"),
        Fault::error(StatusCode::FORBIDDEN, "ForbiddenError", "no"),
        Fault::error(StatusCode::BAD_REQUEST, "InvalidArgumentError", "no"),
    ];
    let hash = file(1)[0];
    for fault in faults {
        // No outage is left alone for longer.
        tokio::time::advance(Duration::from_secs(1_800)).await;
        lab.simulator.script(Trigger::Every, fault.clone());
        let error = lab.scanner().lookup(hash).await.unwrap_err();
        assert!(matches!(error, Error::Client(_)), "{fault:?}: {error}");
        assert!(!error.to_string().contains("canary"), "{error}");
        lab.simulator.clear_script();
        let requests = lab.requests();
        lab.builder()
            .offline(true)
            .build()
            .lookup(hash)
            .await
            .unwrap_err();
        assert_eq!(lab.requests(), requests);
    }
    tokio::time::advance(Duration::from_secs(1_800)).await;
    lab.scanner().lookup(hash).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn another_file_s_report_is_not_believed() {
    let lab = Lab::unlimited();
    let [asked, other] = [file(1)[0], file(2)[0]];
    lab.simulator
        .script(Trigger::Every, Fault::OtherFile(other.to_string()));
    let error = lab.scanner().lookup(asked).await.unwrap_err();
    let mismatch = client::Error::Protocol(ProtocolError::HashMismatch);
    assert_eq!(error.to_string(), Error::Client(mismatch).to_string());
    assert_eq!(lab.requests(), 2, "asked once more, then not again");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_blocks_the_key_and_costs_no_hash_its_answer() {
    let lab = Lab::new();
    script_each(&lab, [over_quota()]);
    let start = lab.now();
    let outcomes = collect(lab.scanner().scan(files(0..4))).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(lab.requests(), 5);
    let seconds = (lab.now() - start).num_seconds();
    assert!((60..=66).contains(&seconds), "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_refused_together_are_one_refusal() {
    let lab = Lab::with(Quota::UNLIMITED, |simulator| {
        simulator.latency(Duration::from_secs(1))
    });
    script_each(&lab, (0..64).map(|_| over_quota()));
    let start = lab.now();
    let outcomes = collect(lab.scanner().scan(files(0..64))).await;
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    let seconds = (lab.now() - start).num_seconds();
    assert!((60..=70).contains(&seconds), "blocked for {seconds} s");
}

#[tokio::test(start_paused = true)]
async fn a_day_of_refusals_costs_few_requests_and_loses_nothing() {
    for (lab, at_first) in [(Lab::new(), 1), (Lab::unlimited(), 64)] {
        lab.simulator.script(Trigger::Every, over_quota());
        let scanner = lab.scanner();
        let mut scan = scanner.scan(files(0..200));
        assert!(futures::poll!(scan.next()).is_pending());
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        let requests = lab.requests();
        assert!(requests < at_first + 30, "{requests} requests in a day");
        lab.simulator.clear_script();
        let outcomes = collect(scan).await;
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_stops_everything_after_one_request() {
    let lab = Lab::unlimited();
    let refused = || Fault::error(StatusCode::UNAUTHORIZED, "WrongCredentialsError", "canary");
    lab.simulator.script(Trigger::Every, refused());
    let scanner = lab.scanner();
    let hashes = files(0..200);
    let outcomes = collect(scanner.scan(hashes)).await;
    assert_eq!(outcomes.len(), 200);
    for outcome in outcomes {
        let error = outcome.result.unwrap_err();
        assert!(
            matches!(error, Error::Client(client::Error::Auth { .. })),
            "{error}"
        );
    }
    let under_way = Quota::UNLIMITED.max_in_flight();
    assert!(lab.requests() <= under_way, "{} requests", lab.requests());
    let requests = lab.requests();
    scanner.lookup(file(999)[0]).await.unwrap_err();
    assert_eq!(lab.requests(), requests);
}

#[tokio::test(start_paused = true)]
async fn a_free_key_that_is_refused_is_sent_once() {
    let lab = Lab::with(Quota::PUBLIC, |simulator| simulator.key("another"));
    let outcomes = collect(lab.scanner().scan(files(0..200))).await;
    assert_eq!(outcomes.len(), 200);
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_followers_get_the_error_and_nobody_asks_in_their_place() {
    let lab = Lab::unlimited();
    let forbidden = Fault::error(StatusCode::FORBIDDEN, "ForbiddenError", "no");
    lab.simulator.script(Trigger::Every, forbidden);
    let scanner = lab.scanner();
    let errors = join_all((0..100).map(|_| scanner.lookup(file(1)[0]))).await;
    assert!(errors.iter().all(Result::is_err));
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_in_a_loop_gets_the_remembered_error_for_a_while() {
    let lab = Lab::unlimited();
    let forbidden = Fault::error(StatusCode::FORBIDDEN, "ForbiddenError", "no");
    lab.simulator.script(Trigger::Every, forbidden);
    let scanner = lab.scanner();
    let start = lab.now();
    while (lab.now() - start).num_seconds() < 3_600 {
        scanner.lookup(file(1)[0]).await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // 1, 2, 4 … 256 s, then every 300 s.
    assert!(
        (15..=25).contains(&lab.requests()),
        "{} requests",
        lab.requests()
    );
    lab.simulator.clear_script();
    tokio::time::sleep(Duration::from_secs(301)).await;
    scanner.lookup(file(1)[0]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stalled_server_costs_its_deadline_and_no_more() {
    let lab = Lab::unlimited();
    script_each(&lab, [Fault::Stall]);
    let start = lab.now();
    lab.scanner().lookup(file(1)[0]).await.unwrap();
    let seconds = (lab.now() - start).num_seconds();
    assert!((30..=32).contains(&seconds), "{seconds} s");
    assert_eq!(lab.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_one_hash_is_tried_and_not_all_of_them() {
    let lab = Lab::new();
    let dead = transport_fn(|_| async {
        Err(TransportError::Connect {
            reason: "connection refused".into(),
        })
    });
    let client = Client::builder(key()).transport(dead).build().unwrap();
    let clock = Arc::new(lab.clock.clone());
    let scanner = Scanner::builder(client).clock(clock).seed(7).build();
    let start = lab.now();
    let first = scanner.scan(files(0..50)).next().await.unwrap();
    assert!(matches!(
        first.result,
        Err(Error::Client(client::Error::Connect { .. }))
    ));
    let seconds = (lab.now() - start).num_seconds();
    assert!(seconds <= 3, "{seconds} s");
    // The second hash may have had its first try before the scan was dropped.
    assert!(
        (3..=4).contains(&scanner.requests()),
        "{}",
        scanner.requests()
    );
    assert_eq!(scanner.usage().await.unwrap().day, 0, "nothing was sent");
}
