//! How far it is, on a terminal.

use std::{
    io::{self, IsTerminal},
    num::NonZeroU32,
    time::Duration,
};

use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vt_core::{
    quota::{Limit, Quota},
    scan::{Progress, WaitsFor},
};

/// A bar on standard error, if that is a terminal.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    quota: Quota,
}

impl Bar {
    /// For so many hashes, on a key that may ask so much.
    pub(crate) fn new(total: u64, quota: Quota, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self { bar: None, quota };
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        // The template is a constant that a test checks.
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.tick();
        let bar = Some(bar);
        Self { bar, quota }
    }

    pub(crate) fn advance(&self, by: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(by);
        }
    }

    pub(crate) fn show(&self, progress: &Progress, now: DateTime<Utc>) {
        if let Some(bar) = &self.bar {
            bar.set_message(message(progress, &self.quota, now));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

const TEMPLATE: &str = "{bar:24} {pos}/{len}  {msg}";
/// From so many seconds on a time of day alone is not clear.
const LONG: i64 = 72_000;

fn message(progress: &Progress, quota: &Quota, now: DateTime<Utc>) -> String {
    let mut parts = Vec::new();
    if let Some((cause, until)) = progress.waits_for.zip(progress.waits_until) {
        parts.push(waiting(cause, until, quota, now));
    }
    if let Some(eta) = progress.eta.filter(|_| progress.requests_left > 0) {
        parts.push(format!("done {}", about(eta, now)));
    }
    parts.join(" · ")
}

/// Until when nothing is asked, and why.
fn waiting(cause: WaitsFor, until: DateTime<Utc>, quota: &Quota, now: DateTime<Utc>) -> String {
    let clock = until.format(match (until - now).num_seconds() {
        ..600 => "%H:%M:%S",
        600..LONG => "%H:%M",
        _ => "%Y-%m-%d %H:%M",
    });
    format!("waiting until {clock} UTC: {}", reason(cause, quota))
}

fn reason(cause: WaitsFor, quota: &Quota) -> String {
    let used = |limit: Option<NonZeroU32>, period| {
        limit.map(|limit| format!("{limit} a {period} are used"))
    };
    let known = match cause {
        WaitsFor::Limit(Limit::Minute) => used(quota.per_minute, "minute"),
        WaitsFor::Limit(Limit::Day) => used(quota.per_day, "day"),
        WaitsFor::Limit(Limit::Month) => used(quota.per_month, "month"),
        WaitsFor::Limit(Limit::Server) => Some("VirusTotal refuses for now".to_owned()),
        WaitsFor::Limit(Limit::Outage) => Some("VirusTotal is out of reach".to_owned()),
        WaitsFor::Pace => Some("the list is spread over the day".to_owned()),
        WaitsFor::Retry => Some("what failed is asked again then".to_owned()),
        _ => None,
    };
    known.unwrap_or_else(|| cause.to_string())
}

/// When something is expected, in words.
pub(crate) fn about(eta: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = (eta - now).to_std().unwrap_or_default();
    // Seconds do not matter to somebody who waits for hours.
    let unit = if left.as_secs() < 600 { 1 } else { 60 };
    let left = Duration::from_secs(left.as_secs().div_ceil(unit) * unit);
    let clock = eta.format(if left.as_secs() < LONG.unsigned_abs() {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    });
    format!("about {clock} UTC, in {}", humantime::format_duration(left))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_wait_says_how_long_and_why() {
        let wait = |cause: WaitsFor, seconds| {
            let until = noon() + TimeDelta::seconds(seconds);
            waiting(cause, until, &Quota::PUBLIC, noon())
        };
        for (cause, seconds, told) in [
            (
                Limit::Minute.into(),
                50,
                "12:00:50 UTC: 4 a minute are used",
            ),
            (Limit::Day.into(), 43_215, "00:00 UTC: 500 a day are used"),
            (
                Limit::Month.into(),
                21 * 86_400,
                "2026-03-31 12:00 UTC: 15500 a month are used",
            ),
            (
                Limit::Server.into(),
                1_800,
                "12:30 UTC: VirusTotal refuses for now",
            ),
            (
                Limit::Outage.into(),
                60,
                "12:01:00 UTC: VirusTotal is out of reach",
            ),
            (
                WaitsFor::Pace,
                172,
                "12:02:52 UTC: the list is spread over the day",
            ),
            (
                WaitsFor::Retry,
                300,
                "12:05:00 UTC: what failed is asked again then",
            ),
        ] {
            assert_eq!(wait(cause, seconds), format!("waiting until {told}"));
        }
    }

    #[test]
    fn the_template_is_one() {
        ProgressStyle::with_template(TEMPLATE).unwrap();
    }

    #[test]
    fn an_expected_time_is_as_exact_as_it_is_near() {
        let now = noon();
        let at = |seconds| about(now + TimeDelta::seconds(seconds), now);
        assert_eq!(at(75), "about 12:01 UTC, in 1m 15s");
        assert_eq!(at(3_599), "about 12:59 UTC, in 1h");
        assert_eq!(at(200_000), "about 2026-03-12 19:33 UTC, in 2days 7h 34m");
        assert_eq!(at(-5), "about 11:59 UTC, in 0s");
    }
}
