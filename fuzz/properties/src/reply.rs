//! Replies of a server that may be anybody: what the client makes of them.

use std::{future::ready, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use vt_core::{
    client::{
        ApiKey, Client, Error,
        retry::{self, Attempts, Next},
        transport_fn,
    },
    hash::FileHash,
    report::Lookup,
};

const ASKED: &str = "44d88612fea8a8f36de82e1278abb02f";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends a status, on the first line of `input`, with the rest as the body.
///
/// # Panics
///
/// When a refusal counts as an answer, or brings more into an error than a
/// harmless word.
pub fn error_json(input: &[u8]) {
    let (status, body) = split_line(input);
    let status = str::from_utf8(status)
        .ok()
        .and_then(|text| text.parse().ok());
    let status = status.and_then(|number| StatusCode::from_u16(number).ok());
    let status = status.unwrap_or(StatusCode::NOT_FOUND);
    let mut reply = Response::new(Bytes::copy_from_slice(body));
    *reply.status_mut() = status;
    match asked(reply.clone()) {
        Ok(Lookup::NotFound) => {
            assert_eq!(status, StatusCode::NOT_FOUND);
            if let Ok(body) = serde_json::from_slice::<Value>(body) {
                assert_eq!(body["error"]["code"], "NotFoundError");
            }
        }
        Ok(Lookup::Found(report)) => {
            assert_eq!(status, StatusCode::OK);
            assert!(report.is_of(&hash()));
        }
        Err(error) => check_error(&error, status),
    }
    match on_line(reply, async |client| client.allowances().await) {
        Ok(_) => assert_eq!(status, StatusCode::OK),
        Err(error) => check_error(&error, status),
    }
}

/// Sends refusals with `Retry-After` headers, a line of `input` each, after a
/// first line with the `Date`.
///
/// # Panics
///
/// When the wait is out of bounds, or not the longest that was asked for.
pub fn retry_after(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n').take(20);
    let date = lines
        .next()
        .and_then(|line| HeaderValue::from_bytes(line).ok());
    let values = lines.filter_map(|line| HeaderValue::from_bytes(line).ok());
    let values: Vec<_> = values.collect();
    for status in [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ] {
        let mut reply = Response::new(Bytes::new());
        *reply.status_mut() = status;
        let headers = reply.headers_mut();
        for value in &values {
            headers.append(header::RETRY_AFTER, value.clone());
        }
        let timeless = asked(reply.clone()).expect_err("a refusal is no answer");
        check_error(&timeless, status);
        assert!(timeless.retry_after() >= longest(&values), "without a date");
        reply
            .headers_mut()
            .extend(date.clone().map(|date| (header::DATE, date)));
        let error = asked(reply).expect_err("a refusal is no answer");
        check_error(&error, status);
        assert!(error.retry_after() >= longest(&values));
    }
}

/// The longest of the waits that are numbers. None of more digits than these
/// is within a day.
fn longest(values: &[HeaderValue]) -> Option<Duration> {
    let texts = values.iter().filter_map(|value| value.to_str().ok());
    let numbers = texts
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = numbers.map(|text| match text.trim_start_matches('0') {
        "" => 0,
        long if long.len() > 6 => u64::MAX,
        short => short.parse().expect("six digits are a number"),
    });
    Some(Duration::from_secs(seconds.max()?).clamp(SECOND, DAY))
}

/// What an error may say, and how long it may make anybody wait.
fn check_error(error: &Error, status: StatusCode) {
    let code = match error {
        Error::Auth { code } | Error::Forbidden { code } | Error::Quota { code, .. } => Some(code),
        Error::Upstream { code, .. } => code.as_ref(),
        _ => None,
    };
    if let Some(code) = code {
        let is_word = code.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_status = **code == *format!("status {}", status.as_u16());
        assert!(
            is_word && (1..=64).contains(&code.len()) || is_status,
            "{code:?}"
        );
    }
    let text = format!("{error} {error:?}");
    assert!(text.len() < 500, "{text:?}");
    assert!(
        text.bytes().all(|byte| matches!(byte, b' '..=b'~')),
        "{text:?}"
    );
    if let Some(wait) = error.retry_after() {
        assert!((SECOND..=DAY).contains(&wait), "{wait:?}");
    }
    for (now, before) in [(1, 0), (2, 7), (3, u32::MAX - 3)] {
        match retry::next(error, Attempts { now, before }, true, 1.0) {
            Next::Again { after, .. } => assert!(after <= Duration::from_secs(300), "{after:?}"),
            Next::Later(pause) => assert!(pause <= DAY, "{pause:?}"),
            Next::Requeue | Next::GiveUp | Next::Stop => {}
        }
    }
}

fn asked(reply: Response<Bytes>) -> Result<Lookup, Error> {
    on_line(reply, async |client| client.file(&hash()).await)
}

fn hash() -> FileHash {
    ASKED.parse().expect("it is an MD5")
}

/// Asks a server that gives this reply, and no other.
fn on_line<T>(reply: Response<Bytes>, ask: impl AsyncFnOnce(Client) -> T) -> T {
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a thread can have a runtime");
    }
    let server = transport_fn(move |_request| ready(Ok(reply.clone())));
    let key = ApiKey::new(KEY).expect("it looks like a key");
    let client = Client::builder(key).transport(server).build();
    let client = client.expect("the settings are the usual ones");
    RUNTIME.with(|runtime| runtime.block_on(ask(client)))
}

fn split_line(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    end.map_or((input, &[]), |end| (&input[..end], &input[end + 1..]))
}
