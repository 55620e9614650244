//! Faults that are wanted often, by name.

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE, header::LOCATION};

use super::{Fault, Gzip};
use crate::answer::ApiError;

/// Where generated JSON is put: an attribute that no client looks for, but every parser has to get past.
const NOWHERE_SPECIAL: &str = "/data/attributes/vt_sim";

impl Fault {
    /// Answers with an error in VirusTotal's shape.
    pub fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::Answer(ApiError::new(status, code.to_owned(), message).response())
    }

    /// Answers with the error that VirusTotal has for a status: its code and a message, or `UnknownError` where none is
    /// documented.
    pub fn status(status: StatusCode) -> Self {
        let (code, message) = match status.as_u16() {
            400 => ("BadRequestError", "The request is not valid"),
            401 => ("WrongCredentialsError", "Wrong API key"),
            403 => ("ForbiddenError", "You are not allowed to do this"),
            404 => ("NotFoundError", "Resource not found"),
            409 => ("AlreadyExistsError", "The resource already exists"),
            424 => (
                "FailedDependencyError",
                "The request depended on another that failed",
            ),
            429 => ("QuotaExceededError", "Quota exceeded"),
            503 => (
                "TransientError",
                "Transient server error, a retry might work",
            ),
            504 => ("DeadlineExceededError", "The operation took too long"),
            _ => ("UnknownError", "Something is wrong"),
        };
        Self::error(status, code, message)
    }

    /// Answers with a status and a body of no bytes.
    pub fn bare(status: StatusCode) -> Self {
        Self::status(status).and(Self::EmptyBody)
    }

    /// Answers as a proxy in front of VirusTotal does that gets no answer itself: 502 and a page of HTML.
    pub fn bad_gateway_page() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>502 Server Error</title></head>\n\
                    <body><h1>Error: Server Error</h1>\n\
                    <p>The server met a temporary error. Please try again in 30 seconds.</p></body></html>\n";
        Self::html(StatusCode::BAD_GATEWAY, page)
    }

    /// Answers as a network that wants a login first: 200 and a page of HTML, while VirusTotal hears of nothing.
    pub fn captive_portal() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>\n\
                    <body><form action=\"/login\" method=\"post\"><p>Please sign in to use this network.</p>\n\
                    <button>Sign in</button></form></body></html>\n";
        Self::html(StatusCode::OK, page).on_the_way()
    }

    /// Answers with a page of HTML.
    pub fn html(status: StatusCode, page: &'static str) -> Self {
        Self::text(status, "text/html; charset=UTF-8", page)
    }

    /// Answers with plain text.
    pub fn plain_text(status: StatusCode, text: &'static str) -> Self {
        Self::text(status, "text/plain; charset=utf-8", text)
    }

    /// Sends the client elsewhere, such as to a [`Bystander`](crate::Bystander); a text that is no header value sends it
    /// nowhere.
    pub fn redirect(status: StatusCode, location: &str) -> Self {
        let redirect = Self::status(status);
        match HeaderValue::try_from(location) {
            Ok(location) => redirect.and(Self::header(LOCATION, location)),
            Err(_) => redirect,
        }
    }

    /// Sets a header of the right answer.
    pub fn header(name: HeaderName, value: HeaderValue) -> Self {
        let values = vec![value];
        Self::Header { name, values }
    }

    /// Takes a header of the right answer away.
    pub fn without_header(name: HeaderName) -> Self {
        let values = Vec::new();
        Self::Header { name, values }
    }

    /// Puts these bytes, JSON or not, at one place of the right answer.
    pub fn field(at: &str, json: impl Into<Bytes>) -> Self {
        let json = Some(json.into());
        let at = at.to_owned();
        Self::Field { at, json }
    }

    /// Takes one place of the right answer away.
    pub fn without_field(at: &str) -> Self {
        let at = at.to_owned();
        Self::Field { at, json: None }
    }

    /// Puts arrays into the right answer, as many as this inside one another.
    pub fn deep_json(depth: usize) -> Self {
        let mut json = BytesMut::with_capacity(2 * depth);
        json.put_bytes(b'[', depth);
        json.put_bytes(b']', depth);
        Self::field(NOWHERE_SPECIAL, json.freeze())
    }

    /// Puts an object with so many keys into the right answer.
    pub fn many_keys(count: usize) -> Self {
        let keys: Vec<String> = (0..count).map(|n| format!("\"{n}\":{n}")).collect();
        Self::field(NOWHERE_SPECIAL, format!("{{{}}}", keys.join(",")))
    }

    /// Says the digests and the verdict twice, of another file the second time.
    pub fn duplicate_keys() -> Self {
        let zeros = "0".repeat(64);
        let json = format!(
            "1, \"md5\": \"{}\", \"sha1\": \"{}\", \"sha256\": \"{zeros}\", \"last_analysis_stats\": {{}}",
            &zeros[..32],
            &zeros[..40],
        );
        Self::field(NOWHERE_SPECIAL, json)
    }

    /// Makes a body of so many bytes that travels as a thousandth of them.
    pub fn gzip_bomb(bytes: u64) -> Self {
        Self::OversizedBody { bytes }.and(Self::Gzip(Gzip::Always))
    }

    fn text(status: StatusCode, kind: &'static str, text: &'static str) -> Self {
        let mut response = Response::new(Bytes::from_static(text.as_bytes()));
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Self::Answer(response)
    }
}
