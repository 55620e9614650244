//! How answers travel: the bytes on a socket are those that the fault promises.

use std::{io::ErrorKind, time::Duration};

use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use vt_sim::{Fault, Part, Specimen, Trigger};

use crate::raw::{ask, hear, question, read_head, split, start, words};

fn clean() -> String {
    Specimen::Clean.sample().md5
}

/// What comes for a question that meets a fault, and how it ends.
async fn heard(fault: Fault) -> (Vec<u8>, Option<ErrorKind>) {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, fault);
    hear(question(&running, &clean()).await).await
}

/// The head and the body of an answer that ends in good order.
async fn answer(fault: Fault) -> (String, Vec<u8>) {
    let (bytes, error) = heard(fault).await;
    assert_eq!(error, None);
    split(bytes)
}

/// The body of the truth.
async fn truth() -> Vec<u8> {
    let (simulator, _running) = start().await;
    simulator.report(&clean()).unwrap().to_vec()
}

#[tokio::test]
async fn every_status_goes_out_with_its_body_or_without() {
    for code in [
        200, 202, 204, 206, 304, 400, 401, 403, 404, 405, 407, 408, 418, 421, 424, 425, 429, 451,
        500, 501, 502, 503, 504, 505, 511, 520, 529, 599, 999,
    ] {
        let status = StatusCode::from_u16(code).unwrap();
        let (head, body) = answer(Fault::bare(status)).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{head}");
        assert_eq!(body, b"");
        let promises = head.contains("content-length: 0\r\n");
        assert_eq!(promises, ![204, 304].contains(&code), "{head}");

        let (head, body) = answer(Fault::html(status, "<p>no</p>")).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{head}");
        assert!(head.contains("content-type: text/html"), "{head}");
        assert_eq!(body, b"<p>no</p>");
    }
}

#[tokio::test]
async fn a_header_has_the_values_of_the_script_byte_for_byte() {
    let long = "9".repeat(8192);
    let name = header::RETRY_AFTER;
    for value in [
        &b"7"[..],
        b"0",
        b"-5",
        b"1.5",
        b"1000000000000",
        b"",
        b"sieben \xf0\x9f\x98\x80 \xff",
        b"Fri, 31 Dec 9999 23:59:59 GMT",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"Thu, 15 Jan 2026 14:00:00 +0200",
        long.as_bytes(),
    ] {
        let header = Fault::header(name.clone(), HeaderValue::from_bytes(value).unwrap());
        let fault = Fault::status(StatusCode::TOO_MANY_REQUESTS).and(header);
        let (bytes, _) = heard(fault).await;
        let line = [&b"\r\nretry-after: "[..], value, b"\r\n"].concat();
        assert!(
            bytes.windows(line.len()).any(|part| part == line),
            "{value:?}"
        );
    }
    let values = ["7", "90"].map(HeaderValue::from_static).to_vec();
    let (head, _) = answer(Fault::Header { name, values }).await;
    assert!(
        head.contains("retry-after: 7\r\nretry-after: 90\r\n"),
        "{head}"
    );
}

#[tokio::test]
async fn the_date_is_wrong_or_missing() {
    let (head, _) = answer(Fault::DateOff(TimeDelta::days(-3650))).await;
    assert!(head.contains("date: Mon, 18 Jan 2016 12:00:0"), "{head}");
    assert_eq!(head.matches("date: ").count(), 1, "{head}");
    let (head, body) = answer(Fault::without_header(header::DATE)).await;
    assert!(!head.contains("date: "), "{head}");
    assert_eq!(body, truth().await);
}

