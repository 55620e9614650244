//! What is kept, and for how long.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use http::{Response, StatusCode};
use vt_core::{
    cache::{Cache, Detail},
    quota::MemoryLedger,
    scan::{Error, Outcome, Source},
};
use vt_report::{Row, Status};
use vt_sim::{Fault, NoConnection, Trigger};

use crate::lab::{Lab, collect, file, files};

/// A reply in JSON, which says nothing of a file.
fn json(status: u16, body: &'static str) -> Fault {
    let reply = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    Fault::Answer(reply.body(Bytes::from_static(body.as_bytes())).unwrap())
}

/// What others have taken for "unknown": refusals, timeouts, broken
/// connections, and errors that are well-formed JSON.
fn failures() -> Vec<Fault> {
    let mut faults: Vec<Fault> = [400, 401, 403, 409, 424, 429, 500, 503, 504]
        .into_iter()
        .map(|status| Fault::status(StatusCode::from_u16(status).unwrap()))
        .collect();
    faults.extend([
        Fault::bare(StatusCode::TOO_MANY_REQUESTS),
        Fault::bare(StatusCode::NO_CONTENT),
        Fault::bare(StatusCode::NOT_FOUND),
        Fault::status(StatusCode::NOT_FOUND).and(Fault::CutBody { after: 20 }),
        Fault::bad_gateway_page(),
        Fault::captive_portal(),
        json(200, r#"{"error": {"code": "QuotaExceededError"}}"#),
        json(200, r#"{"error": {"code": "NotFoundError"}}"#),
        json(200, r#"{"data": {}}"#),
        json(200, r#"{"response_code": 0}"#),
        json(404, r#"{"response_code": 0}"#),
        json(200, "null"),
        Fault::EmptyBody,
        Fault::CutBody { after: 1_000 },
        Fault::Reset,
        Fault::Hangup,
        Fault::Stall,
        Fault::NoConnection(NoConnection::Refused),
        Fault::NoConnection(NoConnection::NoSuchHost),
        Fault::NoConnection(NoConnection::TimedOut),
    ]);
    faults
}

#[tokio::test(start_paused = true)]
async fn no_failure_is_kept_or_shown_as_an_unknown_file() {
    let engines = ["Fortinet".to_owned()];
    for fault in failures() {
        let lab = Lab::unlimited();
        lab.simulator.script(Trigger::Every, fault.clone());
        let hash = file(1)[0];
        let scanner = lab.scanner();
        let patience = Duration::from_secs(600);
        let result = scanner.lookup_within(hash, patience).await;
        let outcome = Outcome { hash, result };
        let row = Row::new(&outcome, &engines);
        assert!(
            matches!(row.status, Status::Error | Status::Pending),
            "{fault:?}: {row:?}"
        );
        assert!(!row.is_answered(), "{fault:?}: {row:?}");
        assert_eq!((row.detections, row.total), (None, None), "{fault:?}");
        assert!(row.error.is_some(), "{fault:?}");
        let kept = lab.cache.get(&[hash], Detail::Full).await.unwrap();
        assert_eq!(kept, [None], "{fault:?}");
        // Whoever comes later, and to a server that works, gets the answer.
        lab.simulator.clear_script();
        let ledger = MemoryLedger::with_clock(Arc::new(lab.clock.clone()));
        let later = lab.builder().ledger(ledger).build();
        let answer = later.lookup(hash).await.unwrap();
        assert_eq!(answer.source, Source::VirusTotal, "{fault:?}");
        assert!(answer.lookup.report().is_some(), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_midway_costs_no_answer_that_is_there_and_none_to_come() {
    let lab = Lab::new();
    for n in 4..=7 {
        let refused = Fault::status(StatusCode::TOO_MANY_REQUESTS);
        lab.simulator.script(Trigger::Nth(n), refused);
    }
    let scanner = lab.scanner();
    let mut scan = scanner.scan(files(0..6));
    for _ in 0..3 {
        scan.next().await.unwrap().result.unwrap();
    }
    assert!(futures::poll!(scan.next()).is_pending());
    tokio::time::sleep(Duration::from_secs(30)).await;
    let kept = collect(lab.builder().offline(true).build().scan(files(0..6))).await;
    let (answered, open): (Vec<_>, Vec<_>) =
        kept.iter().partition(|outcome| outcome.result.is_ok());
    assert_eq!((answered.len(), open.len()), (3, 3));
    let offline = |outcome: &&Outcome| matches!(outcome.result, Err(Error::Offline));
    assert!(open.iter().all(offline), "{open:?}");
    let rest = collect(scan).await;
    assert_eq!(rest.len(), 3);
    assert!(rest.iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(lab.requests(), 6 + 4);
}

/// How long an answer is good for begins when it is given, whenever the file
/// was analysed, and if it never was.
#[tokio::test(start_paused = true)]
async fn an_answer_is_as_old_as_it_is_and_not_as_the_scan_of_the_file() {
    for scanned in ["0", "1262304000", "1773144000", "4102444800", "-1", "null"] {
        let lab = Lab::unlimited();
        let date = Fault::field("/data/attributes/last_analysis_date", scanned);
        lab.simulator.script(Trigger::Every, date);
        let (scanner, hash) = (lab.scanner(), file(1)[0]);
        for (hours, requests) in [(0, 1), (23, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(hours * 3_600)).await;
            scanner.lookup(hash).await.unwrap();
            assert_eq!(lab.requests(), requests, "scanned {scanned}, {hours} h on");
        }
    }
}
