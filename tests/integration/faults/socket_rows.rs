//! The rows that need a real socket.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH},
};
use vt_sim::{Fault, Gzip, NoConnection, Part::*};

use super::sockets::{Place, Row};

fn slow(part: vt_sim::Part, millis: u64) -> Fault {
    let every = Duration::from_millis(millis);
    Fault::Slow {
        part,
        step: 1,
        every,
    }
}

fn none() -> Vec<Fault> {
    vec![Fault::Interim { count: 0 }]
}

const BYTES: u64 = 1 << 30;

pub(super) static ROWS: &[Row] = &[
    Row {
        number: 1,
        name: "the truth, over TLS that is trusted",
        place: Place::Tls,
        faults: none,
        counts: (1, 1, 1),
        surfaced: "Found",
    },
    Row {
        number: 17,
        name: "421",
        place: Place::Plain,
        faults: || vec![Fault::status(StatusCode::MISDIRECTED_REQUEST)],
        counts: (2, 2, 2),
        surfaced: "Upstream 421",
    },
    Row {
        number: 34,
        // hyper reads over them, and nobody else sees them.
        name: "a thousand interim replies: they are passed over",
        place: Place::Plain,
        faults: || vec![Fault::Interim { count: 1_000 }],
        counts: (1, 1, 1),
        surfaced: "Found",
    },
    Row {
        number: 35,
        name: "bytes that are no HTTP",
        place: Place::Plain,
        faults: || {
            [
                "SSH-2.0-OpenSSH_9.9\r\n",
                "HTTP/1.1 99 Low\r\n\r\n",
                "HTTP/1.1 1000 High\r\n\r\n",
                "<html>0.9</html>",
                "HTTP/1.1 2\u{b2}0\r\n\r\n",
            ]
            .map(|bytes| Fault::Raw(Bytes::from_static(bytes.as_bytes())))
            .into()
        },
        counts: (2, 2, 2),
        surfaced: "Protocol NotHttp",
    },
    Row {
        number: 40,
        name: "the name has no address",
        place: Place::Nameless,
        faults: none,
        counts: (3, 0, 0),
        surfaced: "Connect",
    },
    Row {
        number: 41,
        name: "nothing listens",
        place: Place::Refusing,
        faults: none,
        counts: (3, 0, 0),
        surfaced: "Connect",
    },
    Row {
        number: 41,
        name: "nobody answers",
        place: Place::Silent,
        faults: none,
        counts: (3, 0, 0),
        surfaced: "Timeout Connect",
    },
    Row {
        number: 42,
        name: "a certificate that is not to be trusted, or an old version",
        place: Place::Tls,
        faults: || {
            use NoConnection::*;
            [
                Expired,
                NotYetValid,
                SelfSigned,
                WrongHost,
                UntrustedAuthority,
                OldVersion,
            ]
            .map(Fault::NoConnection)
            .into()
        },
        counts: (1, 0, 0),
        surfaced: "Connect",
    },
    Row {
        number: 43,
        name: "a handshake that stands still",
        place: Place::Tls,
        faults: || vec![Fault::NoConnection(NoConnection::TimedOut)],
        counts: (3, 0, 0),
        surfaced: "Timeout Connect",
    },
    Row {
        number: 44,
        name: "nothing comes",
        place: Place::Plain,
        faults: || vec![Fault::Stall],
        counts: (3, 3, 3),
        surfaced: "Timeout Exchange",
    },
    Row {
        number: 45,
        name: "a reset before the status",
        place: Place::Plain,
        faults: || vec![Fault::Reset],
        counts: (3, 3, 3),
        surfaced: "Interrupted",
    },
    Row {
        number: 46,
        name: "a kept connection is closed when the request has been read",
        place: Place::Warm,
        faults: || vec![Fault::Hangup, Fault::Reset],
        counts: (4, 4, 4),
        surfaced: "Interrupted",
    },
    Row {
        number: 47,
        name: "HTTP/2 that sends the client away before it looks at the request",
        place: Place::Tls,
        faults: || vec![Fault::NoConnection(NoConnection::GoAway)],
        counts: (3, 0, 3),
        surfaced: "Interrupted",
    },
    Row {
        number: 47,
        name: "HTTP/2 that refuses a request unread, and then says nothing",
        place: Place::Tls,
        faults: || vec![Fault::NoConnection(NoConnection::RefusedStream)],
        counts: (3, 0, 3),
        surfaced: "Timeout Exchange",
    },
    Row {
        number: 48,
        name: "one of two addresses does not take the connection",
        place: Place::Localhost,
        faults: none,
        counts: (1, 1, 1),
        surfaced: "Found",
    },
    Row {
        number: 50,
        name: "a body that ends early, with and without chunks, or gzip that does",
        place: Place::Plain,
        faults: || {
            let chunked = || Fault::Chunked { size: 100 };
            vec![
                Fault::CutBody { after: 1_000 },
                Fault::ResetBody { after: 1_000 },
                Fault::CutBody { after: 1_000 }.and(chunked()),
                Fault::ResetBody { after: 1_000 }.and(chunked()),
                Fault::Gzip(Gzip::Cut { after: 100 }),
            ]
        },
        counts: (2, 2, 2),
        surfaced: "Protocol Encoding",
    },
    Row {
        number: 50,
        name: "a length that is more than comes",
        place: Place::Plain,
        faults: || {
            vec![Fault::header(
                CONTENT_LENGTH,
                HeaderValue::from_static("7777777"),
            )]
        },
        counts: (3, 3, 3),
        surfaced: "Timeout Exchange",
    },
    Row {
        number: 51,
        name: "a body of a gigabyte, declared or not, packed a thousandfold or not",
        place: Place::Plain,
        faults: || {
            let chunked =
                Fault::OversizedBody { bytes: BYTES }.and(Fault::Chunked { size: 1 << 16 });
            vec![
                Fault::OversizedBody { bytes: BYTES },
                chunked,
                Fault::gzip_bomb(BYTES),
            ]
        },
        counts: (1, 1, 1),
        surfaced: "Protocol TooLarge",
    },
    Row {
        number: 52,
        name: "bytes that come so slowly that the attempt has to end, or stand still",
        place: Place::Plain,
        faults: || {
            vec![
                slow(Head, 200),
                slow(Body, 200),
                slow(Head, 5_000),
                slow(Body, 5_000),
            ]
        },
        counts: (3, 3, 3),
        surfaced: "Timeout Exchange",
    },
    Row {
        number: 53,
        name: "a plain body that is said to be gzip",
        place: Place::Plain,
        faults: || vec![Fault::Gzip(Gzip::Claimed)],
        counts: (2, 2, 2),
        surfaced: "Protocol Encoding",
    },
    Row {
        number: 53,
        name: "an encoding that was not asked for",
        place: Place::Plain,
        faults: || {
            ["br", "zstd", "deflate", "gzip, gzip"]
                .map(|coding| Fault::header(CONTENT_ENCODING, HeaderValue::from_static(coding)))
                .into()
        },
        counts: (2, 2, 2),
        surfaced: "Protocol Encoding",
    },
    Row {
        number: 54,
        name: "a page with 200",
        place: Place::Plain,
        faults: || vec![Fault::captive_portal()],
        counts: (1, 1, 1),
        surfaced: "Protocol ContentType",
    },
    Row {
        number: 58,
        name: "a head of ten thousand lines, or of a megabyte",
        place: Place::Plain,
        faults: || {
            vec![
                Fault::HeaderFlood {
                    count: 10_000,
                    bytes: 1,
                },
                Fault::HeaderFlood {
                    count: 10,
                    bytes: 100 << 10,
                },
            ]
        },
        counts: (2, 2, 2),
        surfaced: "Protocol NotHttp",
    },
];
