//! Scripted faults, in the process.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::time::timeout;

use vt_sim::{BrokenConnection, Fault, Simulator, Specimen, Trigger, sample};

use crate::ask::{build, error_code, file, json, status, text, try_file};

#[tokio::test(start_paused = true)]
async fn queued_faults_come_in_turn_and_then_the_truth_again() {
    let simulator = build(|b| b);
    let hash = Specimen::Clean.sample().md5;
    simulator.script(Trigger::Next, Fault::bad_gateway_page());
    simulator.script(
        Trigger::Next,
        Fault::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "TransientError",
            "Try again",
        ),
    );
    simulator.script(
        Trigger::Next,
        Fault::plain_text(StatusCode::NOT_FOUND, "not here"),
    );

    let page = file(&simulator, &hash).await;
    assert_eq!(page.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(
        text(page.headers(), "content-type"),
        Some("text/html; charset=UTF-8")
    );
    assert!(page.body().starts_with(b"<!DOCTYPE html>"));
    let transient = file(&simulator, &hash).await;
    assert_eq!(transient.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(error_code(&transient), "TransientError");
    assert_eq!(file(&simulator, &hash).await.body(), "not here");
    assert_eq!(status(&simulator, &hash).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_scripted_answer_keeps_its_own_headers() {
    let simulator = build(|b| b);
    let answer = Response::builder()
        .status(429)
        .header("retry-after", "7")
        .header("content-length", "999")
        .header("server", "proxy")
        .body(Bytes::from_static(b"slow down"))
        .unwrap();
    simulator.script(Trigger::Next, Fault::Answer(answer));

    let got = file(&simulator, &sample(1).md5).await;

    assert_eq!(text(got.headers(), "retry-after"), Some("7"));
    assert_eq!(text(got.headers(), "content-length"), Some("999"));
    assert_eq!(text(got.headers(), "server"), Some("proxy"));
    assert!(got.headers().contains_key("date"));
}

#[tokio::test(start_paused = true)]
async fn the_body_of_the_right_answer_is_emptied_cut_or_blown_up() {
    let simulator = build(|b| b);
    let hash = Specimen::Clean.sample().md5;
    let whole = file(&simulator, &hash).await;

    simulator.script(Trigger::Next, Fault::EmptyBody);
    let empty = file(&simulator, &hash).await;
    assert_eq!((empty.status(), empty.body().len()), (StatusCode::OK, 0));
    assert_eq!(text(empty.headers(), "content-length"), Some("0"));

    simulator.script(Trigger::Next, Fault::CutBody { after: 100 });
    let Err(BrokenConnection::Truncated { response }) = try_file(&simulator, &hash).await else {
        panic!("the body must be cut");
    };
    assert_eq!(response.body(), &whole.body()[..100]);
    assert_eq!(
        response.headers()["content-length"],
        whole.headers()["content-length"]
    );

    simulator.script(Trigger::Next, Fault::OversizedBody { bytes: 9 << 20 });
    let large = file(&simulator, &hash).await;
    assert_eq!(large.body().len(), 9 << 20);
    assert_eq!(json(&large), json(&whole));
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_a_file_meets_each_of_its_digests_and_no_other_file() {
    let simulator = build(|b| b.unknown(0.0));
    let (faulty, other) = (sample(20), sample(21));
    simulator.script(
        Trigger::File(faulty.md5.clone()),
        Fault::OtherFile(other.sha1.clone()),
    );

    for hash in [&faulty.md5, &faulty.sha1, &faulty.sha256, &faulty.md5] {
        assert_eq!(
            json(&file(&simulator, hash).await)["data"]["id"],
            other.sha256
        );
    }
    assert_eq!(
        json(&file(&simulator, &other.md5).await)["data"]["id"],
        other.sha256
    );
    simulator.clear_script();
    assert_eq!(
        json(&file(&simulator, &faulty.md5).await)["data"]["id"],
        faulty.sha256
    );
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_every_request_comes_after_the_queued_ones() {
    let simulator = build(|b| b);
    simulator.script(Trigger::Every, Fault::Reset);
    simulator.script(Trigger::Next, Fault::EmptyBody);

    assert!(try_file(&simulator, &sample(0).md5).await.is_ok());
    for n in 0..3 {
        let broken = try_file(&simulator, &sample(n).md5).await;
        assert!(matches!(broken, Err(BrokenConnection::Reset)), "{broken:?}");
    }
    assert_eq!(simulator.stats().unanswered, 3);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_request_is_never_answered_but_counted() {
    let simulator = build(|b| b.per_day(1));
    simulator.script(Trigger::Next, Fault::Stall);
    let hash = Specimen::Clean.sample().md5;

    let year = Duration::from_secs(365 * 86_400);
    assert!(timeout(year, try_file(&simulator, &hash)).await.is_err());

    assert_eq!(simulator.stats().requests, 1);
    // It was a year ago that the stalled request used up that day.
    assert_eq!(status(&simulator, &hash).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_meets_a_fault_uses_quota() {
    let simulator: Simulator = build(|b| b.per_minute(1));
    simulator.script(Trigger::Next, Fault::Reset);
    let hash = Specimen::Clean.sample().md5;

    assert!(try_file(&simulator, &hash).await.is_err());
    assert_eq!(
        status(&simulator, &hash).await,
        StatusCode::TOO_MANY_REQUESTS
    );
}
