//! The transport over real sockets, in real time.

use std::time::Duration;

use http::StatusCode;
use vt_core::{
    client::{Client, ClientBuilder, Error, ProtocolError, TimeoutPhase},
    quota::Quota,
    report::Lookup,
    scan::Scanner,
};
use vt_sim::{Fault, Running, Simulator, Specimen, Trigger};

use crate::{
    lab::{collect, file, files, key},
    raw::{Act, Raw, reply},
};

const NOT_FOUND: &[u8] = br#"{"error": {"code": "NotFoundError", "message": "no"}}"#;

fn not_found() -> Vec<u8> {
    reply(
        "404 Not Found",
        &["Content-Type: application/json"],
        NOT_FOUND,
    )
}

pub(crate) fn client(url: impl Into<String>) -> ClientBuilder {
    Client::builder(key()).base_url(url)
}

pub(crate) async fn simulator(
    settings: impl FnOnce(vt_sim::Builder) -> vt_sim::Builder,
) -> Running {
    let simulator = settings(Simulator::builder().unknown(0.0)).build().unwrap();
    simulator
        .bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
}

/// What a server that acts so makes of a question.
pub(crate) async fn asked(acts: impl Into<Vec<Act>>) -> (Result<Lookup, Error>, Raw) {
    let server = Raw::new(acts).await;
    let client = client(server.url())
        .idle_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    (client.file(&file(1)[0]).await, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_over_a_socket_are_those_of_the_server() {
    let server = simulator(|simulator| simulator.limits(vt_sim::Limits::NONE).key("another")).await;
    let refused = client(server.url()).build().unwrap();
    let error = refused.file(&file(1)[0]).await.unwrap_err();
    assert!(matches!(error, Error::Auth { .. }), "{error}");

    let server = simulator(|simulator| simulator.per_minute(4)).await;
    let client = client(server.url()).build().unwrap();
    for hash in file(1) {
        let lookup = client.file(&hash).await.unwrap();
        let body = server.simulator().report(&hash.to_string()).unwrap();
        assert_eq!(lookup.report().unwrap().raw().unwrap(), &body);
    }
    let unknown = Specimen::Unknown.sample().sha256.parse().unwrap();
    let exchange = client.exchange(&unknown).await;
    assert_eq!(exchange.result.unwrap(), Lookup::NotFound);
    let skew = (exchange.server_time.unwrap() - server.simulator().now()).num_seconds();
    assert!(skew.abs() <= 1, "{skew} s");
    let error = client.file(&unknown).await.unwrap_err();
    assert!(matches!(error, Error::Quota { .. }), "{error}");
    assert_eq!(server.simulator().stats().requests, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_goes_in_its_header_and_nowhere_else() {
    let (result, server) = asked([Act::Last(not_found())]).await;
    assert_eq!(result.unwrap(), Lookup::NotFound);
    let [request] = <[String; 1]>::try_from(server.requests()).unwrap();
    let (line, headers) = request.split_once("\r\n").unwrap();
    assert_eq!(line, format!("GET /api/v3/files/{} HTTP/1.1", file(1)[0]));
    let with_key: Vec<&str> = headers
        .lines()
        .filter(|line| line.contains("canary"))
        .collect();
    assert_eq!(with_key.len(), 1, "{headers}");
    assert!(with_key[0].starts_with("x-apikey: "), "{headers}");
    // VirusTotal compresses only for those who also name it here.
    assert!(headers.contains("accept-encoding: gzip\r\n"), "{headers}");
    let named = |line: &str| line.starts_with("user-agent: ") && line.contains("gzip");
    assert!(headers.lines().any(named), "{headers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_user_name_the_key_is_in_no_address() {
    let server = Raw::new([Act::Last(not_found())]).await;
    let client = client(server.url()).user("somebody").build().unwrap();
    client.allowances().await.unwrap_err();
    let line = server.requests()[0].lines().next().unwrap().to_owned();
    assert_eq!(line, "GET /api/v3/users/somebody/overall_quotas HTTP/1.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed() {
    for status in ["301", "302", "303", "307", "308"] {
        let elsewhere = Raw::new([Act::Last(not_found())]).await;
        let location = format!("Location: {}/api/v3/files/x", elsewhere.url());
        let (result, server) = asked([Act::Last(reply(status, &[&location], b""))]).await;
        let error = result.unwrap_err();
        let expected = ProtocolError::Redirect(status.parse().unwrap());
        assert!(
            matches!(&error, Error::Protocol(is) if *is == expected),
            "{error}"
        );
        assert_eq!((server.connections(), elsewhere.connections()), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_an_interruption() {
    let server = simulator(|simulator| simulator).await;
    server.simulator().script(Trigger::Next, Fault::Reset);
    let client = client(server.url()).build().unwrap();
    let error = client.file(&file(1)[0]).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    assert_eq!(server.simulator().stats().requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_on_an_old_connection_is_not_sent_again() {
    let server = Raw::new([Act::Send(not_found()), Act::Last(Vec::new())]).await;
    let client = client(server.url()).build().unwrap();
    for questions in 1.. {
        let result = client.file(&file(1)[0]).await;
        assert_eq!(server.requests().len(), questions, "one request for each");
        // Now and then the old connection is not free yet.
        if server.connections() < questions {
            assert!(result.unwrap_err().was_sent());
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_stands_still_is_given_up() {
    let head =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{".to_vec();
    for said in [Vec::new(), b"HTTP/1.1 200 OK\r\nCon".to_vec(), head] {
        let (result, _) = asked([Act::Stall(said)]).await;
        let error = result.unwrap_err();
        let phase = TimeoutPhase::Exchange;
        assert!(
            matches!(error, Error::Timeout { phase: is, .. } if is == phase),
            "{error:?}"
        );
        assert!(error.was_sent());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_whose_body_stands_still_is_a_refusal() {
    let head = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 9\r\n\r\n{".to_vec();
    let (result, _) = asked([Act::Stall(head)]).await;
    assert!(matches!(result, Err(Error::Quota { .. })), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_cut_whatever_it_claims() {
    let server = simulator(|simulator| simulator).await;
    let client = client(server.url()).max_body(100_000).build().unwrap();
    // Spaces, which gzip makes a thousandth of.
    let fault = Fault::OversizedBody { bytes: 50 << 20 };
    server.simulator().script(Trigger::Next, fault);
    let error = client.file(&file(1)[0]).await.unwrap_err();
    let expected = ProtocolError::TooLarge { limit: 100_000 };
    assert!(
        matches!(&error, Error::Protocol(is) if *is == expected),
        "{error}"
    );

    let claim = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    let (result, _) = asked([Act::Last(claim)]).await;
    assert!(
        matches!(result, Err(Error::Protocol(ProtocolError::Encoding))),
        "{result:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut_or_badly_packed_is_no_answer() {
    let server = simulator(|simulator| simulator).await;
    server
        .simulator()
        .script(Trigger::Next, Fault::CutBody { after: 1_000 });
    let client = client(server.url()).build().unwrap();
    let error = client.file(&file(1)[0]).await.unwrap_err();
    assert!(
        matches!(error, Error::Protocol(ProtocolError::Encoding)),
        "{error:?}"
    );

    let gzip = ["Content-Encoding: gzip", "Content-Type: application/json"];
    let (result, _) = asked([Act::Last(reply("200 OK", &gzip, b"{}"))]).await;
    assert!(
        matches!(result, Err(Error::Protocol(ProtocolError::Encoding))),
        "{result:?}"
    );
    // The status is enough, as VirusTotal sends exactly this.
    let (result, _) = asked([Act::Last(reply("429 Slow", &gzip, b"{}"))]).await;
    assert!(matches!(result, Err(Error::Quota { .. })), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_unpacked_is_asked_for_unpacked() {
    let gzip = ["Content-Encoding: gzip", "Content-Type: application/json"];
    let badly_packed = Act::Last(reply("200 OK", &gzip, b"{}"));
    let server = Raw::new([badly_packed]).await;
    let client = client(server.url()).build().unwrap();
    let error = Scanner::builder(client).build().lookup(file(1)[0]).await;
    error.unwrap_err();
    let asked: Vec<bool> = server
        .requests()
        .iter()
        .map(|request| request.contains("accept-encoding: identity\r\n"))
        .collect();
    assert_eq!(asked, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misdirected_question_is_asked_again_on_a_new_connection() {
    let page = ["Content-Type: application/json"];
    let misdirected = reply("421 Misdirected Request", &page, b"{}");
    let server = Raw::new([Act::Send(misdirected), Act::Last(not_found())]).await;
    let client = client(server.url()).build().unwrap();
    let error = Scanner::builder(client).build().lookup(file(1)[0]).await;
    error.unwrap_err();
    assert_eq!((server.requests().len(), server.connections()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_server_gives_no_answers() {
    let page = ["Content-Type: text/html"];
    let (result, _) = asked([Act::Last(reply("200 OK", &page, b"<html>log in"))]).await;
    assert!(
        matches!(result, Err(Error::Protocol(ProtocolError::ContentType(_)))),
        "{result:?}"
    );
    let (result, _) = asked([Act::Last(reply("404 Not Found", &page, b"<html>no"))]).await;
    assert!(
        matches!(result, Err(Error::Upstream { status: 404, .. })),
        "{result:?}"
    );
    for nonsense in [&b"SSH-2.0-OpenSSH_9.9\r\n"[..], b"HTTP/1.1 99 \xff\r\n\r\n"] {
        let (result, _) = asked([Act::Last(nonsense.to_vec())]).await;
        assert!(
            matches!(result, Err(Error::Protocol(ProtocolError::NotHttp { .. }))),
            "{result:?}"
        );
    }
    let many = "x: y\r\n".repeat(200_000);
    let flood = format!("HTTP/1.1 200 OK\r\n{many}\r\n").into_bytes();
    let (result, _) = asked([Act::Last(flood)]).await;
    assert!(
        matches!(result, Err(Error::Protocol(ProtocolError::NotHttp { .. }))),
        "{result:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_over_a_socket_is_whole() {
    let server = simulator(|simulator| simulator.limits(vt_sim::Limits::NONE)).await;
    let client = client(server.url())
        .quota(Quota::UNLIMITED)
        .build()
        .unwrap();
    let scanner = Scanner::builder(client).build();
    let faults = [Fault::Reset, Fault::CutBody { after: 10 }];
    for fault in faults {
        server.simulator().script(Trigger::Next, fault);
    }
    let outcomes = collect(scanner.scan(files(0..100))).await;
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err());
    assert_eq!((outcomes.len(), failed.count()), (100, 0));
    let statuses = server.simulator().stats().by_status;
    assert!(statuses[&StatusCode::OK.as_u16()] >= 100);
    assert_eq!(scanner.usage().await.unwrap().day, 102);
}
