//! The books of one key at their edges: restarts, losses, and years of days.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use vt_core::{
    quota::{
        Account, Attempt, Ending, LedgerError, Limit, MARGIN, MemoryLedger, Quota, Reply, Spent,
        WINDOW,
    },
    time::{BootTime, Now},
};

const DEADLINE: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(86_400);
const SENT: Attempt = Attempt::new(Ending::Sent, Reply::Answered);

/// A moment so long after noon of a day in March, when the machine started.
fn after(passed: Duration) -> Now {
    at(passed, "2026-03-10T12:00:00Z")
}

/// A moment so long after the machine started, which was at `start`.
fn at(passed: Duration, start: &str) -> Now {
    let start: DateTime<Utc> = start.parse().unwrap();
    Now {
        boot: BootTime::from_start(passed),
        wall: start + TimeDelta::from_std(passed).unwrap(),
    }
}

/// Some books after one request that was answered at once.
fn after_one(now: Now, quota: &Quota, attempt: Attempt) -> Account {
    let mut account = Account::default();
    let charge = account.reserve(now, quota, DEADLINE).unwrap();
    account.finish(now, charge, attempt);
    account
}

#[test]
fn books_that_were_stored_say_the_same() {
    let quota = Quota::UNLIMITED.per_minute(3).per_day(5);
    let mut account = after_one(after(DAY), &quota, SENT);
    let under_way = account.reserve(after(DAY), &quota, DEADLINE).unwrap();
    account.reserve(after(DAY), &quota, DEADLINE).unwrap();
    let stored = serde_json::to_string(&account).unwrap();
    let mut restored: Account = serde_json::from_str(&stored).unwrap();
    let later = after(DAY + Duration::from_secs(5));
    assert_eq!(restored.usage(later, &quota).minute, 3);
    let unused = Attempt::UNUSED;
    for account in [&mut account, &mut restored] {
        let wait = account.reserve(later, &quota, DEADLINE).unwrap_err();
        let left = WINDOW + MARGIN - Duration::from_secs(5);
        assert_eq!((wait.limit, wait.duration), (Limit::Minute, left));
        account.finish(later, under_way, unused);
        let usage = account.usage(later, &quota);
        assert_eq!((usage.minute, usage.day, usage.month), (2, 2, 2));
        account.reserve(later, &quota, DEADLINE).unwrap();
    }
}

#[test]
fn after_a_restart_every_place_is_free_in_a_minute() {
    let quota = Quota::UNLIMITED.per_minute(2);
    let saved = after(DAY);
    let mut account = after_one(saved, &quota, SENT);
    let under_way = account.reserve(saved, &quota, DEADLINE).unwrap();
    let now = Now {
        boot: BootTime::from_start(Duration::from_secs(7)),
        ..saved
    };
    account.restart(saved, now);
    let wait = account.reserve(now, &quota, DEADLINE).unwrap_err();
    assert_eq!(
        (wait.limit, wait.duration),
        (Limit::Minute, WINDOW + MARGIN)
    );
    // What was under way is over: nobody can give it back.
    let unused = Attempt::UNUSED;
    account.finish(now, under_way, unused);
    assert_eq!(account.usage(now, &quota).minute, 2);
    assert_eq!(account.usage(now, &quota).day, 2);
}

#[test]
fn a_block_goes_on_after_a_restart_and_not_for_longer() {
    let hour = Duration::from_secs(3_600);
    let saved = after(DAY);
    for (passed, left) in [
        (TimeDelta::zero(), hour),
        (TimeDelta::minutes(20), hour * 2 / 3),
        (TimeDelta::hours(2), Duration::ZERO),
        // A wall clock that was set back makes it no longer.
        (TimeDelta::hours(-5), hour),
    ] {
        let mut account = Account::default();
        account.block(saved, hour);
        let now = Now {
            boot: BootTime::from_start(Duration::from_secs(7)),
            wall: saved.wall + passed,
        };
        account.restart(saved, now);
        assert_eq!(account.usage(now, &Quota::PUBLIC).blocked_for, left);
    }
}

/// The clock that the server's time was measured by has started anew.
#[test]
fn after_a_restart_the_server_is_in_no_day_that_is_over() {
    let quota = Quota::UNLIMITED.per_day(1);
    let saved = after(DAY);
    let answered = Attempt {
        server_time: Some(saved.wall),
        ..SENT
    };
    let mut account = after_one(saved, &quota, answered);
    let now = Now {
        boot: BootTime::default(),
        wall: saved.wall + TimeDelta::days(1),
    };
    account.restart(saved, now);
    account.reserve(now, &quota, DEADLINE).unwrap();
}

