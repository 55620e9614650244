//! Rows 20 to 29: the quota is used up, as VirusTotal says or as we know.

use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, RETRY_AFTER},
};
use vt_sim::{Fault, Gzip};

use super::{
    played,
    row::{Expect, Item, Row, Stimulus::*, Stored},
};

const DAY: Stored = Stored::Minutes(24 * 60);
/// A block of a minute, its jitter, and how long the answer before it took.
const BLOCKED: &[(f64, f64, &str)] = &[(0.0, 0.0, "429"), (60.1, 65.9, "200")];
const GIVEN: &str = "Quota, then Found";

fn over_quota() -> Fault {
    Fault::status(StatusCode::TOO_MANY_REQUESTS)
}

fn too_many() -> Fault {
    Fault::error(
        StatusCode::TOO_MANY_REQUESTS,
        "TooManyRequestsError",
        "slow down",
    )
}

fn wait(value: &'static str) -> Fault {
    over_quota().and(Fault::header(RETRY_AFTER, HeaderValue::from_static(value)))
}

fn waits(values: &[&'static str]) -> Vec<Fault> {
    values.iter().copied().map(wait).collect()
}

fn two_waits() -> Fault {
    let values = ["7", "70"].map(HeaderValue::from_static).to_vec();
    over_quota().and(Fault::Header {
        name: RETRY_AFTER,
        values,
    })
}

fn not_text() -> Fault {
    let value = HeaderValue::from_bytes(b"7\xb2").unwrap();
    over_quota().and(Fault::header(RETRY_AFTER, value))
}

fn long(digit: &str) -> Fault {
    let value = HeaderValue::try_from(digit.repeat(8 << 10)).unwrap();
    over_quota().and(Fault::header(RETRY_AFTER, value))
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 20,
        name: "429 once",
        stimulus: Times(1, || vec![over_quota()]),
        expect: Expect {
            events: BLOCKED,
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 20,
        name: "429 again and again: a minute, 5, 30, and then a probe an hour",
        stimulus: Times(5, || vec![over_quota()]),
        expect: Expect {
            events: &[
                (0.0, 0.0, "429"),
                (60.1, 65.9, "429"),
                (300.1, 305.9, "429"),
                (1_800.1, 1_805.9, "429"),
                (3_600.1, 3_605.9, "429"),
                (3_600.1, 3_605.9, "200"),
            ],
            charged: 6,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 20,
        name: "429 all day: the last probe is at midnight, and not an hour later",
        stimulus: Played(played::refused_until_midnight),
        expect: Expect {
            events: &[],
            charged: 0,
            stored: Stored::Nothing,
            surfaced: "answered within 3 minutes of the new day",
            item: Item::None,
        },
    },
    Row {
        number: 21,
        name: "429 TooManyRequestsError: a minute, doubled each time up to 30",
        stimulus: Times(7, || vec![too_many()]),
        expect: Expect {
            events: &[
                (0.0, 0.0, "429"),
                (60.1, 65.9, "429"),
                (120.1, 125.9, "429"),
                (240.1, 245.9, "429"),
                (480.1, 485.9, "429"),
                (960.1, 965.9, "429"),
                (1_800.1, 1_805.9, "429"),
                (1_800.1, 1_805.9, "200"),
            ],
            charged: 8,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 22,
        name: "429 with 7 seconds of Retry-After",
        stimulus: Times(1, || waits(&["7"])),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (7.1, 12.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 22,
        name: "429 with 7 seconds of Retry-After, twice: the second time that is not believed",
        stimulus: Times(2, || waits(&["7"])),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (7.1, 12.9, "429"), (300.1, 305.9, "200")],
            charged: 3,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 22,
        name: "429 with 700 seconds of Retry-After",
        stimulus: Times(1, || waits(&["700"])),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (700.1, 705.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 23,
        name: "Retry-After that is no wait",
        stimulus: Times(1, || {
            [
                waits(&["-1", "1.5", "", "soon", "0x10"]),
                vec![not_text(), long("x")],
            ]
            .concat()
        }),
        expect: Expect {
            events: BLOCKED,
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 23,
        name: "Retry-After of nothing",
        stimulus: Times(1, || waits(&["0"])),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (1.1, 6.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 23,
        name: "Retry-After of more than a day",
        stimulus: Long(&Times(1, || vec![wait("1000000000000"), long("9")])),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (86_400.1, 86_405.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 23,
        name: "two Retry-Afters, of which the longer counts",
        stimulus: Times(1, || vec![two_waits()]),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (70.1, 75.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 24,
        name: "Retry-After as a date in 10 minutes, in any zone",
        stimulus: Times(1, || {
            waits(&[
                "Tue, 10 Mar 2026 12:10:00 GMT",
                "Tue, 10 Mar 2026 13:10:00 +0100",
            ])
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (600.1, 605.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 24,
        name: "Retry-After as a date, of a server that does not say what time it is",
        stimulus: Times(1, || {
            vec![wait("Tue, 10 Mar 2026 12:10:00 GMT").and(Fault::without_header(DATE))]
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (599.0, 605.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 24,
        name: "Retry-After as a date that is over",
        stimulus: Times(1, || waits(&["Tue, 10 Mar 2026 11:00:00 GMT"])),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (1.1, 6.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 24,
        name: "Retry-After in the year 9999",
        stimulus: Long(&Times(1, || waits(&["Fri, 31 Dec 9999 23:59:59 GMT"]))),
        expect: Expect {
            events: &[(0.0, 0.0, "429"), (86_400.1, 86_405.9, "200")],
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 25,
        name: "429 that is said to be gzip, is cut, is a page, or is empty",
        stimulus: Times(1, || {
            let gzip = Fault::header(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            vec![
                over_quota().and(gzip),
                over_quota().and(Fault::Gzip(Gzip::Cut { after: 20 })),
                over_quota().and(Fault::CutBody { after: 10 }),
                over_quota().and(Fault::ResetBody { after: 10 }),
                Fault::html(StatusCode::TOO_MANY_REQUESTS, "<title>Slow down</title>"),
                Fault::bare(StatusCode::TOO_MANY_REQUESTS),
                over_quota().and(Fault::without_header(CONTENT_LENGTH)),
            ]
        }),
        expect: Expect {
            events: BLOCKED,
            charged: 2,
            stored: DAY,
            surfaced: GIVEN,
            item: Item::Open,
        },
    },
    Row {
        number: 26,
        name: "429 for one of four nodes: the others stop too",
        stimulus: Played(played::one_node_is_refused),
        expect: Expect {
            events: &[
                (0.0, 0.0, "429"),
                (60.1, 65.9, "200"),
                (0.0, 6.0, "200"),
                (0.0, 6.0, "200"),
                (0.0, 6.0, "200"),
            ],
            charged: 5,
            stored: DAY,
            surfaced: "4 answers",
            item: Item::None,
        },
    },
    Row {
        number: 27,
        name: "429 for a day, 10 nodes",
        stimulus: Long(&Played(played::a_day_of_refusals)),
        expect: Expect {
            events: &[],
            charged: 0,
            stored: Stored::Nothing,
            surfaced: "at most 30 requests",
            item: Item::None,
        },
    },
    Row {
        number: 28,
        name: "429 though only 3 are used, as far as we know",
        stimulus: Played(played::used_elsewhere),
        expect: Expect {
            events: &[
                (0.0, 0.0, "200"),
                (0.1, 0.9, "200"),
                (0.1, 0.9, "200"),
                (0.1, 0.9, "429"),
                (60.1, 65.9, "200"),
            ],
            charged: 5,
            stored: DAY,
            surfaced: "4 answers",
            item: Item::None,
        },
    },
    Row {
        number: 29,
        name: "500 are used, as far as we know, and VirusTotal would answer",
        stimulus: Played(played::used_up),
        expect: Expect {
            events: &[(43_320.0, 43_320.0, "200")],
            charged: 1,
            stored: DAY,
            surfaced: "Pending, then Found",
            item: Item::Done,
        },
    },
];
