//! Rows 30 to 49: a server that is down, and a network that is.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use vt_sim::{Fault, NoConnection};

use super::{
    ONE, THREE, played,
    row::{Expect, Item, Row, Stimulus::*, Stored},
};

const NEVER: &[(f64, f64, &str)] = &[
    (0.0, 0.0, "no connection"),
    (0.0, 1.0, "no connection"),
    (0.0, 2.0, "no connection"),
];
const LOST: &[(f64, f64, &str)] = &[
    (0.0, 0.0, "silence"),
    (0.1, 1.9, "silence"),
    (0.1, 2.9, "silence"),
];

fn statuses(statuses: &[u16]) -> Vec<Fault> {
    let status = |&status| Fault::status(StatusCode::from_u16(status).unwrap());
    statuses.iter().map(status).collect()
}

fn connections(failures: &[NoConnection]) -> Vec<Fault> {
    failures.iter().copied().map(Fault::NoConnection).collect()
}

pub(super) fn back_in(seconds: &'static str) -> Fault {
    let header = Fault::header(RETRY_AFTER, HeaderValue::from_static(seconds));
    Fault::status(StatusCode::SERVICE_UNAVAILABLE).and(header)
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 30,
        name: "500, 502, 503, 504, by VirusTotal or before it",
        stimulus: Always(|| {
            [
                statuses(&[500, 502, 503, 504]),
                vec![Fault::bad_gateway_page()],
            ]
            .concat()
        }),
        expect: Expect {
            events: THREE,
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Upstream 50x",
            item: Item::Open,
        },
    },
    Row {
        number: 31,
        name: "503 with 120 seconds of Retry-After",
        stimulus: Always(|| vec![back_in("120")]),
        expect: Expect {
            events: &[
                (0.0, 0.0, "503"),
                (120.1, 120.9, "503"),
                (120.1, 120.9, "503"),
            ],
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Upstream 503",
            item: Item::Open,
        },
    },
    Row {
        number: 31,
        name: "503 with 120 seconds of Retry-After, for a caller with 10",
        stimulus: Played(played::a_wait_longer_than_the_caller_s),
        expect: Expect {
            events: &[(0.0, 0.0, "503")],
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Upstream 503 at once",
            item: Item::None,
        },
    },
    Row {
        number: 32,
        name: "501 and 505",
        stimulus: Always(|| statuses(&[501, 505])),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Upstream 50x",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 33,
        name: "statuses of proxies: 520 to 526, 529, 599",
        stimulus: Always(|| statuses(&[520, 521, 522, 523, 524, 525, 526, 529, 599])),
        expect: Expect {
            events: THREE,
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Upstream 5xx",
            item: Item::Open,
        },
    },
    Row {
        number: 35,
        name: "bytes that are no HTTP",
        stimulus: Always(|| {
            [
                "SSH-2.0-OpenSSH_9.9\r\n",
                "HTTP/1.1 99 Low\r\n\r\n",
                "HTTP/1.1 1000 High\r\n\r\n",
                "<html>0.9</html>",
            ]
            .map(|bytes| Fault::Raw(Bytes::from_static(bytes.as_bytes())))
            .into()
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "silence"), (0.1, 1.9, "silence")],
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol NotHttp",
            item: Item::Open,
        },
    },
    Row {
        number: 40,
        name: "the name has no address",
        stimulus: Always(|| connections(&[NoConnection::NoSuchHost])),
        expect: Expect {
            events: NEVER,
            charged: 0,
            stored: Stored::Nothing,
            surfaced: "Connect",
            item: Item::Open,
        },
    },
    Row {
        number: 41,
        name: "nothing listens",
        stimulus: Always(|| connections(&[NoConnection::Refused])),
        expect: Expect {
            events: NEVER,
            charged: 0,
            stored: Stored::Nothing,
            surfaced: "Connect",
            item: Item::Open,
        },
    },
    Row {
        number: 42,
        name: "a certificate that is not to be trusted, or an old version",
        stimulus: Always(|| {
            use NoConnection::*;
            connections(&[
                Expired,
                NotYetValid,
                SelfSigned,
                WrongHost,
                UntrustedAuthority,
                OldVersion,
            ])
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "no connection")],
            charged: 0,
            stored: Stored::Nothing,
            surfaced: "Connect",
            item: Item::Open,
        },
    },
    Row {
        number: 43,
        name: "a connection or a handshake that stands still",
        stimulus: Always(|| connections(&[NoConnection::TimedOut])),
        expect: Expect {
            events: &[
                (0.0, 0.0, "no connection"),
                (10.0, 11.0, "no connection"),
                (10.0, 12.0, "no connection"),
            ],
            charged: 0,
            stored: Stored::Nothing,
            surfaced: "Timeout Connect",
            item: Item::Open,
        },
    },
    Row {
        number: 44,
        name: "nothing comes, until the attempt has to end",
        stimulus: Always(|| vec![Fault::Stall]),
        expect: Expect {
            events: &[
                (0.0, 0.0, "silence"),
                (30.0, 31.0, "silence"),
                (30.0, 32.0, "silence"),
            ],
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Timeout Exchange",
            item: Item::Open,
        },
    },
    Row {
        number: 45,
        name: "a reset before the status",
        stimulus: Always(|| vec![Fault::Reset]),
        expect: Expect {
            events: LOST,
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Interrupted",
            item: Item::Open,
        },
    },
    Row {
        number: 46,
        name: "a connection that is closed when the request has been read",
        stimulus: Always(|| vec![Fault::Hangup]),
        expect: Expect {
            events: LOST,
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Interrupted",
            item: Item::Open,
        },
    },
    Row {
        number: 47,
        name: "HTTP/2 that turns the request away unread",
        stimulus: Always(|| connections(&[NoConnection::GoAway, NoConnection::RefusedStream])),
        expect: Expect {
            events: &[
                (0.0, 0.0, "no connection"),
                (0.0, 1.0, "no connection"),
                (0.0, 2.0, "no connection"),
            ],
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Interrupted",
            item: Item::Open,
        },
    },
    Row {
        number: 49,
        name: "a machine that is suspended for 8 hours in an attempt",
        stimulus: Played(played::suspended),
        expect: Expect {
            events: &[(0.0, 0.0, "silence"), (28_800.0, 28_801.0, "200")],
            charged: 2,
            stored: Stored::Minutes(24 * 60),
            surfaced: "Found",
            item: Item::None,
        },
    },
    Row {
        number: 52,
        name: "a byte every 5 seconds, or every 11: of the head or of the body",
        stimulus: Always(|| {
            let slow = |(part, seconds)| Fault::Slow {
                part,
                step: 1,
                every: Duration::from_secs(seconds),
            };
            use vt_sim::Part::*;
            [(Head, 5), (Body, 5), (Head, 11), (Body, 11)]
                .map(slow)
                .into()
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "200"), (30.0, 31.0, "200"), (30.0, 32.0, "200")],
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Timeout Exchange",
            item: Item::Open,
        },
    },
];
