//! Faults as a client of the trait `Transport` meets them.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::time::timeout;
use vt_core::client::{Transport, TransportError};

use vt_sim::{Fault, Gzip, NoConnection, Part, Simulator, Specimen, Trigger};

use crate::ask::{KEY, build};

const REFUSED: StatusCode = StatusCode::TOO_MANY_REQUESTS;

async fn sent(simulator: &Simulator, fault: Fault) -> Result<Response<Bytes>, TransportError> {
    let hash = Specimen::Clean.sample().md5;
    let request = Request::get(format!("/api/v3/files/{hash}"))
        .header("x-apikey", KEY)
        .body(());
    simulator.script(Trigger::Next, fault);
    simulator.send(request.unwrap()).await
}

async fn error(fault: Fault) -> String {
    let error = sent(&build(|b| b), fault).await.unwrap_err();
    format!("{error:?}")
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_nothing_was_sent() {
    for why in NoConnection::ALL {
        let error = error(Fault::NoConnection(why)).await;
        let expected = match why {
            NoConnection::TimedOut => "ConnectTimeout",
            NoConnection::Reset | NoConnection::GoAway | NoConnection::RefusedStream => {
                "Interrupted"
            }
            NoConnection::NoSuchHost | NoConnection::Refused | NoConnection::HandshakeClosed => {
                "Connect {"
            }
            _ => "Tls {",
        };
        assert!(error.starts_with(expected), "{why:?}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_answer_is_an_error_that_says_how() {
    for (fault, expected) in [
        (Fault::Reset, "Interrupted"),
        (Fault::Hangup, "Interrupted"),
        (Fault::Raw(Bytes::from_static(b"SSH-2.0")), "NotHttp"),
        (
            Fault::HeaderFlood {
                count: 200,
                bytes: 1,
            },
            "NotHttp",
        ),
        (
            Fault::HeaderFlood {
                count: 1,
                bytes: 1 << 20,
            },
            "NotHttp",
        ),
        (Fault::CutBody { after: 10 }, "Encoding"),
        (Fault::ResetBody { after: 10 }, "Encoding"),
        (
            Fault::Chunked { size: 10 }.and(Fault::CutBody { after: 10 }),
            "Encoding",
        ),
        (Fault::Gzip(Gzip::Claimed), "Encoding"),
        (Fault::Gzip(Gzip::Cut { after: 100 }), "Encoding"),
        (Fault::OversizedBody { bytes: 1 << 30 }, "TooLarge"),
        (Fault::gzip_bomb(65 << 20), "TooLarge"),
    ] {
        let shown = format!("{fault:?}");
        let error = error(fault).await;
        assert!(error.starts_with(expected), "{shown}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_decoded_and_believed_its_length() {
    let simulator = build(|b| b);
    let report = simulator.report(&Specimen::Clean.sample().md5).unwrap();
    for fault in [
        Fault::Gzip(Gzip::Always),
        Fault::Interim { count: 1000 },
        Fault::Chunked { size: 10 },
        Fault::CloseAfter,
    ] {
        assert_eq!(sent(&simulator, fault).await.unwrap().body(), &report);
    }
    let length = |length| Fault::header(header::CONTENT_LENGTH, HeaderValue::from(length));
    let short = sent(&simulator, length(10)).await.unwrap();
    assert_eq!(short.body(), &report[..10]);
    let day = Duration::from_secs(86_400);
    for silent in [
        length(1_000_000),
        Fault::StallBody { after: 10 },
        Fault::Stall,
    ] {
        assert!(timeout(day, sent(&simulator, silent)).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_refusal_the_status_is_enough() {
    let simulator = build(|b| b);
    for broken in [
        Fault::CutBody { after: 3 },
        Fault::Gzip(Gzip::Claimed),
        Fault::Gzip(Gzip::Cut { after: 12 }),
    ] {
        let answer = sent(&simulator, Fault::status(REFUSED).and(broken)).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status(), answer.body().len()), (REFUSED, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_drips_takes_its_time() {
    let every = Duration::from_secs(11);
    for (part, step) in [(Part::Head, 1), (Part::Body, 1000)] {
        let simulator = build(|b| b);
        let start = simulator.now();
        let answer = sent(&simulator, Fault::Slow { part, step, every }).await;
        let took = (simulator.now() - start).num_seconds();
        let pauses = answer.unwrap().body().len().div_ceil(1000) - 1;
        match part {
            Part::Head => assert!(took > 11 * 200, "{took} s"),
            _ => assert_eq!(usize::try_from(took).unwrap(), 11 * pauses),
        }
    }
}
