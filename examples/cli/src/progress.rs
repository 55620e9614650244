//! How far it is, on a terminal.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vt_core::scan::Progress;

/// A bar on standard error, if that is a terminal.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(crate) fn new(total: u64, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        // The template is a constant that a test checks.
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.tick();
        Self(Some(bar))
    }

    pub(crate) fn advance(&self, by: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(by);
        }
    }

    pub(crate) fn show(&self, progress: &Progress, now: DateTime<Utc>) {
        if let Some(bar) = &self.0 {
            bar.set_message(message(progress, now));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

const TEMPLATE: &str = "{bar:24} {pos}/{len}  {msg}";

fn message(progress: &Progress, now: DateTime<Utc>) -> String {
    let mut parts = Vec::new();
    if let Some(cause) = progress.waits_for {
        parts.push(format!("waiting for the {cause}"));
    }
    if let Some(eta) = progress.eta.filter(|_| progress.requests_left > 0) {
        parts.push(format!("done {}", about(eta, now)));
    }
    parts.join(" · ")
}

/// When something is expected, in words.
pub(crate) fn about(eta: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = (eta - now).to_std().unwrap_or_default();
    // Seconds do not matter to somebody who waits for hours.
    let unit = if left.as_secs() < 600 { 1 } else { 60 };
    let left = Duration::from_secs(left.as_secs().div_ceil(unit) * unit);
    let clock = eta.format(if left.as_secs() < 72_000 {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    });
    format!("about {clock} UTC, in {}", humantime::format_duration(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_one() {
        ProgressStyle::with_template(TEMPLATE).unwrap();
    }

    #[test]
    fn an_expected_time_is_as_exact_as_it_is_near() {
        let now = "2026-03-10T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let at = |seconds| about(now + chrono::TimeDelta::seconds(seconds), now);
        assert_eq!(at(75), "about 12:01 UTC, in 1m 15s");
        assert_eq!(at(3_599), "about 12:59 UTC, in 1h");
        assert_eq!(at(200_000), "about 2026-03-12 19:33 UTC, in 2days 7h 34m");
        assert_eq!(at(-5), "about 11:59 UTC, in 0s");
    }
}
