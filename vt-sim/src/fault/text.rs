//! Faults as the program's arguments say them.

use std::{str::FromStr, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Fault, Gzip, NoConnection, Part};

/// A text that names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl FaultError {
    pub(super) fn unknown(text: &str) -> Self {
        Self(format!(
            "`{text}` is no fault; the README of vt-sim lists those there are"
        ))
    }

    fn of(text: &str, wanted: &str) -> Self {
        Self(format!("`{text}` does not work; give {wanted}"))
    }
}

/// Reads `name`, `name:value`, or several of them with ` + ` between.
impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut parts = text.split(" + ").map(|part| single(part.trim()));
        let first = parts
            .next()
            .unwrap_or_else(|| Err(FaultError::unknown(text)))?;
        parts.try_fold(first, |all, part| Ok(all.and(part?)))
    }
}

fn single(text: &str) -> Result<Fault, FaultError> {
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return answer(text, name, value);
    }
    match value {
        None => nameless(name),
        Some(value) => with_value(name, value),
    }
}

/// A status, and perhaps the code of its error.
fn answer(text: &str, status: &str, code: Option<&str>) -> Result<Fault, FaultError> {
    let status = StatusCode::from_str(status)
        .map_err(|_| FaultError::of(text, "a status from 100 to 999"))?;
    Ok(match code {
        None => Fault::status(status),
        Some("empty") => Fault::bare(status),
        Some("html") => Fault::html(status, "<!DOCTYPE html>\n<html><body>Error</body></html>\n"),
        Some(code) => Fault::error(status, code, "The script says so"),
    })
}

fn nameless(name: &str) -> Result<Fault, FaultError> {
    Ok(match name {
        "bad-gateway" => Fault::bad_gateway_page(),
        "portal" => Fault::captive_portal(),
        "empty" => Fault::EmptyBody,
        "gzip" => Fault::Gzip(Gzip::Always),
        "gzip-claimed" => Fault::Gzip(Gzip::Claimed),
        "duplicate-keys" => Fault::duplicate_keys(),
        "other-file" => Fault::OtherFile(String::new()),
        "close-after" => Fault::CloseAfter,
        "hangup" => Fault::Hangup,
        "stall" => Fault::Stall,
        "reset" => Fault::Reset,
        "garbage" => Fault::Raw(Bytes::from_static(b"SSH-2.0-OpenSSH_9.9\r\n")),
        _ => Fault::NoConnection(name.parse::<NoConnection>()?),
    })
}

fn with_value(name: &str, value: &str) -> Result<Fault, FaultError> {
    Ok(match name {
        "cut" => Fault::CutBody {
            after: number(value)?,
        },
        "reset" => Fault::ResetBody {
            after: number(value)?,
        },
        "stall" => Fault::StallBody {
            after: number(value)?,
        },
        "chunked" => Fault::Chunked {
            size: number(value)?,
        },
        "interim" => Fault::Interim {
            count: number(value)?,
        },
        "headers" => Fault::HeaderFlood {
            count: number(value)?,
            bytes: 16,
        },
        "huge-header" => Fault::HeaderFlood {
            count: 1,
            bytes: number(value)?,
        },
        "oversized" => Fault::OversizedBody {
            bytes: number(value)?,
        },
        "bomb" => Fault::gzip_bomb(number(value)?),
        "gzip-cut" => Fault::Gzip(Gzip::Cut {
            after: number(value)?,
        }),
        "deep" => Fault::deep_json(number(value)?),
        "keys" => Fault::many_keys(number(value)?),
        "trailing" => Fault::Trailing(Bytes::copy_from_slice(value.as_bytes())),
        "raw" => Fault::Raw(Bytes::copy_from_slice(value.as_bytes())),
        "other-file" => Fault::OtherFile(value.to_owned()),
        "slow-head" => slow(Part::Head, value)?,
        "slow-body" => slow(Part::Body, value)?,
        "date-off" => date_off(value)?,
        "header" => header(value)?,
        "field" => field(value),
        "redirect" => Fault::redirect(StatusCode::FOUND, value),
        "on-the-way" => single(value)?.on_the_way(),
        _ => return Err(FaultError::unknown(name)),
    })
}

fn number<N: FromStr>(text: &str) -> Result<N, FaultError> {
    text.parse()
        .map_err(|_| FaultError::of(text, "a whole number that is not too large"))
}

fn duration(text: &str) -> Result<Duration, FaultError> {
    humantime::parse_duration(text).map_err(|_| FaultError::of(text, "a time such as `5s`"))
}

/// `TIME`, one byte at a time, or `BYTES@TIME`.
fn slow(part: Part, value: &str) -> Result<Fault, FaultError> {
    let (step, every) = value.split_once('@').unwrap_or(("1", value));
    let (step, every) = (number(step)?, duration(every)?);
    Ok(Fault::Slow { part, step, every })
}

/// `TIME`, or `-TIME` for a clock that is behind.
fn date_off(value: &str) -> Result<Fault, FaultError> {
    let (time, sign) = match value.strip_prefix('-') {
        Some(time) => (time, -1),
        None => (value, 1),
    };
    let off = chrono::TimeDelta::from_std(duration(time)?)
        .map_err(|_| FaultError::of(value, "less than 200 million years"))?;
    Ok(Fault::DateOff(off * sign))
}

/// `NAME=VALUE`, or `NAME` for a header that is not there.
fn header(value: &str) -> Result<Fault, FaultError> {
    let (name, value) = match value.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (value, None),
    };
    let of_header = |_| FaultError::of(name, "a name and a value that a header may have");
    let name = HeaderName::from_str(name).map_err(of_header)?;
    Ok(match value {
        None => Fault::without_header(name),
        Some(value) => {
            let value = HeaderValue::from_str(value)
                .map_err(|_| FaultError::of(value, "a value that a header may have"))?;
            Fault::header(name, value)
        }
    })
}

/// `POINTER=JSON`, or `POINTER` for a place that is not there.
fn field(value: &str) -> Fault {
    match value.split_once('=') {
        Some((at, json)) => Fault::field(at, json.to_owned()),
        None => Fault::without_field(value),
    }
}
