//! Rows 1 to 19: answers with a status, quotas aside.

use http::StatusCode;
use vt_sim::{Fault, Specimen};

use super::{
    ONE, THREE, TWO, played,
    row::{Expect, Item, Row, Stimulus::*, Stored},
};

const PAGE: &str = "<!DOCTYPE html><title>Not here</title>";

fn statuses(statuses: &[u16]) -> Vec<Fault> {
    let status = |&status| Fault::status(StatusCode::from_u16(status).unwrap());
    statuses.iter().map(status).collect()
}

fn error(status: u16, code: &str) -> Fault {
    Fault::error(StatusCode::from_u16(status).unwrap(), code, "no")
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 1,
        name: "a report of the file that was asked for",
        stimulus: File(Specimen::Detected),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Minutes(24 * 60),
            surfaced: "Found",
            item: Item::Done,
        },
    },
    Row {
        number: 2,
        name: "404 NotFoundError",
        stimulus: File(Specimen::Unknown),
        expect: Expect {
            events: &[(0.0, 0.0, "404")],
            charged: 1,
            stored: Stored::Minutes(6 * 60),
            surfaced: "NotFound",
            item: Item::Done,
        },
    },
    Row {
        number: 3,
        name: "404 with a page, or with no body",
        stimulus: Always(|| {
            vec![
                Fault::html(StatusCode::NOT_FOUND, PAGE),
                Fault::bare(StatusCode::NOT_FOUND),
            ]
        }),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Upstream 404",
            item: Item::Open,
        },
    },
    Row {
        number: 4,
        name: "a file that is still being analysed",
        stimulus: File(Specimen::Pending),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Minutes(30),
            surfaced: "Pending",
            item: Item::Done,
        },
    },
    Row {
        number: 4,
        name: "a file of which nothing is known yet",
        stimulus: File(Specimen::PendingBare),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Minutes(30),
            surfaced: "Pending",
            item: Item::Done,
        },
    },
    Row {
        number: 5,
        name: "204, as the second version of the API says that the quota is used up",
        stimulus: Times(1, || {
            vec![Fault::bare(StatusCode::NO_CONTENT), error(204, "Whatever")]
        }),
        expect: Expect {
            events: &[(0.0, 0.0, "204"), (60.1, 65.9, "200")],
            charged: 2,
            stored: Stored::Minutes(24 * 60),
            surfaced: "Quota, then Found",
            item: Item::Open,
        },
    },
    Row {
        number: 6,
        name: "200 without `data`, or with an error in it",
        stimulus: Always(|| {
            vec![
                Fault::without_field("/data"),
                Fault::field("/data", "[]"),
                error(200, "TransientError"),
            ]
        }),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Protocol Report",
            item: Item::Open,
        },
    },
    Row {
        number: 7,
        name: "other successes",
        stimulus: Always(|| statuses(&[201, 202, 203, 205, 206, 226])),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Protocol Status",
            item: Item::Failed(2),
        },
    },
    Row {
        number: 8,
        name: "a redirect, to wherever",
        stimulus: Always(|| {
            let to = |status: &u16| {
                Fault::redirect(
                    StatusCode::from_u16(*status).unwrap(),
                    "https://www.virustotal.com/",
                )
            };
            [301, 302, 303, 307, 308].iter().map(to).collect()
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Protocol Redirect",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 9,
        name: "304, which is never asked for",
        stimulus: Always(|| vec![Fault::bare(StatusCode::NOT_MODIFIED)]),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Protocol Status",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 10,
        name: "400, the question is wrong",
        stimulus: Always(|| {
            vec![
                error(400, "BadRequestError"),
                error(400, "InvalidArgumentError"),
            ]
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Upstream 400",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 11,
        name: "400, not available yet",
        stimulus: Always(|| vec![error(400, "NotAvailableYet")]),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Upstream 400",
            item: Item::Open,
        },
    },
    Row {
        number: 12,
        name: "401, the key is refused",
        stimulus: Always(|| {
            [
                "WrongCredentialsError",
                "AuthenticationRequiredError",
                "UserNotActiveError",
            ]
            .map(|code| error(401, code))
            .into()
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Auth",
            item: Item::Paused,
        },
    },
    Row {
        number: 13,
        name: "403 for one file",
        stimulus: Always(|| vec![error(403, "ForbiddenError")]),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Forbidden",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 13,
        name: "403 for three files in a row, which is about the key",
        stimulus: Played(played::forbidden_three_times),
        expect: Expect {
            events: &[(0.0, 0.0, "403"), (0.1, 0.9, "403"), (0.1, 0.9, "403")],
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "at least 4 of 6 are open",
            item: Item::None,
        },
    },
    Row {
        number: 14,
        name: "407 of a proxy, 511 of a network that wants a login",
        stimulus: Always(|| {
            [407, 511]
                .map(|status| error(status, "no").on_the_way())
                .into()
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Protocol Intermediary",
            item: Item::Open,
        },
    },
    Row {
        number: 15,
        name: "408 and 425",
        stimulus: Always(|| statuses(&[408, 425])),
        expect: Expect {
            events: THREE,
            charged: 3,
            stored: Stored::Nothing,
            surfaced: "Upstream 4xx",
            item: Item::Open,
        },
    },
    Row {
        number: 16,
        name: "other 4xx",
        stimulus: Always(|| {
            statuses(&[
                402, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 422, 423, 426,
                428, 431, 499,
            ])
        }),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Upstream 4xx",
            item: Item::Failed(1),
        },
    },
    Row {
        number: 17,
        name: "421",
        stimulus: Always(|| statuses(&[421])),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Upstream 421",
            item: Item::Open,
        },
    },
    Row {
        number: 18,
        name: "424 FailedDependencyError",
        stimulus: Always(|| statuses(&[424])),
        expect: Expect {
            events: TWO,
            charged: 2,
            stored: Stored::Nothing,
            surfaced: "Upstream 424",
            item: Item::Open,
        },
    },
    Row {
        number: 19,
        name: "451",
        stimulus: Always(|| statuses(&[451])),
        expect: Expect {
            events: ONE,
            charged: 1,
            stored: Stored::Nothing,
            surfaced: "Upstream 451",
            item: Item::Failed(1),
        },
    },
];
