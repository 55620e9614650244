//! Faults: what a client gets instead of the truth.

mod no_connection;
mod presets;
mod script;
mod text;

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue, Response};

pub use no_connection::NoConnection;
pub use script::Trigger;
pub use text::FaultError;

pub(crate) use script::Script;

/// One way to disappoint a client, or several at once: [`and`](Self::and) puts them together.
///
/// Some change the answer, some the way it travels, some come in place of one. On a socket the bytes are exactly those;
/// in the process is what a client would make of them.
///
/// A request that meets a fault counts as any other does, but neither its key nor its quota is judged. What VirusTotal
/// would not get to hear of, [`NoConnection`](Self::NoConnection) and [`OnTheWay`](Self::OnTheWay), uses no quota.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Exactly this answer; VirusTotal's usual headers are added where it has none of that name.
    Answer(Response<Bytes>),
    /// The report of another file, given by any of its digests; a text that is no hash means the SHA-256 of all zeros.
    OtherFile(String),
    /// The right answer with another value at one place of its JSON.
    Field {
        /// The place as a JSON pointer, such as `/data/attributes/size`; objects on the way to it are made.
        at: String,
        /// What stands there, JSON or not; `None` takes the place away.
        json: Option<Bytes>,
    },
    /// The right answer, and these bytes after it.
    Trailing(Bytes),
    /// The right answer, made longer by spaces at its end, which JSON allows; on a socket they are made as they are sent.
    OversizedBody {
        /// Bytes of the whole body before any compression, which makes a thousandth of the spaces.
        bytes: u64,
    },
    /// The right status and headers with a body of no bytes.
    EmptyBody,
    /// The body compressed, or said to be.
    Gzip(Gzip),
    /// The right answer with a header that has these values; none takes the header away.
    Header {
        /// Which header it is; `Content-Length` and `Date` are headers as others are.
        name: HeaderName,
        /// One line of the head for each.
        values: Vec<HeaderValue>,
    },
    /// The right answer with a `Date` that is wrong by so much.
    DateOff(TimeDelta),
    /// The right answer with more headers than anybody wants, `x-vt-sim-0` and so on.
    HeaderFlood {
        /// How many there are; 20,000 at most.
        count: u16,
        /// Bytes of each value.
        bytes: usize,
    },
    /// The right answer after so many `103 Early Hints`, which clients are to ignore: in the process nothing is seen of
    /// them.
    Interim {
        /// How many there are.
        count: u32,
    },
    /// The right answer in chunks, its length not told.
    Chunked {
        /// Bytes of each chunk but the last; 0 means 1.
        size: usize,
    },
    /// The right answer, a part of it in small pieces and slowly.
    Slow {
        /// Which part is slow.
        part: Part,
        /// Bytes of each piece; 0 means 1.
        step: usize,
        /// The time before each piece but the first.
        every: Duration,
    },
    /// The right answer, broken off after so many bytes of its body; `Content-Length` promises the whole.
    CutBody {
        /// Bytes that still come; at most all but one do.
        after: usize,
    },
    /// The right answer, its connection reset after so many bytes of its body.
    ResetBody {
        /// Bytes that still come; at most all but one do.
        after: usize,
    },
    /// The right answer, of which nothing more comes after so many bytes of its body.
    StallBody {
        /// Bytes that still come; at most all but one do.
        after: usize,
    },
    /// The right answer, its connection closed afterwards though nothing said so: what a client that keeps connections
    /// finds out when it uses this one again.
    CloseAfter,
    /// These bytes in place of an answer, and the end of the connection.
    Raw(Bytes),
    /// The connection is closed in good order, without an answer.
    Hangup,
    /// No answer, ever.
    Stall,
    /// The connection is reset before a status comes.
    Reset,
    /// No connection for HTTP comes about; no request is read, and none is in the log.
    ///
    /// On a socket this meets new connections only: neither a request on one that is open, nor is it known yet which
    /// file will be asked for. [`Trigger::File`] therefore reads the request, does not count it, and resets.
    NoConnection(NoConnection),
    /// Something on the way to VirusTotal does this, such as a proxy: the request is in the log, but free of charge.
    OnTheWay(Box<Self>),
    /// Both at once. Where they contradict each other, such as two bodies or two ways to break off, the second wins.
    Both(Box<Self>, Box<Self>),
}

/// What is the matter with the compression of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gzip {
    /// It is compressed, whether or not the client asked for that.
    Always,
    /// It is said to be compressed, and is not.
    Claimed,
    /// The compressed body is broken off after so many bytes, and its length tells nothing of it.
    Cut {
        /// Bytes that still come; at most all but one do.
        after: usize,
    },
}

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The status line and the headers.
    Head,
    /// The body.
    Body,
}

impl Fault {
    /// Adds another fault to this one.
    #[must_use = "the fault is not changed, but put into a new one"]
    pub fn and(self, other: Self) -> Self {
        Self::Both(Box::new(self), Box::new(other))
    }

    /// Has this fault come from something on the way, so that it uses no quota.
    #[must_use = "the fault is not changed, but put into a new one"]
    pub fn on_the_way(self) -> Self {
        Self::OnTheWay(Box::new(self))
    }

    /// Tells whether VirusTotal gets to hear of a request that meets this fault, and counts it.
    pub fn is_charged(&self) -> bool {
        match self {
            Self::NoConnection(_) | Self::OnTheWay(_) => false,
            Self::Both(one, other) => one.is_charged() && other.is_charged(),
            _ => true,
        }
    }

    /// Returns why there is no connection, if that is the fault.
    pub(crate) fn no_connection(&self) -> Option<NoConnection> {
        self.parts().into_iter().find_map(|part| match part {
            Self::NoConnection(why) => Some(*why),
            _ => None,
        })
    }

    /// Lists what this fault is put together from.
    pub(crate) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Both(one, other) => [one.parts(), other.parts()].concat(),
            Self::OnTheWay(fault) => fault.parts(),
            single => vec![single],
        }
    }
}
