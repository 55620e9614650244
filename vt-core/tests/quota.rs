//! The quota rules, driven through simulated years against a server that
//! counts for itself, and the same check on limiters that are wrong.

#![expect(clippy::print_stdout, reason = "the figures are the point")]

#[path = "quota/simulation.rs"]
mod simulation;
#[path = "quota/wrong.rs"]
mod wrong;

use std::time::Duration;

use simulation::{Findings, Limiter, Scenario, simulate};
use vt_core::{
    quota::{Account, Attempt, Quota, Spent},
    time::Now,
};

/// The limiter that this crate ships.
struct Ours {
    account: Account,
    quota: Quota,
}

impl Ours {
    fn new(quota: Quota) -> Self {
        Self {
            account: Account::default(),
            quota,
        }
    }
}

impl Limiter for Ours {
    fn reserve(&mut self, now: Now, deadline: Duration) -> Result<u64, Duration> {
        self.account
            .reserve(now, &self.quota, deadline)
            .map_err(|wait| wait.duration)
    }

    fn finish(&mut self, now: Now, ticket: u64, attempt: Attempt) {
        self.account.finish(now, ticket, attempt);
    }

    fn raise(&mut self, now: Now, seen: &Spent) {
        self.account.raise(now, seen);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn seed() -> u64 {
    setting("VT_TEST_SEED", 0x5eed)
}

fn run(limiter: &mut dyn Limiter, scenario: &Scenario) -> Findings {
    let findings = simulate(limiter, scenario);
    println!("{scenario:?}\n{findings:?}");
    findings
}

#[test]
fn years_of_faults_overrun_nothing_and_use_the_quota() {
    let hours = setting("VT_QUOTA_HOURS", 10_000);
    for (skew_ms, seed) in [(60_000, seed()), (-60_000, seed() + 1)] {
        let scenario = Scenario {
            hours: hours / 2,
            server_skew_ms: skew_ms,
            ..Scenario::public(seed)
        };
        let findings = run(&mut Ours::new(Quota::PUBLIC), &scenario);
        assert_eq!(findings.overruns(), 0, "seed {seed}: {findings:?}");
        assert!(findings.day_use() >= 0.995, "seed {seed}: {findings:?}");
    }
}

#[test]
fn a_wall_clock_that_jumps_by_days_overruns_nothing() {
    let scenario = Scenario {
        wall_step_ms: 3 * 86_400_000,
        look_every_ms: 600_000,
        ..Scenario::public(seed())
    };
    let findings = run(&mut Ours::new(Quota::PUBLIC), &scenario);
    assert_eq!(findings.overruns(), 0, "{findings:?}");
}

/// The same random events, with and without looking.
#[test]
fn looking_at_the_server_s_count_costs_no_request() {
    for server_skew_ms in [60_000, -60_000] {
        let blind = Scenario {
            server_skew_ms,
            ..Scenario::public(seed())
        };
        let looking = Scenario {
            look_every_ms: 97_000,
            ..blind
        };
        let [blind, looking] =
            [blind, looking].map(|scenario| run(&mut Ours::new(Quota::PUBLIC), &scenario));
        assert_eq!(looking.overruns(), 0, "{looking:?}");
        assert_eq!(looking.requests, blind.requests);
    }
}

#[test]
fn requests_from_elsewhere_are_allowed_for_once_they_are_seen() {
    let blind = Scenario {
        strangers: 100,
        ..Scenario::public(seed())
    };
    let looking = Scenario {
        look_every_ms: 600_000,
        ..blind
    };
    let [blind, looking] =
        [blind, looking].map(|scenario| run(&mut Ours::new(Quota::PUBLIC), &scenario));
    assert!(blind.over_day > 0, "{blind:?}");
    assert_eq!(looking.overruns(), 0, "{looking:?}");
    assert!(looking.day_use() >= 0.995, "{looking:?}");
}

#[test]
fn a_month_limit_that_binds_is_kept_and_used() {
    let scenario = Scenario {
        quota: Quota::PUBLIC.per_month(3_000),
        ..Scenario::public(seed())
    };
    let findings = run(&mut Ours::new(scenario.quota), &scenario);
    assert_eq!(findings.overruns(), 0, "{findings:?}");
    assert!(findings.fullest_month > 2_985, "{findings:?}");
}

#[test]
fn a_private_key_with_many_nodes_is_kept_within_its_minute() {
    let quota = Quota::PUBLIC.per_minute(600).per_day(None).per_month(None);
    let scenario = Scenario {
        quota,
        nodes: 60,
        hours: 2,
        ..Scenario::public(seed())
    };
    let findings = run(&mut Ours::new(quota), &scenario);
    assert_eq!(findings.overruns(), 0, "{findings:?}");
    // 600 in each 60 s and a quarter, less the latency: most of it is used.
    assert!(findings.requests > 2 * 60 * 500, "{findings:?}");
}

/// Each wrong limiter must be caught by the very check that ours passes.
#[track_caller]
fn caught(mut limiter: impl Limiter, scenario: Scenario) -> Findings {
    let findings = run(&mut limiter, &scenario);
    assert!(findings.overruns() > 0, "not caught: {findings:?}");
    findings
}

#[test]
fn a_token_bucket_is_caught() {
    let findings = caught(wrong::TokenBucket::new(4), Scenario::public(seed()));
    assert!(findings.over_minute > 0);
}

#[test]
fn an_aligned_minute_is_caught() {
    let findings = caught(wrong::AlignedMinute::default(), Scenario::public(seed()));
    assert!(findings.over_minute > 0);
}

#[test]
fn freeing_a_place_60_s_after_sending_is_caught() {
    let findings = caught(wrong::SendPlus60::default(), Scenario::public(seed()));
    assert!(findings.over_minute > 0);
}

#[test]
fn charging_after_the_reply_is_caught() {
    let findings = caught(wrong::ChargeAfterReply::default(), Scenario::public(seed()));
    assert!(findings.over_day > 0);
}

#[test]
fn places_without_generation_numbers_are_caught() {
    let scenario = Scenario {
        stalls: 2_000,
        ..Scenario::public(seed())
    };
    let findings = run(&mut Ours::new(Quota::PUBLIC), &scenario);
    assert_eq!(findings.overruns(), 0, "{findings:?}");
    let findings = caught(wrong::NoGeneration::default(), scenario);
    assert!(findings.over_minute > 0);
}

#[test]
fn a_day_without_a_midnight_guard_is_caught() {
    let scenario = Scenario {
        server_skew_ms: -60_000,
        ..Scenario::public(seed())
    };
    let findings = caught(wrong::NoMidnightGuard::default(), scenario);
    assert!(findings.over_day > 0);
}

#[test]
fn giving_back_what_timed_out_is_caught() {
    let findings = caught(
        wrong::TimeoutsGivenBack::default(),
        Scenario::public(seed()),
    );
    assert!(findings.over_day > 0);
}

#[test]
fn a_minute_by_the_wall_clock_is_caught() {
    let findings = caught(wrong::WallClockMinute::default(), Scenario::public(seed()));
    assert!(findings.over_minute > 0);
}
