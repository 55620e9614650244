//! Windows, days and months, on a paused clock.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use tokio::time::advance;

use vt_sim::{Minute, QuotaCode, Specimen, sample};

use crate::ask::{KEY, build, error_code, file, get, get_with, json, status, text};

const OK: StatusCode = StatusCode::OK;
const REFUSED: StatusCode = StatusCode::TOO_MANY_REQUESTS;

#[tokio::test(start_paused = true)]
async fn the_fifth_request_in_60_seconds_is_refused() {
    let simulator = build(|b| b.per_minute(4));
    let hash = Specimen::Clean.sample().md5;
    for _ in 0..4 {
        assert_eq!(status(&simulator, &hash).await, OK);
        advance(Duration::from_secs(10)).await;
    }

    advance(Duration::from_millis(19_999)).await;
    assert_eq!(status(&simulator, &hash).await, REFUSED);
    advance(Duration::from_millis(1)).await;
    assert_eq!(status(&simulator, &hash).await, OK);
    // Only the first of the four was 60 seconds ago.
    assert_eq!(status(&simulator, &hash).await, REFUSED);
}

#[tokio::test(start_paused = true)]
async fn a_calendar_minute_begins_anew_where_a_sliding_one_does_not() {
    for (minute, expected) in [(Minute::Sliding, REFUSED), (Minute::Calendar, OK)] {
        let simulator = build(|b| {
            b.per_minute(4)
                .minute(minute)
                .start(at("2026-03-01T12:00:58Z"))
        });
        let hash = Specimen::Clean.sample().md5;
        for _ in 0..4 {
            assert_eq!(status(&simulator, &hash).await, OK);
        }
        assert_eq!(status(&simulator, &hash).await, REFUSED, "{minute:?}");

        advance(Duration::from_secs(2)).await;
        assert_eq!(status(&simulator, &hash).await, expected, "{minute:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_day_begins_anew_at_midnight_utc() {
    let simulator = build(|b| b.per_day(3).start(at("2026-03-01T23:59:00Z")));
    let hash = Specimen::Clean.sample().sha1;
    for _ in 0..3 {
        assert_eq!(status(&simulator, &hash).await, OK);
    }

    advance(Duration::from_millis(59_999)).await;
    assert_eq!(status(&simulator, &hash).await, REFUSED);
    advance(Duration::from_millis(1)).await;
    assert_eq!(status(&simulator, &hash).await, OK);

    let stats = simulator.stats();
    assert_eq!(stats.by_day["2026-03-01"], 4);
    assert_eq!(stats.by_day["2026-03-02"], 1);
}

#[tokio::test(start_paused = true)]
async fn the_month_begins_anew_on_the_first_and_not_before() {
    let simulator = build(|b| b.per_month(2).start(at("2028-02-28T23:59:00Z")));
    let hash = Specimen::Clean.sample().sha256;
    for _ in 0..2 {
        assert_eq!(status(&simulator, &hash).await, OK);
    }

    // 2028 is a leap year: the next day is 29 February.
    advance(Duration::from_secs(60)).await;
    assert_eq!(status(&simulator, &hash).await, REFUSED);
    advance(Duration::from_secs(86_400)).await;
    assert_eq!(status(&simulator, &hash).await, OK);

    let stats = simulator.stats();
    assert_eq!(
        (stats.by_month["2028-02"], stats.by_month["2028-03"]),
        (3, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_file_uses_quota_and_so_does_a_text_that_is_no_hash() {
    let simulator = build(|b| b.per_minute(2));

    let unknown = status(&simulator, &Specimen::Unknown.sample().md5).await;
    assert_eq!(unknown, StatusCode::NOT_FOUND);
    assert_eq!(status(&simulator, "no-hash").await, StatusCode::BAD_REQUEST);
    assert_eq!(status(&simulator, &sample(50).md5).await, REFUSED);
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_uses_quota_only_if_the_setting_says_so() {
    for (charge, expected) in [(false, OK), (true, REFUSED)] {
        let simulator = build(|b| b.per_minute(1).charge_refused(charge));
        let hash = Specimen::Clean.sample().md5;
        assert_eq!(status(&simulator, &hash).await, OK);
        advance(Duration::from_secs(30)).await;
        assert_eq!(status(&simulator, &hash).await, REFUSED);
        advance(Duration::from_secs(30)).await;

        assert_eq!(
            status(&simulator, &hash).await,
            expected,
            "charge_refused: {charge}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_key_has_its_own_quota() {
    let simulator = build(|b| b.per_day(1));
    let path = format!("/api/v3/files/{}", Specimen::Clean.sample().md5);

    for (key, expected) in [("one", OK), ("two", OK), ("one", REFUSED), ("two", REFUSED)] {
        let answer = get_with(&simulator, &path, &[("x-apikey", key)]).await;
        assert_eq!(answer.status(), expected, "{key}");
    }

    assert_eq!(simulator.stats().by_key[&0], 2);
    assert_eq!(simulator.stats().by_key[&1], 2);
}

#[tokio::test(start_paused = true)]
async fn the_refusal_is_spelt_as_set_and_says_when_to_come_back_only_if_set() {
    let hash = Specimen::Clean.sample().md5;
    for (code, retry_after) in [
        (QuotaCode::QuotaExceededError, false),
        (QuotaCode::TooManyRequestsError, true),
        (QuotaCode::TooManyRequests, false),
    ] {
        let simulator = build(|b| b.per_minute(0).quota_code(code).retry_after(retry_after));

        let answer = file(&simulator, &hash).await;

        assert_eq!(answer.status(), REFUSED);
        assert_eq!(error_code(&answer), code.as_str());
        assert_eq!(
            text(answer.headers(), "retry-after"),
            retry_after.then_some("60")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_may_ask_for_its_quota_free_of_charge() {
    let simulator = build(|b| {
        b.per_minute(4)
            .per_day(500)
            .start(at("2026-05-31T23:00:00Z"))
    });
    status(&simulator, &Specimen::Clean.sample().md5).await;
    status(&simulator, &Specimen::Unknown.sample().md5).await;

    for _ in 0..10 {
        let quotas = json(&get(&simulator, &format!("/api/v3/users/{KEY}/overall_quotas")).await);
        let daily = &quotas["data"]["api_requests_daily"]["user"];
        assert_eq!(
            (daily["allowed"].as_u64(), daily["used"].as_u64()),
            (Some(500), Some(2))
        );
        assert_eq!(
            quotas["data"]["api_requests_hourly"]["user"]["allowed"],
            240
        );
        assert_eq!(quotas["data"]["api_requests_monthly"]["user"]["used"], 2);
    }
    advance(Duration::from_secs(3600)).await;
    status(&simulator, &Specimen::Clean.sample().md5).await;

    let profile = json(&get(&simulator, &format!("/api/v3/users/{KEY}")).await);
    assert_eq!(
        profile["data"]["attributes"]["quotas"]["api_requests_monthly"]["used"],
        1
    );
    let usage = json(
        &get(
            &simulator,
            &format!("/api/v3/users/{KEY}/api_usage?start_date=20260601"),
        )
        .await,
    );
    assert_eq!(
        usage["data"]["daily"],
        serde_json::json!({ "2026-06-01": { "files": 1 } })
    );
    assert_eq!(simulator.stats().most_in_60s, 2);
    assert_eq!(simulator.stats().requests, 15);
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