#[tokio::test]
async fn a_body_ends_early_by_a_close_a_reset_or_silence() {
    let truth = truth().await;
    let promise = format!("content-length: {}\r\n", truth.len());
    for after in [0, 1, 1000] {
        for (fault, error) in [
            (Fault::CutBody { after }, None),
            (Fault::ResetBody { after }, Some(ErrorKind::ConnectionReset)),
        ] {
            let (bytes, end) = heard(fault).await;
            let (head, body) = split(bytes);
            assert!(head.contains(&promise), "{head}");
            assert_eq!((&body[..], end), (&truth[..after], error));
        }
        let (simulator, running) = start().await;
        simulator.script(Trigger::Next, Fault::StallBody { after });
        let mut stream = question(&running, &clean()).await;
        assert!(read_head(&mut stream).await.contains(&promise));
        let mut body = vec![0; after];
        stream.read_exact(&mut body).await.unwrap();
        running.stop().await.unwrap();
        assert_eq!(
            stream.read(&mut [0]).await.unwrap_err().kind(),
            ErrorKind::ConnectionReset
        );
    }
}

#[tokio::test]
async fn a_chunked_body_ends_whole_between_chunks_or_within_one() {
    let page = Fault::plain_text(StatusCode::OK, "0123456789");
    let chunked = || page.clone().and(Fault::Chunked { size: 4 });
    let (head, body) = answer(chunked()).await;
    assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
    assert!(!head.contains("content-length"), "{head}");
    assert_eq!(body, b"4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n0\r\n\r\n");
    for (after, expected) in [
        (0, &b""[..]),
        (4, b"4\r\n0123\r\n"),
        (5, b"4\r\n0123\r\n4\r\n4"),
    ] {
        let (_, body) = answer(chunked().and(Fault::CutBody { after })).await;
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_length_that_is_too_small_leaves_bytes_behind_and_one_too_large_leaves_the_client_waiting()
 {
    let length = |length| Fault::header(header::CONTENT_LENGTH, HeaderValue::from(length));
    let (head, body) = answer(length(10)).await;
    assert!(head.contains("content-length: 10\r\n"), "{head}");
    assert_eq!(body, truth().await);

    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, length(10_000_000));
    let mut stream = question(&running, &clean()).await;
    let head = read_head(&mut stream).await;
    assert!(head.contains("content-length: 10000000\r\n"), "{head}");
    let mut body = truth().await;
    stream.read_exact(&mut body).await.unwrap();
    running.stop().await.unwrap();
    assert!(
        stream.read(&mut [0]).await.is_err(),
        "not closed in good order"
    );
}

#[tokio::test(start_paused = true)]
async fn head_and_body_drip_in_steps() {
    let every = Duration::from_secs(5);
    for (part, step) in [(Part::Head, 1), (Part::Body, 1000)] {
        let (simulator, running) = start().await;
        simulator.script(Trigger::Next, Fault::Slow { part, step, every });
        let mut stream = question(&running, &clean()).await;
        let start = simulator.now();
        let mut first = vec![0; 1];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(first, b"H");
        assert_eq!((simulator.now() - start).num_seconds(), 0);
        let (mut rest, _) = hear(stream).await;
        first.append(&mut rest);
        let (head, body) = split(first);
        assert_eq!(body, simulator.report(&clean()).unwrap());
        let pauses = match part {
            Part::Head => head.len() - 1,
            _ => body.len().div_ceil(1000) - 1,
        };
        let seconds = (simulator.now() - start).num_seconds();
        assert_eq!(usize::try_from(seconds).unwrap(), 5 * pauses);
    }
}

#[tokio::test]
async fn interim_answers_and_headers_come_in_floods() {
    let (bytes, _) = heard(Fault::Interim { count: 1000 }).await;
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("HTTP/1.1 103 ").count(), 1000);
    assert!(text.ends_with(&String::from_utf8(truth().await).unwrap()));
    assert_eq!(text.matches("HTTP/1.1 200 OK\r\n").count(), 1);

    let (head, body) = answer(Fault::HeaderFlood {
        count: 10_000,
        bytes: 3,
    })
    .await;
    assert_eq!(head.matches("\r\nx-vt-sim-").count(), 10_000);
    assert!(head.contains("\r\nx-vt-sim-9999: aaa\r\n"));
    assert_eq!(body, truth().await);
    let (head, _) = answer(Fault::HeaderFlood {
        count: 1,
        bytes: 1 << 20,
    })
    .await;
    assert!(head.len() > 1 << 20);
}

