//! The `Retry-After` header, in every shape it has been seen in.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the server asks to wait at `now`, by its own clock if it has said
/// what that is. Of several the longest counts.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let values = headers.get_all(header::RETRY_AFTER).iter();
    let waits = values.filter_map(|value| parse(value.to_str().ok()?.trim(), now));
    waits.max().map(|wait| wait.clamp(SHORTEST, LONGEST))
}

fn parse(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit is a long time too.
        return Some(text.parse().map_or(LONGEST, Duration::from_secs));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
    Some((until - now).to_std().unwrap_or(SHORTEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(values: &[&str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::RETRY_AFTER, value.parse().unwrap());
        }
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_clamped_to_a_day() {
        assert_eq!(seconds(&["7"]), Some(7));
        assert_eq!(seconds(&["0"]), Some(1));
        assert_eq!(seconds(&["1000000000000"]), Some(86_400));
        assert_eq!(seconds(&[&"9".repeat(8_000)]), Some(86_400));
    }

    #[test]
    fn what_is_no_wait_is_ignored() {
        for value in [
            "",
            "-1",
            "1.5",
            "soon",
            "0x10",
            "Sun, 99 Mar 2026 12:00:00 GMT",
        ] {
            assert_eq!(seconds(&[value]), None, "{value}");
        }
        assert_eq!(seconds(&[]), None);
    }

    #[test]
    fn a_date_is_measured_against_the_servers_clock() {
        assert_eq!(seconds(&["Sun, 01 Mar 2026 12:01:30 GMT"]), Some(90));
        assert_eq!(seconds(&["Sun, 01 Mar 2026 13:01:30 +0100"]), Some(90));
        assert_eq!(seconds(&["Sun, 01 Mar 2026 11:00:00 GMT"]), Some(1));
        assert_eq!(seconds(&["Fri, 31 Dec 9999 23:59:59 GMT"]), Some(86_400));
    }

    #[test]
    fn of_two_the_longer_counts() {
        assert_eq!(seconds(&["7", "70"]), Some(70));
        assert_eq!(seconds(&["junk", "70"]), Some(70));
    }
}
