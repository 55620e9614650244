//! The first page: what the report comes to, and what is missing.

use crate::{
    format::MAX_REASONS,
    report::{Report, day, time},
    row::{Row, Status},
    summary::{Summary, counted},
};

use super::{
    chart,
    columns::Column,
    help::Help,
    pen::{Area, Pen, Style},
    sheet::{INNER, LEFT, TOP},
    text::Lines,
    tone::{self, Tone},
};

const TITLE: Style = Style::bold(20.0, tone::INK);
const MADE: Style = Style::regular(9.0, tone::QUIET);
const OUTCOME: Style = Style::bold(13.0, tone::INK);
const STATE: Style = Style::regular(10.0, tone::QUIET);
const HEADING: Style = Style::bold(10.0, tone::INK);
const FACT: Style = Style::bold(11.0, tone::INK);
const LABEL: Style = Style::regular(8.0, tone::QUIET);
const REASON: Style = Style::regular(8.5, tone::INK);
const NUMBER: Style = Style::bold(8.5, tone::INK);

/// Between what belongs to different things.
const APART: f32 = 26.0;

/// The first page of a report.
pub(super) struct Cover<'a> {
    pub(super) report: &'a Report,
    pub(super) title: &'a str,
    pub(super) summary: Summary,
    /// How many rows the table shows, where it does not show all.
    pub(super) first: Option<usize>,
}

impl Cover<'_> {
    pub(super) fn draw(&self, pen: &mut Pen<'_>) {
        let mut y = self.heading(pen);
        y = self.outcome(pen, y + APART);
        y = chart::draw(pen, y, &self.summary);
        y = self.facts(pen, y + APART);
        if let Some(first) = self.first {
            y = self.cap(pen, y + APART, first);
        }
        let help = Help::new(pen.fonts);
        if !self.summary.is_complete() {
            self.missing(pen, y + APART, help.top - APART);
        }
        help.draw(pen);
    }

    fn heading(&self, pen: &mut Pen<'_>) -> f32 {
        let whole = Column {
            x: LEFT,
            width: INNER,
        };
        let y = pen.paragraph(whole, TOP + TITLE.ascent(), TITLE, 2, self.title);
        let y = y - TITLE.ascent() + MADE.ascent() + 1.0;
        let at = self.report.generated_at;
        let made = format!(
            "Made {} {} by {} {}",
            day(at),
            time(at),
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
        );
        pen.text(LEFT, y, MADE, &made);
        y
    }

    /// How many hashes there are, and whether each has an answer.
    fn outcome(&self, pen: &mut Pen<'_>, y: f32) -> f32 {
        let hashes = counted(self.summary.hashes as u64, "hash", "hashes");
        let state = match self.summary.is_complete() {
            true => "the report is complete",
            false => "the report is incomplete",
        };
        let y = y + OUTCOME.ascent();
        let end = pen.text(LEFT, y, OUTCOME, &hashes);
        pen.text(end + 7.0, y, STATE, state);
        y + OUTCOME.leading - OUTCOME.ascent() + 6.0
    }

    /// The facts of the report side by side.
    fn facts(&self, pen: &mut Pen<'_>, y: f32) -> f32 {
        pen.line(LEFT, y, INNER, 0.5, tone::LINE);
        let facts = self.all_facts();
        // As many columns as the legend has, so that they stand below each other.
        let column = INNER / Status::ALL.len() as f32;
        for (at, (label, value)) in facts.iter().enumerate() {
            let x = LEFT + at as f32 * column;
            pen.text(x, y + 16.0, LABEL, label);
            pen.text(x, y + 31.0, FACT, value);
        }
        pen.line(LEFT, y + 42.0, INNER, 0.5, tone::LINE);
        y + 42.0
    }

    fn all_facts(&self) -> Vec<(&'static str, String)> {
        let summary = &self.summary;
        let fresh = summary.answered - summary.from_cache;
        let mut facts = vec![
            ("From the cache", summary.from_cache.to_string()),
            ("From VirusTotal", fresh.to_string()),
        ];
        let numbers = [
            ("Requests sent", summary.requests),
            ("Input skipped", summary.skipped),
        ];
        for (label, number) in numbers {
            facts.extend(number.map(|number| (label, number.to_string())));
        }
        facts.extend(fetched(&self.report.rows).map(|fetched| ("Answers fetched", fetched)));
        facts
    }

    fn cap(&self, pen: &mut Pen<'_>, y: f32, first: usize) -> f32 {
        pen.text(LEFT, y, NUMBER, &cap(first, self.report.rows.len()));
        y + NUMBER.leading
    }

    /// Why hashes have no answer, as many reasons as there is room for.
    fn missing(&self, pen: &mut Pen<'_>, y: f32, room: f32) {
        let number = self.summary.unanswered() as u64;
        let heading = counted(number, "hash has no answer", "hashes have no answer");
        let x = LEFT + 14.0;
        let top = y;
        let mut y = y + HEADING.ascent();
        pen.text(x, y, HEADING, &heading);
        y += HEADING.leading + 4.0;
        let reasons = self.report.missing();
        let mut shown = 0;
        for (reason, count) in reasons.iter().take(MAX_REASONS) {
            let reason = pen.fonts.safe(reason);
            let count = format!("{count} ×");
            let indent = NUMBER.width(pen.fonts, &count).max(24.0) + 6.0;
            let column = Column {
                x: x + indent,
                width: INNER - 14.0 - indent,
            };
            let font = REASON.font(pen.fonts);
            let lines = Lines::new(font, REASON.size, column.width, 2, &reason).count();
            // The last line is for how many are left.
            if y + (lines + 1) as f32 * REASON.leading > room {
                break;
            }
            pen.text(x, y, NUMBER, &count);
            y = pen.paragraph(column, y, REASON, 2, &reason) + 1.5;
            shown += 1;
        }
        if shown < reasons.len() {
            let more = reasons.len() - shown;
            pen.text(
                x,
                y,
                REASON,
                &format!("and {more} more reasons, each beside its hash"),
            );
            y += REASON.leading;
        }
        let height = y - REASON.leading + 5.0 - top;
        let bar = Area {
            x: LEFT,
            y: top,
            width: 3.0,
            height,
        };
        pen.area(bar, Tone::fill_of(Status::Pending));
    }
}

/// When the answers are from.
fn fetched(rows: &[Row]) -> Option<String> {
    let times = || rows.iter().filter_map(|row| row.fetched_at);
    let (first, last) = (times().min()?, times().max()?);
    Some(match (day(first), day(last)) {
        (first, last) if first == last => first,
        (first, last) => format!("{first} – {last}"),
    })
}

fn cap(first: usize, all: usize) -> String {
    format!(
        "This document shows the first {first} of {all} rows. The numbers above count all of them; \
         the whole table is in the CSV and the JSON of this report."
    )
}
