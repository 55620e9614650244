//! Answers as VirusTotal words and wraps them.

use std::borrow::Cow;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, DATE, SERVER, USER_AGENT,
    },
};
use serde_json::json;

use crate::{clock::Moment, report};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TRACE: HeaderName = HeaderName::from_static("x-cloud-trace-context");

/// How the code of a 429 is spelt; the recordings have the first, the documentation all three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaCode {
    /// `QuotaExceededError`
    #[default]
    QuotaExceededError,
    /// `TooManyRequestsError`
    TooManyRequestsError,
    /// `TooManyRequests`
    TooManyRequests,
}

impl QuotaCode {
    /// Returns the code as the answer spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QuotaExceededError => "QuotaExceededError",
            Self::TooManyRequestsError => "TooManyRequestsError",
            Self::TooManyRequests => "TooManyRequests",
        }
    }
}

/// An error in VirusTotal's shape.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    code: Cow<'static, str>,
    message: String,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    pub(crate) fn file_not_found(asked: &str) -> Self {
        let message = format!("File \"{asked}\" not found");
        Self::new(StatusCode::NOT_FOUND, "NotFoundError", message)
    }

    pub(crate) fn no_hash(asked: &str) -> Self {
        let message = format!("File \"{asked}\" is not a valid MD5, SHA-1 or SHA-256");
        Self::new(StatusCode::BAD_REQUEST, "InvalidArgumentError", message)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFoundError", "Resource not found")
    }

    pub(crate) fn no_such_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "BadRequestError",
            "Method not allowed",
        )
    }

    pub(crate) fn quota_exceeded(code: QuotaCode) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            code.as_str(),
            "Quota exceeded",
        )
    }

    pub(crate) fn response(&self) -> Response<Bytes> {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        json_response(self.status, report::pretty(&body))
    }
}

pub(crate) fn json_response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Adds the headers of the recordings, those that are not there yet.
pub(crate) fn dress(headers: &mut HeaderMap, length: u64, now: Moment, trace: u64) {
    let mut add = |name, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    add(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    add(CONTENT_TYPE, JSON);
    let trace = format!(
        "{trace:016x}{:016x}",
        trace.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    );
    // Digits are a header value always.
    if let Ok(trace) = HeaderValue::from_str(&trace) {
        add(TRACE, trace);
    }
    if let Some(date) = http_date(now.wall) {
        add(DATE, date);
    }
    add(SERVER, HeaderValue::from_static("Google Frontend"));
    add(CONTENT_LENGTH, HeaderValue::from(length));
}

/// Writes a time as headers have it; one that the calendar of HTTP does not reach gives none.
pub(crate) fn http_date(time: DateTime<Utc>) -> Option<HeaderValue> {
    let text = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).ok()
}

/// Tells whether VirusTotal would compress: only for a client that accepts gzip and also names it in its user agent.
pub(crate) fn wants_gzip(request: &HeaderMap) -> bool {
    let names_gzip = |name| {
        request
            .get_all(name)
            .iter()
            .any(|value| value.to_str().is_ok_and(|text| text.contains("gzip")))
    };
    names_gzip(ACCEPT_ENCODING) && names_gzip(USER_AGENT)
}
