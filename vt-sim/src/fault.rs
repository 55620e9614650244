//! Scripted faults: what to answer instead of the truth.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

use crate::answer::ApiError;

/// One way to disappoint a client.
///
/// A request that meets a fault counts as any other does, but neither its key nor its quota is judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Exactly this answer; VirusTotal's usual headers are added where it has none of that name.
    Answer(Response<Bytes>),
    /// The right status and headers with a body of no bytes.
    EmptyBody,
    /// The right answer, broken off after so many bytes of its body; `Content-Length` promises the whole.
    CutBody {
        /// Bytes that still come; at most all but one do.
        after: usize,
    },
    /// The right answer, made longer by spaces at its end, which JSON allows.
    OversizedBody {
        /// Bytes of the whole body.
        bytes: usize,
    },
    /// The report of another file, given by any of its digests; a text that is no hash means the SHA-256 of all zeros.
    OtherFile(String),
    /// No answer, ever.
    Stall,
    /// The connection is reset before a status comes.
    Reset,
}

impl Fault {
    /// Answers with an error in VirusTotal's shape.
    pub fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::Answer(ApiError::new(status, code.to_owned(), message).response())
    }

    /// Answers as a proxy in front of VirusTotal does that gets no answer itself: 502 and a page of HTML.
    pub fn bad_gateway_page() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>502 Server Error</title></head>\n\
                    <body><h1>Error: Server Error</h1>\n\
                    <p>The server met a temporary error. Please try again in 30 seconds.</p></body></html>\n";
        Self::text(StatusCode::BAD_GATEWAY, "text/html; charset=UTF-8", page)
    }

    /// Answers with plain text.
    pub fn plain_text(status: StatusCode, text: &'static str) -> Self {
        Self::text(status, "text/plain; charset=utf-8", text)
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

/// Which requests a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trigger {
    /// The next request that no earlier fault is queued for; each queued fault is used up once.
    Next,
    /// Every request for one file, whichever of its digests is named here or asked for. A text that is no hash means
    /// every request for that text.
    File(String),
    /// Every request.
    Every,
}

/// The faults that wait for their request: queued ones go first, then those of a file, then that of all.
#[derive(Debug, Default)]
pub(crate) struct Script {
    next: VecDeque<Fault>,
    files: HashMap<String, Fault>,
    every: Option<Fault>,
}

impl Script {
    pub(crate) fn queue(&mut self, fault: Fault) {
        self.next.push_back(fault);
    }

    /// Sets the fault of a file, by its SHA-256.
    pub(crate) fn set_for_file(&mut self, file: String, fault: Fault) {
        self.files.insert(file, fault);
    }

    pub(crate) fn set_for_every(&mut self, fault: Fault) {
        self.every = Some(fault);
    }

    pub(crate) fn take(&mut self, file: Option<&str>) -> Option<Fault> {
        self.next
            .pop_front()
            .or_else(|| self.files.get(file?).cloned())
            .or_else(|| self.every.clone())
    }
}