#[test]
fn after_a_loss_the_day_and_the_minute_count_as_spent() {
    let now = after(DAY);
    let mut account = Account::after_loss(now, DEADLINE);
    let wait = account.reserve(now, &Quota::UNLIMITED, DEADLINE);
    let wait = wait.unwrap_err();
    let lost = DEADLINE + WINDOW + MARGIN;
    assert_eq!((wait.limit, wait.duration), (Limit::Server, lost));
    let later = after(DAY + lost);
    let wait = account.reserve(later, &Quota::PUBLIC, DEADLINE);
    assert_eq!(wait.unwrap_err().limit, Limit::Day);
    account
        .reserve(later, &Quota::PUBLIC.per_day(None), DEADLINE)
        .unwrap();
    let tomorrow = after(DAY + DAY);
    account.reserve(tomorrow, &Quota::PUBLIC, DEADLINE).unwrap();
}

#[test]
fn of_a_full_day_and_a_full_month_the_longer_is_waited_for() {
    let quota = Quota::UNLIMITED.per_day(1).per_month(1);
    let mut account = after_one(after(DAY), &quota, SENT);
    let wait = account.reserve(after(DAY), &quota, DEADLINE).unwrap_err();
    // From noon on 11 March to two minutes past midnight on 1 April.
    let days = Duration::from_secs(120) + DAY / 2 + DAY * 20;
    assert_eq!((wait.limit, wait.duration), (Limit::Month, days));
}

/// Books in which each of this many days has cost one request.
fn used_daily(days: u32) -> Account {
    let mut account = Account::default();
    for day in 0..days {
        let now = after(DAY * day);
        account.reserve(now, &Quota::UNLIMITED, DEADLINE).unwrap();
    }
    account
}

#[test]
fn a_thousand_days_are_remembered_and_no_more() {
    let cost = |account: &Account, day: u32| {
        let now = after(DAY * day);
        account.usage(now, &Quota::UNLIMITED).day
    };
    let thousand = used_daily(1_000);
    assert!((0..1_000).all(|day| cost(&thousand, day) == 1));
    let more = used_daily(1_003);
    let remembered: Vec<u32> = (0..1_003).filter(|day| cost(&more, *day) == 1).collect();
    assert_eq!(remembered, (3..1_003).collect::<Vec<_>>());
}

#[test]
fn a_day_before_all_that_are_remembered_is_charged_like_any_other() {
    let mut account = used_daily(1_000);
    let quota = Quota::UNLIMITED.per_day(1);
    let long_ago = Now {
        wall: DateTime::UNIX_EPOCH + TimeDelta::hours(12),
        ..after(DAY * 1_000)
    };
    account.reserve(long_ago, &quota, DEADLINE).unwrap();
    let wait = account.reserve(long_ago, &quota, DEADLINE).unwrap_err();
    assert_eq!(wait.limit, Limit::Day);
}

#[test]
fn raising_says_whether_it_changed_anything() {
    let now = after(DAY);
    let mut account = after_one(now, &Quota::UNLIMITED, SENT);
    for (day, month, changed) in [
        (None, None, false),
        (Some(1), Some(1), false),
        (Some(2), Some(1), true),
        (Some(2), Some(2), true),
        (Some(2), None, false),
        (None, Some(3), true),
        (Some(0), Some(0), false),
    ] {
        let server_time = now.wall;
        let seen = Spent {
            day,
            month,
            server_time,
        };
        assert_eq!(account.raise(now, &seen), changed, "{day:?} {month:?}");
    }
}

#[test]
fn a_request_that_reaches_the_end_of_all_calendars_is_charged_too() {
    let quota = Quota::UNLIMITED.per_day(1);
    let last_but_one = DateTime::<Utc>::MAX_UTC - TimeDelta::hours(36);
    for (wall, deadline) in [
        (DateTime::<Utc>::MIN_UTC, DEADLINE),
        (last_but_one, DAY * 3),
    ] {
        let now = Now { wall, ..after(DAY) };
        let mut account = Account::default();
        account.reserve(now, &quota, deadline).unwrap();
        assert_eq!(account.usage(now, &quota).day, 1, "{wall}");
        let wait = account.reserve(now, &quota, deadline).unwrap_err();
        assert_eq!(wait.limit, Limit::Day, "{wall}");
    }
}

#[test]
fn each_limit_has_a_name_for_people() {
    let limits = [Limit::Minute, Limit::Day, Limit::Month, Limit::Server];
    let names = [
        "minute limit",
        "day limit",
        "month limit",
        "refusal by VirusTotal",
    ];
    assert_eq!(limits.map(|limit| limit.to_string()), names);
}

#[test]
fn a_ledger_that_fails_is_named() {
    let error = LedgerError::new(&MemoryLedger::new(), "no room");
    assert_eq!(
        error.to_string(),
        "the quota ledger in memory cannot be used: no room"
    );
}
