//! The contract of [`Ledger`], rule by rule.
//!
//! Call [`ledger_conformance!`](crate::ledger_conformance) in a test module
//! to get one test per rule. The rules that only months can show (2 and 3)
//! are tested in their principle here; a simulation of years is to be run on
//! whatever decides.
#![expect(clippy::missing_panics_doc, reason = "tests panic")]

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::VirtualClock;
use crate::{
    quota::{
        Attempt, Ending, GUARD, KeyId, Ledger, Limit, MARGIN, Permit, Quota, Reply, Reservation,
        Spend, Spent, WINDOW, Wait,
    },
    time::Clock,
};

mod trouble;

pub use trouble::refusals_and_outages_hold_for_everybody_until_one_is_answered;

/// Makes a test of every rule for the ledger that an async closure makes on
/// the clock it is given.
///
/// ```
/// # fn main() {}
/// #[cfg(test)]
/// mod memory_ledger {
///     use std::sync::Arc;
///     use vt_core::quota::MemoryLedger;
///
///     vt_core::ledger_conformance!(async |clock| MemoryLedger::with_clock(Arc::new(clock)));
/// }
/// ```
#[macro_export]
macro_rules! ledger_conformance {
    ($ledger:expr) => {
        $crate::ledger_conformance!(@ $ledger;
            a_place_is_free_60_s_after_the_end,
            day_and_month_limits_hold_until_both_clocks_have_turned,
            a_lost_permit_frees_its_place_after_its_deadline,
            a_permit_that_comes_back_too_late_changes_nothing,
            what_was_not_sent_costs_only_the_minute,
            what_was_not_used_costs_nothing,
            waiting_holds_nothing,
            a_block_stops_every_grant_until_it_is_over,
            keys_do_not_affect_each_other,
            the_server_s_clock_can_only_make_it_stricter,
            what_virustotal_counted_only_makes_it_dearer,
            what_is_under_way_comes_on_top_of_what_virustotal_counted,
            a_count_of_an_unclear_day_changes_nothing,
            refusals_and_outages_hold_for_everybody_until_one_is_answered,
        );
    };
    (@ $ledger:expr; $($rule:ident,)+) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $rule() {
                let clock = $crate::testkit::VirtualClock::at_noon();
                let ledger = ::std::sync::Arc::new(($ledger)(clock.clone()).await);
                $crate::testkit::ledger::$rule(ledger, clock).await;
            }
        )+
    };
}

const KEY: KeyId = KeyId::from_bytes([1; 16]);
const DEADLINE: Duration = Duration::from_secs(30);
const SENT: Attempt = Attempt::new(Ending::Sent, Reply::Nothing);

async fn reserve(ledger: &dyn Ledger, key: KeyId, quota: Quota) -> Result<Permit, Wait> {
    let deadline = DEADLINE;
    let spend = Spend {
        key,
        quota,
        deadline,
    };
    match ledger.reserve(&spend).await.expect("a working ledger") {
        Reservation::Granted(permit) => Ok(permit),
        Reservation::Wait(wait) => Err(wait),
    }
}

async fn granted(ledger: &dyn Ledger, quota: Quota) -> Permit {
    reserve(ledger, KEY, quota).await.expect("a grant")
}

async fn refused(ledger: &dyn Ledger, quota: Quota) -> Wait {
    reserve(ledger, KEY, quota).await.expect_err("a limit")
}

async fn finish(ledger: &dyn Ledger, permit: Permit, ending: Ending) {
    let attempt = Attempt { ending, ..SENT };
    ledger
        .finish(permit, attempt)
        .await
        .expect("a working ledger");
}

async fn day(ledger: &dyn Ledger) -> (u32, u32) {
    let usage = ledger
        .usage(KEY, &Quota::PUBLIC)
        .await
        .expect("a working ledger");
    (usage.day, usage.month)
}

/// Rules 1 and 2.
pub async fn a_place_is_free_60_s_after_the_end(ledger: Arc<dyn Ledger>, _: VirtualClock) {
    let quota = Quota::PUBLIC.per_minute(2);
    let first = granted(&*ledger, quota).await;
    let second = granted(&*ledger, quota).await;
    assert_eq!(day(&*ledger).await, (2, 2), "charged before it is sent");
    tokio::time::advance(Duration::from_secs(10)).await;
    finish(&*ledger, first, Ending::Sent).await;
    let wait = refused(&*ledger, quota).await;
    assert_eq!(
        (wait.limit, wait.duration),
        (Limit::Minute, WINDOW + MARGIN)
    );
    tokio::time::advance(wait.duration - Duration::from_millis(1)).await;
    assert_eq!(refused(&*ledger, quota).await.limit, Limit::Minute);
    tokio::time::advance(Duration::from_millis(1)).await;
    drop(granted(&*ledger, quota).await);
    assert_eq!(refused(&*ledger, quota).await.limit, Limit::Minute);
    drop(second);
}

