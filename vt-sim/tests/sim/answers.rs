//! Status, headers, wording, compression.

use std::{io::Read, time::Duration};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

use vt_sim::{Specimen, sample};

use crate::{
    ask::{KEY, build, error_code, file, get, get_with, json, send, text},
    quotas::at,
};

#[tokio::test(start_paused = true)]
async fn an_unknown_file_is_named_as_it_was_asked_for() {
    let simulator = build(|b| b);
    let asked = Specimen::Unknown.sample().sha1.to_uppercase();

    let answer = file(&simulator, &asked).await;

    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        json(&answer),
        serde_json::json!({ "error": { "code": "NotFoundError", "message": format!("File \"{asked}\" not found") } })
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_is_refused_in_three_ways() {
    let simulator = build(|b| b.key(KEY).inactive_key("old"));
    let path = format!("/api/v3/files/{}", Specimen::Clean.sample().md5);
    for (headers, code) in [
        (&[][..], "AuthenticationRequiredError"),
        (&[("x-apikey", "")][..], "AuthenticationRequiredError"),
        (&[("x-apikey", "wrong")][..], "WrongCredentialsError"),
        (&[("x-apikey", "old")][..], "UserNotActiveError"),
    ] {
        let answer = get_with(&simulator, &path, headers).await;

        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{headers:?}");
        assert_eq!(error_code(&answer), code, "{headers:?}");
    }
    assert_eq!(
        get_with(&simulator, &path, &[("X-ApiKey", KEY)])
            .await
            .status(),
        StatusCode::OK
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_file_is_refused_in_json() {
    let simulator = build(|b| b);
    let hash = Specimen::Clean.sample().md5;
    for (method, path, status) in [
        (Method::GET, "/api/v3/files/no-hash".to_owned(), 400),
        (Method::GET, format!("/api/v3/files/{}", &hash[1..]), 400),
        (Method::GET, format!("/api/v3/files/{hash}/comments"), 404),
        (Method::GET, "/api/v3/files/".to_owned(), 404),
        (Method::GET, "/api/v2/file".to_owned(), 404),
        (Method::GET, "/".to_owned(), 404),
        (Method::POST, format!("/api/v3/files/{hash}"), 405),
        (Method::GET, format!("//api/v3/files/{hash}"), 200),
        (
            Method::GET,
            format!("/api/v3/files/{hash}?relationships=comments"),
            200,
        ),
    ] {
        let answer = send(&simulator, method, &path).await;

        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(
            json(&answer).get("error").is_some(),
            status != 200,
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_the_headers_of_the_recordings_and_no_others() {
    let simulator = build(|b| b.per_day(3).start(at("2020-09-30T15:15:30Z")));
    let names = [
        "cache-control",
        "content-length",
        "content-type",
        "date",
        "server",
        "x-cloud-trace-context",
    ];
    for (n, status) in [(0, 200), (2, 404), (1, 200), (1, 429)] {
        let answer = file(&simulator, &sample(n).md5).await;

        let headers = answer.headers();
        assert_eq!(answer.status(), status);
        assert_eq!(sorted_names(headers), names);
        assert_eq!(text(headers, "cache-control"), Some("no-cache"));
        assert_eq!(
            text(headers, "content-type"),
            Some("application/json; charset=utf-8")
        );
        assert_eq!(text(headers, "date"), Some("Wed, 30 Sep 2020 15:15:30 GMT"));
        assert_eq!(text(headers, "server"), Some("Google Frontend"));
        assert_eq!(
            text(headers, "x-cloud-trace-context").map(str::len),
            Some(32)
        );
        let length = answer.body().len().to_string();
        assert_eq!(text(headers, "content-length"), Some(&*length));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_compressed_only_for_a_client_that_names_gzip_twice() {
    let simulator = build(|b| b);
    let path = format!("/api/v3/files/{}", Specimen::Clean.sample().md5);
    let plain = get(&simulator, &path).await.into_body();
    for (accept, agent, compressed) in [
        ("gzip", "tool; gzip", true),
        ("deflate, gzip", "gzip", true),
        ("gzip", "tool", false),
        ("identity", "tool; gzip", false),
    ] {
        let headers = [
            ("x-apikey", KEY),
            ("accept-encoding", accept),
            ("user-agent", agent),
        ];

        let answer = get_with(&simulator, &path, &headers).await;

        assert_eq!(
            answer.headers().contains_key("content-encoding"),
            compressed,
            "{accept} {agent}"
        );
        let body = if compressed {
            gunzip(answer.body())
        } else {
            answer.into_body()
        };
        assert_eq!(body, plain);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_quota_is_never_compressed() {
    let simulator = build(|b| b.per_day(0));
    let headers = [
        ("x-apikey", KEY),
        ("accept-encoding", "gzip"),
        ("user-agent", "gzip"),
    ];

    let answer = get_with(&simulator, "/api/v3/files/x", &headers).await;

    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(error_code(&answer), "QuotaExceededError");
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_as_long_as_the_latency_says() {
    let (least, most) = (Duration::from_millis(20), Duration::from_millis(80));
    let simulator = build(|b| b.latency(least..=most).seed(5));
    let mut taken = Vec::new();
    for n in 0..50 {
        let start = Instant::now();
        file(&simulator, &sample(n).md5).await;
        taken.push(start.elapsed());
    }

    // Tokio's timers wake at the next whole millisecond.
    let within = |time: &Duration| (least..=most + Duration::from_millis(1)).contains(time);
    assert!(taken.iter().all(within), "{taken:?}");
    assert!(taken.iter().max() > taken.iter().min());
}

fn sorted_names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    names
}

fn gunzip(body: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).unwrap();
    plain.into()
}
