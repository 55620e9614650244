use super::*;
use crate::client::TimeoutPhase;

fn upstream(status: u16, retry_after: Option<u64>) -> Error {
    Error::Upstream {
        status,
        code: None,
        retry_after: retry_after.map(Duration::from_secs),
    }
}

fn not_available_yet() -> Error {
    Error::Upstream {
        status: 400,
        code: Some("NotAvailableYet".into()),
        retry_after: None,
    }
}

fn connect(stage: ConnectStage) -> Error {
    Error::Connect {
        host: "vt.example".into(),
        stage,
        reason: "refused".into(),
    }
}

fn timeout(phase: TimeoutPhase) -> Error {
    let host = "vt.example".into();
    Error::Timeout { host, phase }
}

fn interrupted() -> Error {
    Error::Interrupted {
        host: "vt.example".into(),
        reason: "reset".into(),
    }
}

fn nth(now: u32) -> Attempts {
    Attempts { now, before: 0 }
}

/// After how many attempts a question is given up, and how.
fn end(error: &Error) -> (u32, Next) {
    let decide = |attempts| next(error, nth(attempts), true, 1.0);
    let is_end = |attempts: &u32| !matches!(decide(*attempts), Next::Again { .. });
    let attempts = (1..).find(is_end).unwrap();
    (attempts, decide(attempts))
}

#[test]
fn each_failure_is_tried_as_often_as_it_may_help() {
    let later = Next::Later(Duration::ZERO);
    let paused = Next::Later(Duration::from_secs(300));
    let protocol = |error| Error::Protocol(error);
    let named = |code: &str| code.into();
    let mut table = vec![
        (connect(ConnectStage::Network), 3, later),
        (connect(ConnectStage::Tls), 1, paused),
        (connect(ConnectStage::Proxy), 1, paused),
        (timeout(TimeoutPhase::Connect), 3, later),
        (timeout(TimeoutPhase::Exchange), 3, later),
        (interrupted(), 3, later),
        (not_available_yet(), 1, paused),
        (
            Error::Auth {
                code: named("UserNotActiveError"),
            },
            1,
            Next::Stop,
        ),
        (
            Error::Forbidden {
                code: named("ForbiddenError"),
            },
            1,
            Next::GiveUp,
        ),
        (
            Error::Quota {
                code: named("x"),
                retry_after: None,
            },
            1,
            Next::Requeue,
        ),
        (protocol(ProtocolError::Redirect(302)), 1, Next::GiveUp),
        (protocol(ProtocolError::Status(202)), 1, later),
        (protocol(ProtocolError::Status(304)), 1, Next::GiveUp),
        (
            protocol(ProtocolError::TooLarge { limit: 1 }),
            1,
            Next::GiveUp,
        ),
        (
            protocol(ProtocolError::ContentType(named("text/html"))),
            1,
            paused,
        ),
        (
            protocol(ProtocolError::Report(ReportError::NoReport)),
            2,
            later,
        ),
        (
            protocol(ProtocolError::NotHttp {
                reason: "no".into(),
            }),
            2,
            later,
        ),
        (protocol(ProtocolError::HashMismatch), 2, Next::GiveUp),
        (protocol(ProtocolError::Encoding), 2, later),
    ];
    for status in [408, 425, 500, 502, 503, 504, 520, 526, 529, 599] {
        table.push((upstream(status, None), 3, later));
    }
    for status in [404, 421, 424] {
        table.push((upstream(status, None), 2, later));
    }
    for status in [407, 511] {
        table.push((protocol(ProtocolError::Intermediary(status)), 1, paused));
    }
    for status in [
        400, 405, 406, 409, 410, 413, 414, 415, 418, 422, 431, 451, 501, 505,
    ] {
        table.push((upstream(status, None), 1, Next::GiveUp));
    }
    for (error, attempts, next) in table {
        assert_eq!(end(&error), (attempts, next), "{error}");
    }
}

#[test]
fn a_strange_status_is_settled_at_the_second_time() {
    let error = Error::Protocol(ProtocolError::Status(206));
    let again = Attempts { now: 1, before: 1 };
    assert_eq!(next(&error, again, true, 0.5), Next::GiveUp);
}

#[test]
fn the_waits_grow_and_are_spread_from_nothing_on() {
    let after = |attempts, random| match next(&interrupted(), nth(attempts), true, random) {
        Next::Again { after, .. } => after.as_millis(),
        other => panic!("{other:?}"),
    };
    assert_eq!([after(1, 1.0), after(2, 1.0)], [1_000, 2_000]);
    assert_eq!([after(1, 0.0), after(2, 0.5)], [0, 1_000]);
    assert_eq!(backoff(7), Duration::from_secs(60));
    assert_eq!(backoff(u32::MAX), Duration::from_secs(60));
}

#[test]
fn the_server_may_ask_for_a_longer_wait() {
    let decided = |seconds| next(&upstream(503, Some(seconds)), nth(1), true, 0.5);
    for seconds in [120, 300] {
        let after = Duration::from_secs(seconds);
        let plain = false;
        assert_eq!(decided(seconds), Next::Again { after, plain });
    }
    assert_eq!(decided(301), Next::Later(Duration::from_secs(301)));
}

#[test]
fn without_a_token_nothing_is_retried() {
    let decided = next(&upstream(503, None), nth(1), false, 0.5);
    assert_eq!(decided, Next::Later(Duration::ZERO));
}

#[test]
fn what_cannot_be_decoded_is_asked_for_as_it_is() {
    let encoding = Error::Protocol(ProtocolError::Encoding);
    let decided = next(&encoding, nth(1), true, 0.0);
    let after = Duration::ZERO;
    assert_eq!(decided, Next::Again { after, plain: true });
}

#[test]
fn what_others_may_meet_too_counts_as_an_outage() {
    for (error, is_shared) in [
        (upstream(503, None), true),
        (connect(ConnectStage::Tls), true),
        (Error::Protocol(ProtocolError::Redirect(302)), true),
        (
            Error::Protocol(ProtocolError::ContentType("text/html".into())),
            true,
        ),
        (upstream(400, None), false),
        (not_available_yet(), false),
        (Error::Protocol(ProtocolError::TooLarge { limit: 1 }), false),
    ] {
        assert_eq!(Rule::of(&error).is_shared, is_shared, "{error}");
    }
}

#[test]
fn later_tries_are_1_5_30_120_minutes_and_then_6_hours_apart() {
    let minutes = LATER.map(|wait| wait.as_secs() / 60);
    assert_eq!(minutes, [1, 5, 30, 120, 360, 360, 360, 360]);
}

#[test]
fn successes_add_nothing_to_a_full_budget() {
    let mut budget = Budget::default();
    (0..50).for_each(|_| budget.earn());
    assert_eq!(budget, Budget::default());
}