/// Rule 3.
pub async fn day_and_month_limits_hold_until_both_clocks_have_turned(
    ledger: Arc<dyn Ledger>,
    clock: VirtualClock,
) {
    for (quota, limit) in [
        (Quota::UNLIMITED.per_day(2), Limit::Day),
        (Quota::UNLIMITED.per_month(5), Limit::Month),
    ] {
        for _ in 0..2 {
            let permit = granted(&*ledger, quota).await;
            finish(&*ledger, permit, Ending::Sent).await;
        }
        let wait = refused(&*ledger, quota).await;
        assert_eq!(wait.limit, limit);
        let turn = clock.wall() + TimeDelta::from_std(wait.duration).expect("a month at most");
        let guard = turn.time().signed_duration_since(chrono::NaiveTime::MIN);
        assert_eq!(guard, TimeDelta::seconds(120), "two minutes after midnight");
        tokio::time::advance(wait.duration - Duration::from_secs(1)).await;
        assert_eq!(refused(&*ledger, quota).await.limit, limit);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(granted(&*ledger, quota).await);
    }
}

/// Rule 4.
pub async fn a_lost_permit_frees_its_place_after_its_deadline(
    ledger: Arc<dyn Ledger>,
    _: VirtualClock,
) {
    let quota = Quota::PUBLIC.per_minute(1);
    drop(granted(&*ledger, quota).await);
    let wait = refused(&*ledger, quota).await;
    assert_eq!(wait.duration, DEADLINE + WINDOW + MARGIN);
    tokio::time::advance(wait.duration).await;
    drop(granted(&*ledger, quota).await);
    assert_eq!(day(&*ledger).await, (2, 2));
}

/// Rule 5.
pub async fn a_permit_that_comes_back_too_late_changes_nothing(
    ledger: Arc<dyn Ledger>,
    _: VirtualClock,
) {
    let quota = Quota::PUBLIC.per_minute(1);
    let late = granted(&*ledger, quota).await;
    tokio::time::advance(DEADLINE + WINDOW + MARGIN).await;
    let permit = granted(&*ledger, quota).await;
    finish(&*ledger, late, Ending::Unused).await;
    let wait = refused(&*ledger, quota).await;
    assert_eq!(
        wait.duration,
        DEADLINE + WINDOW + MARGIN,
        "the place is the other's"
    );
    assert_eq!(day(&*ledger).await, (2, 2));
    drop(permit);
}

/// Rule 6.
pub async fn what_was_not_sent_costs_only_the_minute(ledger: Arc<dyn Ledger>, _: VirtualClock) {
    let quota = Quota::PUBLIC.per_minute(1);
    let permit = granted(&*ledger, quota).await;
    finish(&*ledger, permit, Ending::NotSent).await;
    assert_eq!(day(&*ledger).await, (0, 0));
    assert_eq!(refused(&*ledger, quota).await.duration, WINDOW + MARGIN);
}

/// Rule 6.
pub async fn what_was_not_used_costs_nothing(ledger: Arc<dyn Ledger>, _: VirtualClock) {
    let quota = Quota::PUBLIC.per_minute(1);
    let permit = granted(&*ledger, quota).await;
    finish(&*ledger, permit, Ending::Unused).await;
    assert_eq!(day(&*ledger).await, (0, 0));
    drop(granted(&*ledger, quota).await);
}

/// Rule 7.
pub async fn waiting_holds_nothing(ledger: Arc<dyn Ledger>, _: VirtualClock) {
    let quota = Quota::PUBLIC.per_minute(1);
    drop(granted(&*ledger, quota).await);
    for _ in 0..100 {
        let _ = refused(&*ledger, quota).await;
    }
    assert_eq!(day(&*ledger).await, (1, 1));
    tokio::time::advance(refused(&*ledger, quota).await.duration).await;
    drop(granted(&*ledger, quota).await);
}

/// Rule 8.
pub async fn a_block_stops_every_grant_until_it_is_over(ledger: Arc<dyn Ledger>, _: VirtualClock) {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    ledger
        .block(KEY, minutes(5))
        .await
        .expect("a working ledger");
    ledger
        .block(KEY, minutes(1))
        .await
        .expect("a working ledger");
    let wait = refused(&*ledger, Quota::UNLIMITED).await;
    assert_eq!((wait.limit, wait.duration), (Limit::Server, minutes(5)));
    let usage = ledger
        .usage(KEY, &Quota::PUBLIC)
        .await
        .expect("a working ledger");
    assert_eq!(usage.blocked_for, minutes(5));
    tokio::time::advance(minutes(5)).await;
    drop(granted(&*ledger, Quota::UNLIMITED).await);
}

/// Rule 9.
pub async fn keys_do_not_affect_each_other(ledger: Arc<dyn Ledger>, _: VirtualClock) {
    let quota = Quota::PUBLIC.per_minute(1);
    let other = KeyId::from_bytes([2; 16]);
    drop(granted(&*ledger, quota).await);
    ledger.block(KEY, WINDOW).await.expect("a working ledger");
    drop(reserve(&*ledger, other, quota).await.expect("a grant"));
    let usage = ledger.usage(other, &quota).await.expect("a working ledger");
    assert_eq!(
        (usage.minute, usage.day, usage.blocked_for),
        (1, 1, Duration::ZERO)
    );
}

