//! How to read the report: at the bottom of the first page.

use crate::{format::MAX_TEXT, report::TOTAL_COUNTS};

use super::{
    columns::Column,
    font::Fonts,
    pen::{Pen, Style},
    sheet::{BOTTOM, INNER, LEFT},
    text::Lines,
    tone,
};

const TERM: Style = Style::bold(7.6, tone::INK);
const TEXT: Style = Style::regular(7.6, tone::QUIET);

const BETWEEN: f32 = 22.0;
/// More than any of them has.
const MOST_LINES: usize = 20;

/// Texts side by side.
pub(super) struct Help {
    texts: [(&'static str, String); 4],
    width: f32,
    /// Where it begins.
    pub(super) top: f32,
}

impl Help {
    pub(super) fn new(fonts: &Fonts) -> Self {
        let texts = texts();
        let width = (INNER - BETWEEN * (texts.len() - 1) as f32) / texts.len() as f32;
        let font = TEXT.font(fonts);
        let lines = |text: &str| Lines::new(font, TEXT.size, width, MOST_LINES, text).count();
        let most = texts.iter().map(|(_, text)| lines(text)).max();
        let height = (1 + most.unwrap_or_default()) as f32 * TEXT.leading;
        Self {
            texts,
            width,
            top: BOTTOM - 14.0 - height,
        }
    }

    pub(super) fn draw(&self, pen: &mut Pen<'_>) {
        pen.line(LEFT, self.top, INNER, 0.5, tone::LINE);
        let y = self.top + 18.0;
        let mut column = Column {
            x: LEFT,
            width: self.width,
        };
        for (term, text) in &self.texts {
            pen.text(column.x, y, TERM, term);
            pen.paragraph(column, y + TEXT.leading, TEXT, MOST_LINES, text);
            column.x += self.width + BETWEEN;
        }
    }
}

/// What a reader has to know, by what it is about.
fn texts() -> [(&'static str, String); 4] {
    [
        (
            "Hits",
            format!(
                "Engines that call the file malicious, of the total. The total counts \
                 {TOTAL_COUNTS}. Engines that timed out, failed or do not read that type of \
                 file are not in it."
            ),
        ),
        (
            "Status",
            "Clean means that no engine called the file malicious, not that it is harmless. \
             Not found means that nobody has sent VirusTotal a file with that digest."
                .to_owned(),
        ),
        (
            "Dates",
            "Scanned is when VirusTotal last analysed the file; fetched is when this report’s \
             answer was given, which may be earlier than the report where it was in the cache. \
             All times are UTC."
                .to_owned(),
        ),
        (
            "Texts",
            format!(
                "File names are chosen by whoever sent the file. Characters that cannot be seen \
                 are written as \\u{{…}}, those without a glyph here as \u{fffd}. Texts are cut \
                 with … after three lines or {MAX_TEXT} characters; CSV and JSON have them whole. \
                 A hash leads to its page on VirusTotal."
            ),
        ),
    ]
}
