//! What stands in the cells of a row.

use std::{borrow::Cow, fmt::Write as _};

use crate::{
    format::MAX_TEXT,
    report::day,
    row::{Row, RowSource, Status},
};

use super::{
    columns::{Column, Columns, MOST_ENGINES},
    font::Fonts,
    pen::Style,
    tone::{self, Tone},
};

/// The most lines of one text.
const MOST_LINES: usize = 3;

/// From one line of a row to the next, whatever the size of their letters.
pub(super) const LEADING: f32 = 9.4;

const HASH: Style = Style::mono(6.4, tone::INK).with_leading(LEADING);
const LINKED: Style = Style::mono(6.4, tone::LINK).with_leading(LEADING);
const OTHER_HASH: Style = Style::mono(6.4, tone::QUIET).with_leading(LEADING);
const TEXT: Style = Style::regular(7.4, tone::INK).with_leading(LEADING);
const HIT: Style = Style::regular(7.4, Tone::word_of(Status::Detected)).with_leading(LEADING);
const QUIET: Style = Style::regular(7.4, tone::QUIET).with_leading(LEADING);
const SMALL: Style = Style::regular(6.4, tone::QUIET).with_leading(LEADING);

/// A text in a column.
pub(super) struct Part<'a> {
    pub(super) column: Column,
    pub(super) style: Style,
    pub(super) text: Cow<'a, str>,
    /// The most lines it may take.
    pub(super) most: usize,
    /// Whether it stands below the part before it, or begins a cell.
    pub(super) is_below: bool,
}

/// Makes the parts of rows.
pub(super) struct Cells<'a> {
    pub(super) columns: &'a Columns,
    pub(super) fonts: &'a Fonts,
    pub(super) engines: &'a [String],
}

impl<'a> Cells<'a> {
    /// Hands the digests of a row to `each`.
    pub(super) fn digests(&self, row: &'a Row, each: &mut impl FnMut(Part<'a>)) {
        let column = self.columns.hash;
        let style = if row.link().is_some() { LINKED } else { HASH };
        each(part(column, style, row.hash.to_string(), 1));
        if let Some(sha256) = row.sha256.filter(|sha256| *sha256 != row.hash) {
            each(part(column, OTHER_HASH, sha256.to_string(), 1).below());
        }
    }

    /// Hands what stands to the right of status and hits to `each`.
    pub(super) fn texts(&self, row: &'a Row, each: &mut impl FnMut(Part<'a>)) {
        match row.note() {
            Some(note) => self.remark(row, note, each),
            None => self.opinions(row, each),
        }
        self.threat(row, each);
        self.dates(row, each);
    }

    /// Instead of the opinions: why there are none.
    fn remark(&self, row: &Row, note: &'a str, each: &mut impl FnMut(Part<'a>)) {
        let over_threat = row.threat_label.is_none() && row.name.is_none();
        let column = self.columns.remark(over_threat);
        let note = self.fonts.safe(note);
        each(part(column, QUIET, note, MOST_LINES));
    }

    fn opinions(&self, row: &'a Row, each: &mut impl FnMut(Part<'a>)) {
        if self.engines.len() > MOST_ENGINES {
            return self.names(row, each);
        }
        for (engine, column) in self.engines.iter().zip(&self.columns.opinions) {
            let Some(opinion) = row.opinion(engine) else {
                continue;
            };
            let text = self.fonts.safe(opinion.text.as_deref().unwrap_or_default());
            let style = if opinion.is_detection { HIT } else { QUIET };
            each(part(*column, style, text, MOST_LINES));
        }
    }

    /// One cell for many engines: how many of them detect the file, and the
    /// names they give it, as many as there is room for.
    fn names(&self, row: &'a Row, each: &mut impl FnMut(Part<'a>)) {
        let Some(column) = self.columns.opinions.first() else {
            return;
        };
        let detections = || row.opinions.iter().filter(|opinion| opinion.is_detection);
        let mut text = format!("{} of {}", detections().count(), self.engines.len());
        let style = if detections().next().is_some() {
            HIT
        } else {
            QUIET
        };
        for (at, opinion) in detections().enumerate() {
            text.push_str(if at == 0 { " – " } else { "; " });
            if text.len() > MAX_TEXT {
                text.push('…');
                break;
            }
            let name = opinion.text.as_deref().unwrap_or_default();
            let (engine, name) = (self.fonts.safe(&opinion.engine), self.fonts.safe(name));
            // Writing to a string does not fail.
            let _ = write!(text, "{engine}: {name}");
        }
        each(part(*column, style, text, MOST_LINES));
    }

    /// The label, and the name of the file below it.
    fn threat(&self, row: &'a Row, each: &mut impl FnMut(Part<'a>)) {
        let column = self.columns.threat;
        let (label, name) = (row.threat_label.as_deref(), row.name.as_deref());
        let most = if label.is_some() && name.is_some() {
            2
        } else {
            MOST_LINES
        };
        if let Some(label) = label {
            each(part(column, TEXT, self.fonts.safe(label), most));
        }
        if let Some(name) = name {
            let name = part(column, QUIET, self.fonts.safe(name), most);
            each(if label.is_some() { name.below() } else { name });
        }
    }

    /// When the file was analysed, and below it when that was fetched.
    fn dates(&self, row: &Row, each: &mut impl FnMut(Part<'a>)) {
        let column = self.columns.dates;
        let scanned = row.scan_date.map_or_else(|| "–".to_owned(), day);
        each(part(column, TEXT, scanned, 1));
        let Some(fetched) = row.fetched_at.map(day) else {
            return;
        };
        let fetched = match row.source {
            Some(RowSource::Cache) => format!("{fetched} · cache"),
            Some(RowSource::VirusTotal) => format!("{fetched} · VirusTotal"),
            None => fetched,
        };
        each(part(column, SMALL, fetched, 1).below());
    }
}

fn part<'a>(column: Column, style: Style, text: impl Into<Cow<'a, str>>, most: usize) -> Part<'a> {
    Part {
        column,
        style,
        text: text.into(),
        most,
        is_below: false,
    }
}

impl Part<'_> {
    fn below(self) -> Self {
        Self {
            is_below: true,
            ..self
        }
    }
}
