//! The table: which rows come on which page, and how a page of it looks.

use std::ops::Range;

use crate::{report::Report, row::Row};

use super::{
    cells::{Cells, LEADING, Part},
    chart::mark,
    columns::{Column, Columns, MOST_ENGINES},
    font::Fonts,
    pen::{Area, Pen, Style},
    sheet::{BOTTOM, INNER, LEFT, TOP},
    text::Lines,
    tone::{self, Tone},
};

/// What the heading of a page takes.
const HEAD: f32 = 30.0;
/// Between the text of a row and the lines above and below it.
const PADDING: f32 = 4.5;

const HEADING: Style = Style::bold(7.4, tone::INK);
const BELOW_HEADING: Style = Style::regular(6.4, tone::QUIET);
const STATUS: f32 = 7.4;
const TOTAL: Style = Style::regular(7.4, tone::QUIET);

/// The table of a report.
pub(super) struct Table<'a> {
    rows: &'a [Row],
    engines: &'a [String],
    columns: Columns,
    fonts: &'a Fonts,
}

impl<'a> Table<'a> {
    /// A table of these rows of a report.
    pub(super) fn new(report: &'a Report, rows: &'a [Row], fonts: &'a Fonts) -> Self {
        Self {
            rows,
            engines: &report.engines,
            columns: Columns::new(report.engines.len()),
            fonts,
        }
    }

    /// The rows of each page.
    pub(super) fn pages(&self) -> Vec<Range<usize>> {
        let mut pages: Vec<Range<usize>> = Vec::new();
        let mut y = f32::INFINITY;
        for (at, row) in self.rows.iter().enumerate() {
            let height = self.height(row);
            match pages.last_mut().filter(|_| y + height <= BOTTOM) {
                Some(page) => page.end = at + 1,
                None => {
                    pages.push(at..at + 1);
                    y = TOP + HEAD;
                }
            }
            y += height;
        }
        pages
    }

    /// Draws one page.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, rows: Range<usize>) {
        self.heading(pen);
        let mut y = TOP + HEAD;
        for row in &self.rows[rows] {
            y = self.row(pen, y, row);
            pen.line(LEFT, y, INNER, 0.5, tone::LINE);
        }
    }

    fn heading(&self, pen: &mut Pen<'_>) {
        let columns = &self.columns;
        let y = TOP + HEADING.ascent();
        let below = y + HEADING.leading;
        let head = |pen: &mut Pen<'_>, column: Column, text: &str, second: &str| {
            pen.text(column.x, y, HEADING, text);
            pen.text(column.x, below, BELOW_HEADING, second);
        };
        head(
            pen,
            columns.hash,
            "Hash",
            "SHA-256 below it, if it is another",
        );
        head(pen, columns.status, "Status", "");
        pen.text_before(columns.hits.end(), y, HEADING, "Hits");
        pen.text_before(columns.hits.end(), below, BELOW_HEADING, "of total");
        self.engine_headings(pen, y);
        head(pen, columns.threat, "Threat label", "file name");
        head(pen, columns.dates, "Scanned", "fetched · from");
        pen.line(LEFT, TOP + HEAD - 2.0, INNER, 0.9, tone::RULE);
    }

    fn engine_headings(&self, pen: &mut Pen<'_>, y: f32) {
        if self.engines.len() > MOST_ENGINES {
            let (x, engines) = (self.columns.opinions[0].x, self.engines.len());
            pen.text(x, y, HEADING, "Detection names");
            let second = format!("of {engines} engines, those that detect the file");
            pen.text(x, y + HEADING.leading, BELOW_HEADING, &second);
            return;
        }
        for (engine, column) in self.engines.iter().zip(&self.columns.opinions) {
            pen.paragraph(*column, y, HEADING, 2, &self.fonts.safe(engine));
        }
    }

    /// Draws a row and says where the next one begins.
    fn row(&self, pen: &mut Pen<'_>, y: f32, row: &'a Row) -> f32 {
        let top = y + PADDING;
        let (mut end, mut cell_end) = (top, top);
        let mut set = |pen: &mut Pen<'_>, part: Part<'_>| {
            let from = if part.is_below { cell_end } else { top };
            let baseline = from + part.style.ascent();
            let next = pen.paragraph(part.column, baseline, part.style, part.most, &part.text);
            cell_end = from + next - baseline;
            end = end.max(cell_end);
        };
        // From left to right, as it will be read out and copied.
        let cells = self.cells();
        cells.digests(row, &mut |part| set(pen, part));
        self.verdict(pen, top, row);
        cells.texts(row, &mut |part| set(pen, part));
        if let Some(address) = row.link() {
            let Column { x, width } = self.columns.hash;
            let lines = if row.sha256 == Some(row.hash) {
                1.0
            } else {
                2.0
            };
            let height = lines * LEADING;
            pen.link(
                Area {
                    x,
                    y: top,
                    width,
                    height,
                },
                address,
            );
        }
        end + PADDING
    }

    /// The status and the hits, which are of one line.
    fn verdict(&self, pen: &mut Pen<'_>, top: f32, row: &Row) {
        let style = Style::bold(STATUS, Tone::word_of(row.status)).with_leading(LEADING);
        let baseline = top + style.ascent();
        let Column { x, .. } = self.columns.status;
        mark(pen, x, baseline - 5.6, 5.8, row.status);
        pen.text(x + 9.5, baseline, style, row.status.in_words());
        let (Some(detections), Some(total)) = (row.detections, row.total) else {
            return;
        };
        let Column { x, width } = self.columns.hits;
        let total = format!(" / {total}");
        let total_from = x + width - TOTAL.width(self.fonts, &total);
        pen.text(total_from, baseline, TOTAL, &total);
        pen.text_before(total_from, baseline, style, &detections.to_string());
    }

    fn height(&self, row: &'a Row) -> f32 {
        let (mut tallest, mut cell) = (0.0_f32, 0.0);
        let mut measure = |part: Part<'_>| {
            let (font, size) = (part.style.font(self.fonts), part.style.size);
            let lines = Lines::new(font, size, part.column.width, part.most, &part.text).count();
            let height = lines as f32 * part.style.leading;
            cell = if part.is_below { cell + height } else { height };
            tallest = tallest.max(cell);
        };
        let cells = self.cells();
        cells.digests(row, &mut measure);
        cells.texts(row, &mut measure);
        tallest + 2.0 * PADDING
    }

    fn cells(&self) -> Cells<'_> {
        Cells {
            columns: &self.columns,
            fonts: self.fonts,
            engines: self.engines,
        }
    }
}
