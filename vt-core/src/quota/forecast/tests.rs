use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn seconds(usage: &Usage, requests: u64) -> i64 {
    let done = usage.forecast(requests, Duration::ZERO).unwrap();
    (done - usage.at).num_seconds()
}

#[test]
fn the_minute_limit_spaces_requests() {
    let usage = Usage::none(at("2026-03-01T00:02:00Z"), Quota::PUBLIC);
    assert_eq!(seconds(&usage, 0), 0);
    assert_eq!(seconds(&usage, 4), 0);
    assert_eq!(seconds(&usage, 5), 60);
    assert_eq!(seconds(&usage, 9), 120);
    assert_eq!(seconds(&usage, 100), 24 * 60 + 6);
}

#[test]
fn places_that_are_taken_count() {
    let mut usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
    usage.minute = 4;
    usage.place_free_in = Duration::from_secs(25);
    assert_eq!(seconds(&usage, 1), 25);
    assert_eq!(seconds(&usage, 5), 85);
}

#[test]
fn the_day_limit_moves_the_rest_to_the_next_day() {
    let mut usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
    usage.day = 499;
    assert_eq!(seconds(&usage, 1), 0);
    let done = usage.forecast(2, Duration::ZERO).unwrap();
    assert_eq!(done, at("2026-03-02T00:02:00Z"));
    let done = usage.forecast(1 + 500 + 500 + 1, Duration::ZERO).unwrap();
    assert_eq!(done, at("2026-03-04T00:02:00Z"));
}

#[test]
fn the_month_limit_moves_the_rest_to_the_next_month() {
    let mut usage = Usage::none(at("2026-12-30T12:00:00Z"), Quota::PUBLIC.per_month(1_000));
    usage.month = 1_000;
    let done = usage.forecast(1, Duration::ZERO).unwrap();
    assert_eq!(done, at("2027-01-01T00:02:00Z"));
}

#[test]
fn a_minute_limit_fills_the_day_before_a_large_day_limit_does() {
    let quota = Quota::PUBLIC.per_day(1_000_000).per_month(None);
    let usage = Usage::none(at("2026-03-01T23:59:30Z"), quota);
    let done = usage.forecast(5, Duration::ZERO).unwrap();
    assert_eq!(done, at("2026-03-02T00:02:00Z"));
}

#[test]
fn a_block_is_waited_for() {
    let mut usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
    usage.blocked_for = Duration::from_secs(3_600);
    assert_eq!(seconds(&usage, 1), 3_600);
    usage.blocked_for = Duration::from_secs(86_400);
    usage.day = 500;
    assert_eq!(seconds(&usage, 1), 86_400);
}

#[test]
fn without_limits_only_the_latency_counts() {
    let usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::UNLIMITED);
    let done = usage.forecast(1_000_000, Duration::from_secs(1)).unwrap();
    assert_eq!((done - usage.at).num_seconds(), 1);
}

#[test]
fn what_is_spread_waits_for_its_time_of_the_day() {
    let usage = Usage::none(at("2026-03-01T00:02:00Z"), Quota::PUBLIC);
    let done = |requests| usage.forecast_spread(requests, Duration::ZERO).unwrap();
    // The head start goes as fast as it can.
    assert_eq!(done(9), usage.forecast(9, Duration::ZERO).unwrap());
    assert_eq!(done(261).format("%H:%M").to_string(), "12:00");
    assert_eq!(done(500).format("%d %H:%M").to_string(), "01 23:57");
    assert_eq!(done(1_261).format("%d %H:%M").to_string(), "03 12:00");
}

#[test]
fn what_is_behind_its_time_catches_up_first() {
    let usage = Usage::none(at("2026-03-01T18:00:00Z"), Quota::PUBLIC);
    let done = |requests| usage.forecast_spread(requests, Duration::ZERO).unwrap();
    assert_eq!(done(300), usage.forecast(300, Duration::ZERO).unwrap());
    assert_eq!(done(500).format("%d %H:%M").to_string(), "01 23:57");
}

#[test]
fn parts_are_sent_one_after_the_other() {
    let usage = Usage::none(at("2026-03-01T00:02:00Z"), Quota::PUBLIC);
    let parts = [Part::AtOnce(100), Part::Spread(161), Part::AtOnce(9)];
    let done = usage.forecast_parts(&parts, Duration::ZERO).unwrap();
    assert_eq!(done.format("%H:%M").to_string(), "12:02");
    let most = usage.forecast_parts(&[Part::Spread(u64::MAX); 3], Duration::MAX);
    assert_eq!(most, None);
}

#[test]
fn parts_at_once_end_when_their_sum_does() {
    let usage = Usage::none(at("2026-03-01T00:02:00Z"), Quota::PUBLIC);
    for (first, second) in (0..20).flat_map(|first| (0..20).map(move |second| (first, second))) {
        let parts = [Part::AtOnce(first), Part::AtOnce(second)];
        let done = usage.forecast_parts(&parts, Duration::ZERO);
        let sum = usage.forecast(first + second, Duration::ZERO);
        assert_eq!(done, sum, "{first} and {second}");
    }
}

#[test]
fn what_is_spread_and_due_at_once_takes_places_of_the_minute() {
    let usage = Usage::none(at("2026-03-01T00:00:00Z"), Quota::PUBLIC);
    let parts = [Part::Spread(4), Part::AtOnce(1)];
    let done = usage.forecast_parts(&parts, Duration::ZERO).unwrap();
    assert_eq!((done - usage.at).num_seconds(), 60);
}

#[test]
fn without_a_day_limit_nothing_is_spread() {
    let usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC.per_day(None));
    let latency = Duration::from_secs(1);
    assert_eq!(
        usage.forecast_spread(5_000, latency),
        usage.forecast(5_000, latency)
    );
}

#[test]
fn a_century_is_no_forecast() {
    let usage = Usage::none(at("2026-03-01T12:00:00Z"), Quota::PUBLIC);
    assert_eq!(usage.forecast(u64::MAX, Duration::ZERO), None);
}

#[test]
fn no_number_is_too_large() {
    let quotas = [
        Quota::PUBLIC,
        Quota::UNLIMITED,
        Quota::UNLIMITED.per_minute(u32::MAX),
        Quota::UNLIMITED.per_month(u32::MAX),
    ];
    let times = [
        Duration::ZERO,
        Duration::from_millis(i64::MAX as u64),
        Duration::MAX,
    ];
    for quota in quotas {
        for at in [at("2026-03-01T12:00:00Z"), DateTime::<Utc>::MAX_UTC] {
            for (latency, blocked_for) in times.iter().flat_map(|a| times.map(|b| (*a, b))) {
                let usage = Usage {
                    minute: 1,
                    day: u32::MAX,
                    month: u32::MAX,
                    place_free_in: latency,
                    blocked_for,
                    ..Usage::none(at, quota)
                };
                for requests in [0, 1, u64::from(u32::MAX), u64::MAX] {
                    let forecasts = [
                        usage.forecast(requests, latency),
                        usage.forecast_spread(requests, latency),
                    ];
                    let known = forecasts.into_iter().flatten();
                    assert!(known.min().is_none_or(|done| done >= at), "{usage:?}");
                }
            }
        }
    }
}
