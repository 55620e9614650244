//! One self-contained page.

use std::{borrow::Cow, io};

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    escape::display_safe_within,
    report::{Report, TOTAL_COUNTS, day, iso, time},
    row::{Row, RowSource, Status},
    summary::{Summary, counted, percent},
};

use super::{MAX_REASONS, MAX_TEXT};

/// The digest of the style sheet as it stands in the page. A test says what it
/// has to be: with it, the browser applies no other style.
const STYLE_HASH: &str = "sha256-WhPgxSqECBV1yp3O3+jS5G2YyjGKOxfnrA/7dDBhXBo=";

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    Page::of(report).write_into(out)
}

/// Every value goes through the crate's escaper: see `askama.toml`.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    title: Cow<'a, str>,
    summary: Summary,
    shares: Vec<Share>,
    reasons: Vec<(Cow<'a, str>, usize)>,
    more_reasons: usize,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let summary = report.summary();
        let missing = report.missing();
        Self {
            report,
            title: cut(&report.title),
            shares: shares(&summary),
            more_reasons: missing.len().saturating_sub(MAX_REASONS),
            reasons: missing
                .iter()
                .take(MAX_REASONS)
                .map(|(reason, count)| (cut(reason), *count))
                .collect(),
            summary,
        }
    }

    fn engines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.report.engines.iter().map(|engine| cut(engine))
    }

    fn made(&self) -> Moment {
        Moment(self.report.generated_at)
    }

    fn unanswered(&self) -> String {
        let number = self.summary.unanswered() as u64;
        counted(number, "hash has no answer", "hashes have no answer")
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let engines = &self.report.engines;
        self.report.rows.iter().map(|row| Line { row, engines })
    }
}

/// One row of the table.
struct Line<'a> {
    row: &'a Row,
    engines: &'a [String],
}

impl<'a> Line<'a> {
    fn opinions(&self) -> impl Iterator<Item = Opinion<'a>> {
        let (row, engines) = (self.row, self.engines);
        engines.iter().map(move |engine| {
            let opinion = row.opinion(engine);
            Opinion {
                class: match opinion {
                    Some(opinion) if opinion.is_detection => "hit",
                    _ => "quiet",
                },
                text: cut_some(opinion.and_then(|opinion| opinion.text.as_deref())),
            }
        })
    }

    /// The SHA-256, where it is not what was asked for.
    fn other_sha256(&self) -> Option<String> {
        let sha256 = self.row.sha256.filter(|sha256| *sha256 != self.row.hash)?;
        Some(sha256.to_string())
    }

    fn hits(&self) -> Option<Hits> {
        Some(Hits {
            detections: self.row.detections?,
            total: self.row.total?,
        })
    }

    fn scan_date(&self) -> Option<Moment> {
        self.row.scan_date.map(Moment)
    }

    fn threat_label(&self) -> Cow<'a, str> {
        cut_some(self.row.threat_label.as_deref())
    }

    fn name(&self) -> Cow<'a, str> {
        cut_some(self.row.name.as_deref())
    }

    fn file_type(&self) -> Cow<'a, str> {
        cut_some(self.row.file_type.as_deref())
    }

    fn size(&self) -> Option<Size> {
        self.row.size.map(Size::of)
    }

    fn fetched_at(&self) -> Option<Moment> {
        self.row.fetched_at.map(Moment)
    }

    fn source(&self) -> &'static str {
        match self.row.source {
            Some(RowSource::Cache) => "from the cache",
            Some(RowSource::VirusTotal) => "from VirusTotal",
            None => "",
        }
    }

    fn note(&self) -> Option<Cow<'a, str>> {
        self.row.note().map(cut)
    }
}

/// What an engine says, and how that is shown.
struct Opinion<'a> {
    class: &'static str,
    text: Cow<'a, str>,
}

/// A time in the pieces in which it is shown.
struct Moment(DateTime<Utc>);

impl Moment {
    fn iso(&self) -> String {
        iso(self.0)
    }

    fn day(&self) -> String {
        day(self.0)
    }

    fn time(&self) -> String {
        time(self.0)
    }
}

/// How many engines call the file malicious, and of how many.
struct Hits {
    detections: u32,
    total: u32,
}

impl Hits {
    /// The length of the bar, of 100. One hit of many must be seen too.
    fn bar(&self) -> u32 {
        let share = 100 * u64::from(self.detections) / u64::from(self.total.max(1));
        let share = u32::try_from(share.min(100)).unwrap_or(100);
        share.max(if self.detections > 0 { 3 } else { 0 })
    }
}

/// A size as people say it, and in bytes.
struct Size {
    rounded: String,
    bytes: u64,
}

impl Size {
    fn of(bytes: u64) -> Self {
        const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
        let mut rounded = counted(bytes, "byte", "bytes");
        // Sizes past 2^53 lose their last digits, of which none is shown.
        let mut size = bytes as f64;
        for unit in UNITS {
            if size < 1024.0 {
                break;
            }
            size /= 1024.0;
            rounded = format!("{size:.1} {unit}");
        }
        Self { rounded, bytes }
    }
}

/// One arc of the ring and its line in the legend.
struct Share {
    status: Status,
    count: usize,
    percent: String,
    length: f64,
    offset: f64,
}

/// Arcs in hundredths of the ring, one after the other from the top.
fn shares(summary: &Summary) -> Vec<Share> {
    let all = summary.hashes.max(1) as f64;
    let mut start = 0.0;
    let share = |status| {
        let count = summary.count(status);
        let length = 100.0 * count as f64 / all;
        let offset = -start;
        start += length;
        Share {
            status,
            count,
            percent: percent(count, length),
            length,
            offset,
        }
    };
    Status::ALL.into_iter().map(share).collect()
}

fn cut(text: &str) -> Cow<'_, str> {
    display_safe_within(text, MAX_TEXT)
}

fn cut_some(text: Option<&str>) -> Cow<'_, str> {
    cut(text.unwrap_or_default())
}
