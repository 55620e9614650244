//! Sheets of paper: a first page with what the report comes to, then the table.
//!
//! Everything is drawn by calls, nothing is a template, and a text is never
//! more than a row of glyphs. The bytes depend on the report alone.

use std::io;

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::{
    Document, SerializeSettings,
    metadata::{self, Metadata},
};

use crate::{escape, report::Report};

mod cells;
mod chart;
mod columns;
mod cover;
mod font;
mod help;
mod pen;
mod sheet;
mod table;
mod text;
mod tone;

use cover::Cover;
use font::Fonts;
use sheet::Footer;
use table::Table;

/// How many rows a [`Format::Pdf`](crate::Format::Pdf) shows at most.
///
/// A PDF is put together in memory: that many rows take some 120 MB besides
/// those of the report, and more than 5,000 pages.
pub const PDF_MAX_ROWS: usize = 100_000;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(&document(report, PDF_MAX_ROWS)?)
}

/// The document with so many rows at most.
fn document(report: &Report, most: usize) -> io::Result<Vec<u8>> {
    let fonts = Fonts::load()?;
    let title = fonts.safe(&report.title);
    let rows = &report.rows[..report.rows.len().min(most)];
    let table = Table::new(report, rows, &fonts);
    let pages = table.pages();
    let footer = Footer {
        title: &title,
        pages: 1 + pages.len(),
    };
    let cover = Cover {
        report,
        title: &title,
        summary: report.summary(),
        first: Some(rows.len()).filter(|shown| *shown < report.rows.len()),
    };

    let mut document = Document::new_with(SerializeSettings {
        // It would say again what the properties of the document say.
        xmp_metadata: false,
        ..SerializeSettings::default()
    });
    document.set_metadata(properties(report, &title));
    footer.page(&mut document, &fonts, 1, |pen| cover.draw(pen));
    for (at, rows) in pages.into_iter().enumerate() {
        footer.page(&mut document, &fonts, at + 2, |pen| table.draw(pen, rows));
    }
    document.finish().map_err(io::Error::other)
}

fn properties(report: &Report, title: &str) -> Metadata {
    let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    Metadata::new()
        .title(escape::pdf_property(title).into_owned())
        .creator(program.to_owned())
        .language("en".to_owned())
        .creation_date(date(report.generated_at))
}

fn date(time: DateTime<Utc>) -> metadata::DateTime {
    // Each fits: a month is at most 12, a second at most 59.
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    metadata::DateTime::new(u16::try_from(time.year()).unwrap_or_default())
        .month(small(time.month()))
        .day(small(time.day()))
        .hour(small(time.hour()))
        .minute(small(time.minute()))
        .second(small(time.second()))
        .utc_offset_hour(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Row, Status};

    #[test]
    fn rows_beyond_the_most_are_left_out_and_that_is_said() {
        let row = |at: u32| {
            let hash = format!("{at:032x}").parse().unwrap();
            Row::unanswered(hash, Status::Error, "no reason", &[])
        };
        let report = |rows| {
            let rows = (0..rows).map(row).collect();
            Report::new(DateTime::UNIX_EPOCH, Vec::new(), rows)
        };
        let pages = |report: &Report, most| {
            let pdf = document(report, most).unwrap();
            String::from_utf8_lossy(&pdf).matches("/Type/Page/").count()
        };
        assert_eq!(pages(&report(30), 30), 3);
        assert_eq!(pages(&report(30), 20), 2);
        let cut = document(&report(30), 20).unwrap();
        assert_ne!(cut.len(), document(&report(20), 20).unwrap().len());
    }
}
