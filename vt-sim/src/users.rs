//! What a key may learn of its own quota, free of charge.

use bytes::Bytes;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::{
    clock::Moment,
    quota::{Account, Limits},
    report,
};

/// What VirusTotal shows where nothing is limited.
const UNLIMITED: u64 = 1_000_000_000;

/// The name of the simulator's only user; its id in the path may be a key, and is not repeated.
const USER: &str = "vt-sim";

/// An endpoint below `/api/v3/users/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserView {
    Profile,
    OverallQuotas,
    ApiUsage,
}

impl UserView {
    pub(crate) fn body(self, account: &Account, limits: Limits, now: Moment, query: &str) -> Bytes {
        report::pretty(&match self {
            Self::Profile => profile(account, limits, now),
            Self::OverallQuotas => overall_quotas(account, limits, now),
            Self::ApiUsage => api_usage(account, query),
        })
    }
}

fn profile(account: &Account, limits: Limits, now: Moment) -> Value {
    let quotas = quotas(account, limits, now)
        .map(|(name, quota)| (name.to_owned(), quota))
        .into_iter()
        .collect::<Map<_, _>>();
    json!({ "data": {
        "id": USER,
        "type": "user",
        "links": { "self": format!("https://www.virustotal.com/api/v3/users/{USER}") },
        "attributes": { "status": "active", "reputation": 1, "quotas": quotas },
    } })
}

fn overall_quotas(account: &Account, limits: Limits, now: Moment) -> Value {
    let quotas = quotas(account, limits, now)
        .map(|(name, quota)| (name.to_owned(), json!({ "user": quota })))
        .into_iter()
        .collect::<Map<_, _>>();
    json!({ "data": quotas })
}

fn quotas(account: &Account, limits: Limits, now: Moment) -> [(&'static str, Value); 3] {
    let quota = |allowed: Option<u64>, used: u64| json!({ "allowed": allowed.unwrap_or(UNLIMITED), "used": used });
    [
        (
            "api_requests_hourly",
            quota(
                limits.per_minute.map(|limit| u64::from(limit) * 60),
                account.used_in_hour(now),
            ),
        ),
        (
            "api_requests_daily",
            quota(limits.per_day.map(u64::from), account.used_in_day(now)),
        ),
        (
            "api_requests_monthly",
            quota(limits.per_month.map(u64::from), account.used_in_month(now)),
        ),
    ]
}

/// Lists the days from `start_date` to `end_date`, both `YYYYMMDD` and both optional.
fn api_usage(account: &Account, query: &str) -> Value {
    let date = |name| {
        let text = query.split('&').find_map(|pair| pair.strip_prefix(name))?;
        NaiveDate::parse_from_str(text, "%Y%m%d").ok()
    };
    let first = date("start_date=").unwrap_or(NaiveDate::MIN);
    let last = date("end_date=").unwrap_or(NaiveDate::MAX);
    let daily = account
        .days()
        .iter()
        .filter(|&(&day, _)| first <= day && day <= last)
        .map(|(day, count)| (day.format("%F").to_string(), json!({ "files": count })))
        .collect::<Map<_, _>>();
    json!({ "data": { "daily": daily } })
}
