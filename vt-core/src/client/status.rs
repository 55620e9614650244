//! What each status means. This is the only place that looks at one.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Response, StatusCode, header};

use super::{Error, ProtocolError, retry_after::retry_after, server_time};
use crate::{
    hash::FileHash,
    report::{self, Allowances, FileReport, Lookup},
};

/// The answer in a reply to a question about one file.
pub(super) fn file(
    hash: &FileHash,
    reply: Response<Bytes>,
    now: DateTime<Utc>,
) -> Result<Lookup, Error> {
    let code = report::error_code(reply.body());
    if reply.status() == StatusCode::NOT_FOUND && code.as_deref() == Some("NotFoundError") {
        return Ok(Lookup::NotFound);
    }
    let body = success(reply, code, now)?;
    let report = FileReport::from_json(body).map_err(ProtocolError::Report)?;
    if !report.is_of(hash) {
        return Err(ProtocolError::HashMismatch.into());
    }
    Ok(Lookup::Found(report.into()))
}

/// The answer in a reply to a question about the quota.
pub(super) fn allowances(reply: Response<Bytes>, now: DateTime<Utc>) -> Result<Allowances, Error> {
    let code = report::error_code(reply.body());
    let server_time = server_time(reply.headers());
    let body = success(reply, code, now)?;
    let allowances = Allowances::from_json(&body).map_err(ProtocolError::Report)?;
    Ok(Allowances {
        server_time,
        ..allowances
    })
}

/// The JSON body of a success, or what the status says.
fn success(
    reply: Response<Bytes>,
    code: Option<Box<str>>,
    now: DateTime<Utc>,
) -> Result<Bytes, Error> {
    let (parts, body) = reply.into_parts();
    let status = parts.status.as_u16();
    let named = || {
        code.clone()
            .unwrap_or_else(|| format!("status {status}").into())
    };
    let server_time = server_time(&parts.headers);
    let retry_after = retry_after(&parts.headers, server_time.unwrap_or(now));
    Err(match status {
        200 => return json(&parts.headers, body),
        // How the API's second version says that the quota is used up.
        204 | 429 => Error::Quota {
            code: named(),
            retry_after,
        },
        201..=299 | 304 => ProtocolError::Status(status).into(),
        300..=399 => ProtocolError::Redirect(status).into(),
        401 => Error::Auth { code: named() },
        403 => Error::Forbidden { code: named() },
        407 | 511 => ProtocolError::Intermediary(status).into(),
        400..=599 => Error::Upstream {
            status,
            code,
            retry_after,
        },
        _ => ProtocolError::Status(status).into(),
    })
}

fn json(headers: &HeaderMap, body: Bytes) -> Result<Bytes, Error> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    // What was asked for is decoded by now.
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ProtocolError::Encoding.into());
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(body);
    };
    let essence = value
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json") {
        return Ok(body);
    }
    // Enough to tell a page from a picture, and no more of what is not ours.
    let shown = essence
        .chars()
        .filter(|char| char.is_ascii_alphabetic() || "/+-.".contains(*char))
        .take(64)
        .collect::<String>();
    Err(ProtocolError::ContentType(shown.into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "44d88612fea8a8f36de82e1278abb02f";
    const REPORT: &str = r#"{"data": {"attributes": {
        "md5": "44d88612fea8a8f36de82e1278abb02f",
        "sha1": "3395856ce81f2b7382dee72602f798b642f14140",
        "sha256": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}}}"#;

    fn answer(status: u16, content_type: &str, body: &str) -> Result<Lookup, Error> {
        let reply = Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, content_type)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        file(&ASKED.parse().unwrap(), reply, DateTime::UNIX_EPOCH)
    }

    fn coded(status: u16, code: &str) -> Result<Lookup, Error> {
        let body = format!(r#"{{"error": {{"code": "{code}", "message": "key 0123"}}}}"#);
        answer(status, "application/json; charset=utf-8", &body)
    }

    #[test]
    fn only_a_report_and_a_not_found_are_answers() {
        assert!(matches!(
            answer(200, "application/json", REPORT),
            Ok(Lookup::Found(_))
        ));
        assert!(matches!(coded(404, "NotFoundError"), Ok(Lookup::NotFound)));
        for status in 100..1_000 {
            for content_type in ["application/json", "text/html"] {
                for body in ["", "<html>", "{}", r#"{"error": {"code": "SomeError"}}"#] {
                    assert!(
                        answer(status, content_type, body).is_err(),
                        "{status} {body}"
                    );
                }
            }
            if status != 200 {
                assert!(
                    answer(status, "application/json", REPORT).is_err(),
                    "{status}"
                );
            }
            if status != 404 {
                assert!(coded(status, "NotFoundError").is_err(), "{status}");
            }
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        assert!(matches!(
            coded(401, "WrongCredentialsError"),
            Err(Error::Auth { .. })
        ));
        assert!(matches!(
            coded(403, "ForbiddenError"),
            Err(Error::Forbidden { .. })
        ));
        assert!(matches!(
            coded(429, "QuotaExceededError"),
            Err(Error::Quota { .. })
        ));
        assert!(matches!(
            answer(429, "text/html", ""),
            Err(Error::Quota { .. })
        ));
        assert!(matches!(
            answer(204, "text/html", ""),
            Err(Error::Quota { .. })
        ));
        let redirect = answer(302, "text/html", "").unwrap_err();
        assert!(matches!(
            redirect,
            Error::Protocol(ProtocolError::Redirect(302))
        ));
    }

    #[test]
    fn no_text_of_the_server_gets_into_an_error() {
        for status in [400, 401, 403, 404, 429, 500, 503] {
            let error = coded(status, "Some\\u001bError").unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(!text.contains("0123") && !text.contains('\u{1b}'), "{text}");
        }
    }

    #[test]
    fn a_report_about_another_file_is_no_answer() {
        let other = REPORT.replace(ASKED, &"0".repeat(32));
        let error = answer(200, "application/json", &other).unwrap_err();
        assert!(matches!(
            error,
            Error::Protocol(ProtocolError::HashMismatch)
        ));
    }

    #[test]
    fn a_page_is_no_answer() {
        let error = answer(200, "text/html; charset=utf-8", REPORT).unwrap_err();
        assert!(matches!(
            error,
            Error::Protocol(ProtocolError::ContentType(_))
        ));
    }
}
