//! How far a report is, and why it waits.

use serde::Serialize;
use utoipa::ToSchema;
use vt_core::{
    job::Tally,
    quota::{Limit, Quota},
    scan::{self, WaitsFor},
};

use crate::{App, app::Report, moment::Moment};

/// How far a report is, in words and in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Progress {
    pub(crate) state: State,
    /// The state in words.
    pub(crate) title: String,
    /// When it will be ready and what it waits for.
    pub(crate) text: String,
    pub(crate) percent: u64,
    pub(crate) total: u64,
    pub(crate) detected: u64,
    pub(crate) clean: u64,
    pub(crate) not_found: u64,
    pub(crate) pending: u64,
    pub(crate) failed: u64,
    pub(crate) open: u64,
    /// When it will be ready, if that can be said.
    pub(crate) eta: Option<String>,
    /// What it waits for, if it waits.
    pub(crate) waits_for: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nobody has agreed yet to how long it takes.
    Held,
    Working,
    Finished,
}

/// A part of the bar.
pub(crate) struct Share {
    pub(crate) class: &'static str,
    pub(crate) label: &'static str,
    pub(crate) count: u64,
    pub(crate) from: u64,
    pub(crate) width: u64,
}

impl Progress {
    pub(crate) async fn of(app: &App, report: &Report) -> Self {
        let tally = report.job.tally;
        let state = match report.job.finished_at {
            Some(_) => State::Finished,
            None if report.memo.is_held => State::Held,
            None => State::Working,
        };
        let mut progress = Self::new(state, tally);
        match state {
            State::Finished => progress.finished(),
            State::Held => progress.held(app, report).await,
            State::Working => progress.working(app, report).await,
        }
        progress
    }

    fn new(state: State, tally: Tally) -> Self {
        let done = tally.total - tally.open();
        Self {
            state,
            title: String::new(),
            text: String::new(),
            percent: (done * 100).checked_div(tally.total).unwrap_or(100),
            total: tally.total,
            detected: tally.detected,
            clean: tally.clean,
            not_found: tally.not_found,
            pending: tally.pending,
            failed: tally.failed,
            open: tally.open(),
            eta: None,
            waits_for: None,
        }
    }

    fn finished(&mut self) {
        self.title = match self.detected {
            0 => "Nothing detected".to_owned(),
            1 => "1 file detected".to_owned(),
            many => format!("{many} files detected"),
        };
        let missing = match self.failed {
            0 => "Every hash has an answer.".to_owned(),
            failed => format!("{failed} have no answer; their rows say why."),
        };
        self.text = format!("{} hashes. {missing}", self.total);
    }

    async fn held(&mut self, app: &App, report: &Report) {
        self.title = "This will take long".to_owned();
        let requests = self.open.saturating_sub(report.memo.found.known);
        let eta = app.eta(requests).await.ok().flatten().map(Moment);
        self.text = match eta {
            Some(eta) => format!(
                "{requests} requests have to be sent. If it begins now it is ready on {} UTC, in {}.",
                eta.minute(),
                eta.until(app.now())
            ),
            None => format!("{requests} requests have to be sent."),
        };
        self.eta = eta.map(Moment::iso);
    }

    async fn working(&mut self, app: &App, report: &Report) {
        self.title = format!("{} of {} done", self.total - self.open, self.total);
        let work = app.inner.workers.on(report.job.id);
        let meter = work.as_ref().and_then(|work| work.meter());
        let read = match &meter {
            Some(meter) => meter.read().await.ok(),
            None => None,
        };
        let quota = app.inner.parts.scanner.client().quota();
        let eta = match &read {
            Some(read) => read.eta,
            // Nobody has begun: it was uploaded this moment.
            None => app.eta(self.open).await.ok().flatten(),
        };
        let eta = eta.map(Moment);
        let why = read.as_ref().and_then(|read| why(read, quota));
        let trouble = work.and_then(|work| work.trouble());
        let ready = eta.map(|eta| {
            format!(
                "Ready at about {} UTC, in {}.",
                eta.minute(),
                eta.until(app.now())
            )
        });
        let sentences = [
            ready,
            why.clone(),
            trouble.map(|trouble| format!("Last: {trouble}.")),
        ];
        let sentences: Vec<String> = sentences.into_iter().flatten().collect();
        self.text = if sentences.is_empty() {
            "It is about to begin.".to_owned()
        } else {
            sentences.join(" ")
        };
        self.eta = eta.map(Moment::iso);
        self.waits_for = why;
    }

    pub(crate) fn is_working(&self) -> bool {
        self.state == State::Working
    }

    pub(crate) fn is_held(&self) -> bool {
        self.state == State::Held
    }

    /// The parts of the bar, of a thousand.
    pub(crate) fn shares(&self) -> Vec<Share> {
        let parts = [
            ("detected", "detected", self.detected),
            ("clean", "clean", self.clean),
            ("not_found", "not found", self.not_found),
            ("pending", "without analysis", self.pending),
            ("failed", "errors", self.failed),
            ("open", "open", self.open),
        ];
        let total = self.total.max(1);
        let mut before = 0;
        let shares = parts.map(|(class, label, count)| {
            let from = before * 1_000 / total;
            before += count;
            let width = before * 1_000 / total - from;
            Share {
                class,
                label,
                count,
                from,
                width,
            }
        });
        shares.into()
    }
}

/// What a report waits for, in a sentence.
fn why(read: &scan::Progress, quota: &Quota) -> Option<String> {
    let waits_for = read.waits_for?;
    let until = read
        .waits_until
        .map(|until| format!(" The next is sent at {} UTC.", until.format("%H:%M:%S")));
    let until = until.unwrap_or_default();
    let day = read
        .waits_until
        .map(|until| format!(" It goes on at {} UTC.", Moment(until).minute()));
    let day = day.unwrap_or_default();
    let limit = |limit: Option<std::num::NonZeroU32>| limit.map_or(0, std::num::NonZeroU32::get);
    Some(match waits_for {
        WaitsFor::Limit(Limit::Minute) => {
            format!(
                "The key may ask {} questions a minute.{until}",
                limit(quota.per_minute)
            )
        }
        WaitsFor::Limit(Limit::Day) => {
            format!(
                "The {} questions of this UTC day are used.{day}",
                limit(quota.per_day)
            )
        }
        WaitsFor::Limit(Limit::Month) => {
            format!(
                "The {} questions of this month are used.{day}",
                limit(quota.per_month)
            )
        }
        WaitsFor::Limit(Limit::Server) => {
            format!("VirusTotal refuses for now: the key's quota is used up there (429).{day}")
        }
        WaitsFor::Limit(Limit::Outage) => format!("VirusTotal cannot be reached.{day}"),
        WaitsFor::Pace => {
            format!("Long lists are spread over the day, so that short ones need not wait.{until}")
        }
        WaitsFor::Retry => format!("What failed is tried again later.{day}"),
        _ => return None,
    })
}
