//! Rows, and what there is to say about all of them.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    row::{Row, distinct},
    summary::Summary,
};

/// The engine that a report shows if none is chosen.
pub const DEFAULT_ENGINE: &str = "Fortinet";

/// The title of a report that is given none.
pub const DEFAULT_TITLE: &str = "VirusTotal report";

/// What the column `total` counts. Tools differ in this by as much as half, so
/// a report has to say it.
pub const TOTAL_COUNTS: &str =
    "engines that gave an opinion: malicious + suspicious + undetected + harmless";

/// A finished report, ready to be written in any [`Format`](crate::Format).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What the report is called.
    pub title: String,
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// The engines shown, each once.
    pub engines: Vec<String>,
    /// One row per hash, in the order they are shown.
    pub rows: Vec<Row>,
    /// How many pieces of the input looked like a hash and were not taken, if
    /// that is known.
    pub skipped: Option<u64>,
    /// How many requests were sent to VirusTotal for it, if that is known.
    pub requests: Option<u64>,
}

impl Report {
    /// A report of these rows, with the default title.
    ///
    /// `engines` should be those the rows were made with: an engine that a row
    /// does not know is left empty.
    #[must_use]
    pub fn new(generated_at: DateTime<Utc>, engines: Vec<String>, rows: Vec<Row>) -> Self {
        Self {
            title: DEFAULT_TITLE.to_owned(),
            generated_at,
            engines: distinct(&engines).map(str::to_owned).collect(),
            rows,
            skipped: None,
            requests: None,
        }
    }

    /// Counts the rows.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::of(&self.rows);
        summary.skipped = self.skipped;
        summary.requests = self.requests;
        summary
    }

    /// Why hashes have no answer and how many have none for that reason, in
    /// order of appearance.
    #[must_use]
    pub fn missing(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for error in self.rows.iter().filter_map(|row| row.error.as_deref()) {
            // An expected time is part of a reason, so there may be thousands.
            let at = *places.entry(error).or_insert(reasons.len());
            match reasons.get_mut(at) {
                Some((_, count)) => *count += 1,
                None => reasons.push((error, 1)),
            }
        }
        reasons
    }
}

/// The one way a report writes a time: `2026-11-20T18:30:00Z`.
pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The day alone, where a report has little room: `2026-11-20`.
pub(crate) fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// The time of the day, where the day stands apart: `18:30:00Z`.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    time.format("%H:%M:%SZ").to_string()
}
