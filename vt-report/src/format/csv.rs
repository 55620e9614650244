//! Comma-separated values.

use std::{
    fmt::{self, Write as _},
    io,
};

use csv::{QuoteStyle, Writer, WriterBuilder};

use crate::{
    escape::csv_cell,
    report::{Report, iso},
    row::Row,
};

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rows = Rows::new(&report.engines, out)?;
    report.rows.iter().try_for_each(|row| rows.write(row))?;
    rows.finish()
}

/// A header, then rows as they come.
#[derive(Debug)]
pub(super) struct Rows<W: io::Write> {
    out: Writer<W>,
    engines: Vec<String>,
    // The present cell, where it has to be written out first.
    cell: String,
}

impl<W: io::Write> Rows<W> {
    pub(super) fn new(engines: &[String], out: W) -> io::Result<Self> {
        let mut builder = WriterBuilder::new();
        let mut rows = Self {
            out: builder.quote_style(QuoteStyle::Always).from_writer(out),
            engines: engines.to_vec(),
            cell: String::new(),
        };
        rows.write_header()?;
        Ok(rows)
    }

    pub(super) fn write(&mut self, row: &Row) -> io::Result<()> {
        self.plain(Some(row.hash))?;
        self.plain(row.sha256)?;
        self.plain(Some(row.status))?;
        self.plain(row.detections)?;
        self.plain(row.total)?;
        self.write_opinions(row)?;
        self.text(row.threat_label.as_deref())?;
        self.text(row.name.as_deref())?;
        self.text(row.file_type.as_deref())?;
        self.plain(row.size)?;
        self.text(row.scan_date.map(iso).as_deref())?;
        self.text(row.fetched_at.map(iso).as_deref())?;
        self.plain(row.source)?;
        self.plain(row.link())?;
        self.text(row.error.as_deref())?;
        self.end_row()
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn write_header(&mut self) -> io::Result<()> {
        for name in ["hash", "sha256", "status", "detections", "total"] {
            self.plain(Some(name))?;
        }
        self.plain(Some("engine"))?;
        self.plain(Some("detection_name"))?;
        for number in 2..=self.engines.len() {
            self.plain(Some(format_args!("engine_{number}")))?;
            self.plain(Some(format_args!("detection_name_{number}")))?;
        }
        for name in [
            "threat_label",
            "name",
            "type",
            "size",
            "scan_date",
            "fetched_at",
            "source",
            "link",
            "error",
        ] {
            self.plain(Some(name))?;
        }
        self.end_row()
    }

    fn write_opinions(&mut self, row: &Row) -> io::Result<()> {
        if self.engines.is_empty() {
            self.text(None)?;
            self.text(None)?;
        }
        for engine in &self.engines {
            let opinion = row.opinion(engine);
            let opinion = opinion.and_then(|opinion| opinion.text.as_deref());
            for text in [Some(engine.as_str()), opinion] {
                write_text(&mut self.out, text)?;
            }
        }
        Ok(())
    }

    /// A cell of unknown content. A year past 9999 starts with a plus: dates too.
    fn text(&mut self, text: Option<&str>) -> io::Result<()> {
        write_text(&mut self.out, text)
    }

    /// A cell that can only hold letters of ours or digits.
    fn plain(&mut self, value: Option<impl fmt::Display>) -> io::Result<()> {
        self.cell.clear();
        if let Some(value) = value {
            write!(self.cell, "{value}").map_err(io::Error::other)?;
        }
        self.out.write_field(&self.cell).map_err(io_error)
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.out.write_record(None::<&[u8]>).map_err(io_error)
    }
}

fn write_text<W: io::Write>(out: &mut Writer<W>, text: Option<&str>) -> io::Result<()> {
    let cell = csv_cell(text.unwrap_or_default());
    out.write_field(cell.as_bytes()).map_err(io_error)
}

/// What `out` said. The conversion that the crate offers hides its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