/// Rule 3.
pub async fn the_server_s_clock_can_only_make_it_stricter(
    ledger: Arc<dyn Ledger>,
    clock: VirtualClock,
) {
    let quota = Quota::UNLIMITED.per_day(1);
    let permit = granted(&*ledger, quota).await;
    let attempt = Attempt {
        server_time: Some(clock.wall()),
        ..SENT
    };
    ledger
        .finish(permit, attempt)
        .await
        .expect("a working ledger");
    // Our clock says tomorrow, the server still says today.
    clock.step_wall(TimeDelta::days(1));
    assert_eq!(refused(&*ledger, quota).await.limit, Limit::Day);
    clock.step_wall(TimeDelta::days(-2));
    assert_eq!(refused(&*ledger, quota).await.limit, Limit::Day);
}

async fn raise(ledger: &dyn Ledger, server_time: DateTime<Utc>, counted: [Option<u32>; 2]) {
    let [day, month] = counted;
    let seen = Spent {
        day,
        month,
        server_time,
    };
    ledger.raise(KEY, seen).await.expect("a working ledger");
}

/// Rules 9 and 11.
pub async fn what_virustotal_counted_only_makes_it_dearer(
    ledger: Arc<dyn Ledger>,
    clock: VirtualClock,
) {
    let permit = granted(&*ledger, Quota::UNLIMITED).await;
    finish(&*ledger, permit, Ending::Sent).await;
    let now = clock.wall();
    for (counted, expected) in [
        ([Some(7), None], (7, 1)),
        ([None, Some(30)], (7, 30)),
        ([Some(6), Some(29)], (7, 30)),
        ([None, None], (7, 30)),
        ([Some(8), Some(31)], (8, 31)),
    ] {
        raise(&*ledger, now, counted).await;
        assert_eq!(day(&*ledger).await, expected, "{counted:?}");
    }
    let limits = [
        (Quota::UNLIMITED.per_day(8), Limit::Day),
        (Quota::UNLIMITED.per_month(31), Limit::Month),
    ];
    for (quota, limit) in limits {
        assert_eq!(refused(&*ledger, quota).await.limit, limit);
    }
    let other = KeyId::from_bytes([2; 16]);
    let usage = ledger.usage(other, &Quota::PUBLIC).await;
    assert_eq!(usage.expect("a working ledger").day, 0);
    let permit = granted(&*ledger, Quota::UNLIMITED.per_day(9)).await;
    finish(&*ledger, permit, Ending::Sent).await;
    assert_eq!(day(&*ledger).await, (9, 32), "and on from there");
}

/// Rule 11.
pub async fn what_is_under_way_comes_on_top_of_what_virustotal_counted(
    ledger: Arc<dyn Ledger>,
    clock: VirtualClock,
) {
    let done = granted(&*ledger, Quota::UNLIMITED).await;
    finish(&*ledger, done, Ending::Sent).await;
    let under_way = granted(&*ledger, Quota::UNLIMITED).await;
    let counted = [Some(5), Some(6)];
    raise(&*ledger, clock.wall(), counted).await;
    assert_eq!(day(&*ledger).await, (6, 7));
    raise(&*ledger, clock.wall(), counted).await;
    assert_eq!(day(&*ledger).await, (6, 7), "it is on top already");
    finish(&*ledger, under_way, Ending::NotSent).await;
    assert_eq!(day(&*ledger).await, (5, 6), "no less than VirusTotal's");
}

/// Rule 11.
pub async fn a_count_of_an_unclear_day_changes_nothing(
    ledger: Arc<dyn Ledger>,
    clock: VirtualClock,
) {
    let counted = [Some(400), Some(400)];
    let guard = TimeDelta::from_std(GUARD).expect("some minutes");
    let second = TimeDelta::seconds(1);
    let noon = clock.wall();
    for server_time in [noon + TimeDelta::days(1), noon - TimeDelta::days(1)] {
        raise(&*ledger, server_time, counted).await;
    }
    let midnight = noon + TimeDelta::hours(12);
    clock.step_wall(midnight - guard - clock.wall());
    for server_time in [clock.wall(), clock.wall() - second, midnight + second] {
        raise(&*ledger, server_time, counted).await;
        assert_eq!(day(&*ledger).await, (0, 0), "before midnight");
    }
    clock.step_wall(midnight + guard - second - clock.wall());
    for server_time in [clock.wall(), clock.wall() + second, midnight - second] {
        raise(&*ledger, server_time, counted).await;
        assert_eq!(day(&*ledger).await, (0, 0), "after midnight");
    }
    clock.step_wall(second);
    raise(&*ledger, clock.wall(), counted).await;
    assert_eq!(day(&*ledger).await, (400, 400), "past the guard");
}
