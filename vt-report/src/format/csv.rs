//! Comma-separated values.

use std::io;

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
}

impl<W: io::Write> Rows<W> {
    pub(super) fn new(engines: &[String], out: W) -> io::Result<Self> {
        let mut builder = WriterBuilder::new();
        let mut out = builder.quote_style(QuoteStyle::Always).from_writer(out);
        write_header(&mut out, engines.len())?;
        Ok(Self {
            out,
            engines: engines.to_vec(),
        })
    }

    pub(super) fn write(&mut self, row: &Row) -> io::Result<()> {
        write_row(&mut self.out, &self.engines, row)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write_header<W: io::Write>(out: &mut Writer<W>, engines: usize) -> io::Result<()> {
    for name in ["hash", "sha256", "status", "detections", "total"] {
        plain(out, Some(name))?;
    }
    plain(out, Some("engine"))?;
    plain(out, Some("detection_name"))?;
    for number in 2..=engines {
        plain(out, Some(format!("engine_{number}")))?;
        plain(out, Some(format!("detection_name_{number}")))?;
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
        plain(out, Some(name))?;
    }
    end_row(out)
}

fn write_row<W: io::Write>(out: &mut Writer<W>, engines: &[String], row: &Row) -> io::Result<()> {
    plain(out, Some(row.hash))?;
    plain(out, row.sha256)?;
    plain(out, Some(row.status))?;
    plain(out, row.detections)?;
    plain(out, row.total)?;
    if engines.is_empty() {
        text(out, None)?;
        text(out, None)?;
    }
    for engine in engines {
        let opinion = row.opinion(engine);
        text(out, Some(engine))?;
        text(out, opinion.and_then(|opinion| opinion.text.as_deref()))?;
    }
    text(out, row.threat_label.as_deref())?;
    text(out, row.name.as_deref())?;
    text(out, row.file_type.as_deref())?;
    plain(out, row.size)?;
    text(out, row.scan_date.map(iso).as_deref())?;
    text(out, row.fetched_at.map(iso).as_deref())?;
    plain(out, row.source)?;
    text(out, row.link().as_deref())?;
    text(out, row.error.as_deref())?;
    end_row(out)
}

/// A cell of unknown content. A year past 9999 starts with a plus: dates too.
fn text<W: io::Write>(out: &mut Writer<W>, text: Option<&str>) -> io::Result<()> {
    let cell = csv_cell(text.unwrap_or_default());
    out.write_field(cell.as_bytes()).map_err(io_error)
}

/// A cell that can only hold letters of ours or digits.
fn plain<W: io::Write>(out: &mut Writer<W>, value: Option<impl ToString>) -> io::Result<()> {
    let cell = value.map(|value| value.to_string()).unwrap_or_default();
    out.write_field(cell).map_err(io_error)
}

fn end_row<W: io::Write>(out: &mut Writer<W>) -> io::Result<()> {
    out.write_record(None::<&[u8]>).map_err(io_error)
}

/// What `out` said. The conversion that the crate offers hides its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
