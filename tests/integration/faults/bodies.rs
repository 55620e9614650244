//! Rows 50 to 62: bodies that are wrong, and moments that are.

use chrono::TimeDelta;
use http::{HeaderValue, StatusCode, header::CONTENT_LENGTH};
use vt_sim::{Fault, Gzip, Specimen};

use super::{
    ONE, TWO, played,
    row::{Expect, Item, Row, Stimulus::*, Stored},
    stage::MAX_BODY,
};
use crate::lab::file;

const DAY: Stored = Stored::Minutes(24 * 60);
const SIZE: &str = "/data/attributes/size";

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 50,
        name: "a body that ends early, with and without chunks, or gzip that does",
        stimulus: Always(|| {
            let chunked = || Fault::Chunked { size: 100 };
            vec![
                Fault::CutBody { after: 1_000 },
                Fault::ResetBody { after: 1_000 },
                Fault::CutBody { after: 1_000 }.and(chunked()),
                Fault::ResetBody { after: 0 }.and(chunked()),
                Fault::Gzip(Gzip::Cut { after: 100 }),
            ]
        }),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol Encoding",
            item: Item::Open,
        },
    },
    Row {
        number: 50,
        name: "a length that is more than comes: the rest is waited for",
        stimulus: Always(|| {
            vec![Fault::header(
                CONTENT_LENGTH,
                HeaderValue::from_static("99999999"),
            )]
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "200"), (30.0, 31.0, "200"), (30.0, 32.0, "200")],
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Timeout Exchange",
            item: Item::Open,
        },
    },
    Row {
        number: 51,
        name: "a body over the limit, declared or not, or packed a thousandfold",
        stimulus: Always(|| {
            let bytes = MAX_BODY as u64 + 1;
            let chunked = Fault::OversizedBody { bytes }.and(Fault::Chunked { size: 1 << 16 });
            vec![
                Fault::OversizedBody { bytes },
                chunked,
                Fault::gzip_bomb(4 * bytes),
            ]
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Protocol TooLarge",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 53,
        name: "a plain body that is said to be gzip",
        stimulus: Always(|| vec![Fault::Gzip(Gzip::Claimed)]),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol Encoding",
            item: Item::Open,
        },
    },
    Row {
        number: 54,
        name: "a page with 200: a network that wants a login",
        stimulus: Always(|| {
            vec![
                Fault::captive_portal(),
                Fault::html(StatusCode::OK, "<title>Blocked</title>"),
            ]
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Protocol ContentType",
            item: Item::Open,
        },
    },
    Row {
        number: 55,
        name: "bad JSON",
        stimulus: Always(|| {
            let values: [&[u8]; 4] = [b"\"\xff\xfe\"", b"NaN", b"1 2", b"\"\x01\""];
            let fields = values.map(|value| Fault::field(SIZE, value));
            let others = [
                Fault::Trailing("}".into()),
                Fault::Trailing("{}".into()),
                Fault::EmptyBody,
                Fault::deep_json(1_000),
            ];
            fields.into_iter().chain(others).collect()
        }),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol Report",
            item: Item::Failed(4),
        },
    },
    Row {
        number: 55,
        name: "JSON that other programs choke on, where nobody reads: it is sound",
        stimulus: Always(|| {
            let values: [&[u8]; 3] = [b"1e999", b"-1e999999", b"\"\\ud800\""];
            let fields = values.map(|value| Fault::field(SIZE, value));
            fields.into()
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "200")],
            charged: 1,
            stored: DAY,
            surfaced: "Found",
            item: Item::Done,
        },
    },
    Row {
        number: 55,
        name: "a key twice, and once for another file",
        stimulus: Always(|| vec![Fault::duplicate_keys()]),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol Report",
            item: Item::Failed(4),
        },
    },
    Row {
        number: 56,
        name: "the report of another file, or of none",
        stimulus: Always(|| {
            vec![
                Fault::OtherFile(file(2)[0].to_string()),
                Fault::field(
                    "/data/attributes/md5",
                    "\"00000000000000000000000000000000\"",
                ),
            ]
        }),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol HashMismatch",
            item: Item::Failed(4),
        },
    },
    Row {
        number: 57,
        name: "hostile and long texts",
        stimulus: File(Specimen::HostileText),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: DAY,
            surfaced: "Found",
            item: Item::Done,
        },
    },
    Row {
        number: 58,
        name: "a head of ten thousand lines, or of megabytes",
        stimulus: Always(|| {
            vec![
                Fault::HeaderFlood {
                    count: 10_000,
                    bytes: 1,
                },
                Fault::HeaderFlood {
                    count: 1,
                    bytes: 1 << 20,
                },
            ]
        }),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol NotHttp",
            item: Item::Open,
        },
    },
    Row {
        number: 59,
        name: "a server whose clock is off",
        stimulus: Always(|| {
            [
                TimeDelta::seconds(121),
                TimeDelta::minutes(-10),
                TimeDelta::hours(5),
            ]
            .map(Fault::DateOff)
            .into()
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: DAY,
            surfaced: "Found",
            item: Item::Done,
        },
    },
    Row {
        number: 60,
        name: "the last caller leaves while he waits for a place",
        stimulus: Played(played::left_in_line),
        expect: Expect {
            events: &[
                (0.0, 0.0, "200"),
                (0.1, 0.9, "200"),
                (0.1, 0.9, "200"),
                (0.1, 0.9, "200"),
            ],
            charged: 4,
            stored: Stored::Nothing,
            surfaced: "Cancelled",
            item: Item::None,
        },
    },
    Row {
        number: 61,
        name: "the caller leaves during the attempt",
        stimulus: Played(played::left_under_way),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: DAY,
            surfaced: "the other is answered",
            item: Item::None,
        },
    },
    Row {
        number: 62,
        name: "killed after the charge, before anything is sent",
        stimulus: Played(played::killed_before_sending),
        expect: Expect {
            events: &[(100.0, 101.0, "200")],
            charged: 5,
            stored: DAY,
            surfaced: "Found",
            item: Item::None,
        },
    },
    Row {
        number: 62,
        name: "killed after sending, before anything is kept",
        stimulus: Played(played::killed_before_keeping),
        expect: Expect {
            events: &[(0.0, 0.0, "200"), (120.1, 121.0, "200")],
            charged: 2,
            stored: DAY,
            surfaced: "one request more",
            item: Item::Done,
        },
    },
];