#[tokio::test]
async fn what_is_no_answer_comes_as_it_is() {
    for bytes in [
        &b"HTTP/1.1 99 Low\r\n\r\n"[..],
        b"HTTP/1.1 1000 High\r\n\r\n",
        b"<html>no status line",
        b"\xff\0\r\n",
        b"",
    ] {
        let heard = heard(Fault::Raw(Bytes::from_static(bytes))).await;
        assert_eq!(heard, (bytes.to_vec(), None));
    }
    assert_eq!(heard(Fault::Hangup).await, (Vec::new(), None));
    assert_eq!(
        heard(Fault::Reset).await,
        (Vec::new(), Some(ErrorKind::ConnectionReset))
    );
}

#[tokio::test]
async fn a_connection_outlives_a_fault_unless_the_fault_ends_it() {
    let busy = || Fault::status(StatusCode::SERVICE_UNAVAILABLE);
    let close = Fault::header(header::CONNECTION, HeaderValue::from_static("close"));
    for (fault, goes_on) in [
        (busy(), true),
        (Fault::bare(StatusCode::NO_CONTENT), true),
        (Fault::Chunked { size: 100 }, true),
        (busy().and(Fault::CloseAfter), false),
        (busy().and(close), false),
        (Fault::without_header(header::CONTENT_LENGTH), false),
    ] {
        let shown = format!("{fault:?}");
        let says_close = shown.contains("close\"");
        let (simulator, running) = start().await;
        simulator.script(Trigger::Next, fault);
        let mut stream = tokio::net::TcpStream::connect(running.addr())
            .await
            .unwrap();
        stream.write_all(&words(&clean(), false)).await.unwrap();
        let head = read_head(&mut stream).await;
        assert_eq!(head.contains("connection: close"), says_close, "{head}");
        if goes_on {
            stream.write_all(&words(&clean(), true)).await.unwrap();
        }
        let (rest, error) = hear(stream).await;
        assert_eq!(error, None, "{shown}");
        assert_eq!(
            simulator.stats().requests,
            1 + u64::from(goes_on),
            "{shown}"
        );
        let truth = simulator.report(&clean()).unwrap();
        let has_truth = rest.ends_with(&truth);
        assert_eq!(
            has_truth,
            goes_on || shown.contains("content-length"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_redirect_names_the_other_host_and_nobody_goes_there() {
    let elsewhere = vt_sim::Bystander::bind().await.unwrap();
    for status in [301, 302, 303, 307, 308] {
        let status = StatusCode::from_u16(status).unwrap();
        let (head, _) = answer(Fault::redirect(status, &elsewhere.url())).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {} ", status.as_str())),
            "{head}"
        );
        let line = format!("location: {}\r\n", elsewhere.url());
        assert!(head.contains(&line), "{head}");
    }
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn a_bystander_keeps_all_that_arrives() {
    let bystander = vt_sim::Bystander::bind().await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(bystander.addr())
        .await
        .unwrap();
    let words = words(&clean(), false);
    stream.write_all(&words).await.unwrap();
    let (bytes, error) = hear(stream).await;
    assert_eq!((split(bytes).1, error), (b"{}".to_vec(), None));
    assert_eq!(bystander.heard(), [words]);
}

#[tokio::test]
async fn a_scripted_answer_is_sent_as_it_is_and_the_truth_comes_after_it() {
    let (simulator, running) = start().await;
    let reply = Response::builder()
        .status(429)
        .header("content-encoding", "gzip")
        .header(HeaderName::from_static("retry-after"), "7")
        .body(Bytes::from_static(b"plain"));
    simulator.script(Trigger::Next, Fault::Answer(reply.unwrap()));
    let (head, body) = ask(&running, &clean()).await;
    assert!(
        head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"),
        "{head}"
    );
    assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    assert_eq!(body, b"plain");
    let (head, _) = ask(&running, &clean()).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
}
