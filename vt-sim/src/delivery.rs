//! An answer that meets a fault, ready to go out, and how it travels.

use std::{fmt::Write as _, time::Duration};

use bytes::Bytes;
use http::{
    Response, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH},
};

use crate::{
    content::Content,
    fault::{Fault, Part},
};

/// One interim answer of [`Fault::Interim`].
pub(crate) const INTERIM: &[u8] =
    b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";

/// An answer and the way it goes out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) response: Response<Content>,
    pub(crate) delivery: Delivery,
}

/// What happens between the server and the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) instead: Option<Instead>,
    pub(crate) interim: u32,
    pub(crate) chunk: Option<usize>,
    pub(crate) pace: Option<Pace>,
    pub(crate) end: Option<(End, usize)>,
    pub(crate) close: bool,
}

/// What comes in place of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Instead {
    Raw(Bytes),
    Hangup,
    Reset,
    Stall,
}

/// How a body ends before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Cut,
    Reset,
    Stall,
}

/// How slowly a part goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) part: Part,
    pub(crate) step: usize,
    pub(crate) every: Duration,
}

impl Delivery {
    pub(crate) fn of(parts: &[&Fault]) -> Self {
        let mut delivery = Self::default();
        for part in parts {
            match part {
                Fault::Raw(bytes) => delivery.instead = Some(Instead::Raw(bytes.clone())),
                Fault::Hangup => delivery.instead = Some(Instead::Hangup),
                Fault::Reset => delivery.instead = Some(Instead::Reset),
                Fault::Stall => delivery.instead = Some(Instead::Stall),
                Fault::Interim { count } => delivery.interim = *count,
                Fault::Chunked { size } => delivery.chunk = Some((*size).max(1)),
                Fault::CutBody { after } => delivery.end = Some((End::Cut, *after)),
                Fault::ResetBody { after } => delivery.end = Some((End::Reset, *after)),
                Fault::StallBody { after } => delivery.end = Some((End::Stall, *after)),
                Fault::CloseAfter => delivery.close = true,
                Fault::Slow { part, step, every } => {
                    delivery.pace = Some(Pace {
                        part: *part,
                        step: (*step).max(1),
                        every: *every,
                    });
                }
                _ => {}
            }
        }
        delivery
    }
}

impl Pace {
    /// Returns the time that so many bytes take.
    pub(crate) fn time(&self, bytes: u64) -> Duration {
        let pauses = bytes.div_ceil(self.step as u64).saturating_sub(1);
        self.every
            .saturating_mul(u32::try_from(pauses).unwrap_or(u32::MAX))
    }
}

impl Outgoing {
    /// Writes the status line and the headers as they go over the wire.
    pub(crate) fn head(&self) -> Bytes {
        let status = self.response.status();
        let mut head = format!("HTTP/1.1 {}", status.as_str());
        // Writing to a String cannot fail.
        let _ = write!(
            head,
            " {}\r\n",
            status.canonical_reason().unwrap_or_default()
        );
        let mut head = head.into_bytes();
        for (name, value) in self.response.headers() {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                head.extend_from_slice(part);
            }
        }
        head.extend_from_slice(b"\r\n");
        head.into()
    }

    /// Returns how much of the body goes out.
    pub(crate) fn reaches(&self) -> u64 {
        let whole = self.response.body().len();
        match self.delivery.end {
            // A whole body would not be cut.
            Some((_, after)) => whole.saturating_sub(1).min(after as u64),
            None => whole,
        }
    }

    /// Returns the length that the head promises, right or wrong.
    pub(crate) fn promised(&self) -> Option<u64> {
        let length = self.response.headers().get(CONTENT_LENGTH)?;
        length.to_str().ok()?.parse().ok()
    }

    /// Tells whether the client is told, or has to know, that nothing else comes on this connection.
    pub(crate) fn is_last(&self) -> bool {
        let status = self.response.status();
        let says_close = self
            .response
            .headers()
            .get_all(CONNECTION)
            .iter()
            .any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
        let has_end = self.promised().is_some()
            || self.delivery.chunk.is_some()
            || is_bodiless(status) && self.response.body().len() == 0;
        self.delivery.close || says_close || !has_end
    }
}

/// Tells whether an answer of this status ends with its head.
pub(crate) fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
