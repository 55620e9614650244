//! What VirusTotal says of a key's quota.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{ReportError, wire};

/// What a key may send and has sent, by VirusTotal's own count. A missing
/// one is one that VirusTotal did not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowances {
    /// In the current hour.
    pub hourly: Option<Allowance>,
    /// In the current UTC day.
    pub daily: Option<Allowance>,
    /// In the current UTC month.
    pub monthly: Option<Allowance>,
    /// When that was, by VirusTotal's clock, if it said so.
    pub server_time: Option<DateTime<Utc>>,
}

/// One limit and its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Allowance {
    /// Requests that count against it so far.
    pub used: u64,
    /// Requests that are allowed.
    pub allowed: u64,
    /// Whether it is a group's, so that other keys use it up too.
    #[serde(skip)]
    pub is_shared: bool,
}

impl Allowances {
    /// Reads VirusTotal's `overall_quotas`.
    ///
    /// # Errors
    ///
    /// When the text is not JSON or not that object.
    pub fn from_json(body: &[u8]) -> Result<Self, ReportError> {
        wire::allowances(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_of_user_and_group_counts() {
        let allowances = Allowances::from_json(
            br#"{"data": {
                "api_requests_daily": {
                    "user": {"allowed": 500, "used": 10},
                    "group": {"allowed": 1000, "used": 990, "inherited_from": "x"}
                },
                "api_requests_hourly": {"user": {"allowed": 240, "used": 0}},
                "api_requests_monthly": {"user": "?", "group": null}
            }}"#,
        )
        .unwrap();
        let daily = Allowance {
            used: 990,
            allowed: 1_000,
            is_shared: true,
        };
        let hourly = Allowance {
            used: 0,
            allowed: 240,
            is_shared: false,
        };
        assert_eq!(allowances.daily, Some(daily));
        assert_eq!(allowances.hourly, Some(hourly));
        assert_eq!(allowances.monthly, None);
    }

    #[test]
    fn what_names_no_quotas_is_refused() {
        assert_eq!(Allowances::from_json(b"{}"), Err(ReportError::NoReport));
        assert!(Allowances::from_json(b"<html>").is_err());
    }
}
