//! What a client makes of replies, by way of a transport.

use bytes::Bytes;
use http::{Response, header};
use vt_core::{
    client::{ApiKey, Client, Error, ProtocolError, transport_fn},
    hash::FileHash,
    report::Lookup,
};

/// A client of a server that gives every question this reply.
fn client(reply: Response<&'static str>) -> Client {
    let reply = reply.map(|body| Bytes::from_static(body.as_bytes()));
    Client::builder(ApiKey::new("0123456789abcdef").unwrap())
        .transport(transport_fn(move |_| {
            let reply = reply.clone();
            async { Ok(reply) }
        }))
        .build()
        .unwrap()
}

fn reply(status: u16, content_type: &str, body: &'static str) -> Response<&'static str> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .unwrap()
}

async fn error(reply: Response<&'static str>) -> Error {
    let hash = FileHash::md5([0; 16]);
    client(reply).file(&hash).await.unwrap_err()
}

#[tokio::test]
async fn the_quota_comes_with_the_time_at_which_it_was_so() {
    let body = r#"{"data": {"api_requests_daily": {"user": {"used": 7, "allowed": 500}}}}"#;
    let mut told = reply(200, "application/json", body);
    let nothing_said = client(told.clone()).allowances().await.unwrap();
    assert_eq!(nothing_said.server_time, None);
    let date = "Tue, 10 Mar 2026 12:00:00 GMT".parse().unwrap();
    told.headers_mut().insert(header::DATE, date);
    let allowances = client(told).allowances().await.unwrap();
    let daily = allowances.daily.unwrap();
    assert_eq!((daily.used, daily.allowed), (7, 500));
    assert_eq!(allowances.server_time, "2026-03-10T12:00:00Z".parse().ok());
}

#[tokio::test]
async fn a_refusal_or_a_failure_keeps_its_status() {
    for status in [400, 404, 409, 418, 424, 500, 502, 503, 504, 599] {
        let error = error(reply(status, "text/html", "<html>")).await;
        let Error::Upstream { status: is, .. } = error else {
            panic!("{status}: {error:?}");
        };
        assert_eq!(is, status);
    }
}

#[tokio::test]
async fn what_is_neither_success_nor_redirect_nor_failure_is_named() {
    for status in [100, 201, 206, 299, 304, 600, 999] {
        let error = error(reply(status, "application/json", "{}")).await;
        let expected = ProtocolError::Status(status);
        assert!(
            matches!(&error, Error::Protocol(is) if *is == expected),
            "{status}: {error:?}"
        );
    }
    for status in [300, 301, 303, 305, 307, 399] {
        let error = error(reply(status, "application/json", "{}")).await;
        let expected = ProtocolError::Redirect(status);
        assert!(
            matches!(&error, Error::Protocol(is) if *is == expected),
            "{status}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_content_type_is_shown_without_what_is_not_letters() {
    for (content_type, shown) in [
        ("text/html; charset=utf-8", "text/html"),
        ("image/svg+xml", "image/svg+xml"),
        ("a-b.c/d<script>1\u{9}2", "a-b.c/dscript"),
    ] {
        let error = error(reply(200, content_type, "{}")).await;
        let expected = ProtocolError::ContentType(shown.into());
        assert!(
            matches!(&error, Error::Protocol(is) if *is == expected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn json_may_be_named_in_any_way_that_means_it() {
    let body = r#"{"error": {"code": "NotFoundError"}}"#;
    let hash = FileHash::md5([0; 16]);
    let lookup = client(reply(404, "text/html", body)).file(&hash).await;
    assert_eq!(lookup.unwrap(), Lookup::NotFound);
    for content_type in [
        "application/json",
        "Application/JSON ; charset=utf-8",
        "application/vnd.api+json",
    ] {
        let error = error(reply(200, content_type, "[]")).await;
        assert!(
            matches!(error, Error::Protocol(ProtocolError::Report(_))),
            "{content_type}: {error:?}"
        );
    }
}
