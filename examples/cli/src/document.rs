//! A report as the options ask for it.

use std::{io, path::Path};

use chrono::{DateTime, Utc};
use vt_report::{Format, Report, Row, WriteOptions};

use crate::{args::DocumentArgs, exit::Failure, output::Output};

impl DocumentArgs {
    /// A report of these rows, with the title that was asked for.
    pub(crate) fn report(&self, now: DateTime<Utc>, rows: Vec<Row>, is_demo: bool) -> Report {
        let mut report = Report::new(now, self.engine.clone(), rows);
        if let Some(title) = &self.title {
            report.title.clone_from(title);
        } else if is_demo {
            report.title.push_str(" (demo: made-up answers)");
        }
        report
    }

    /// Finds out now whether the report can be written to where it is to go:
    /// not after hours of waiting for answers.
    pub(crate) fn open(&self) -> Result<Output, Failure> {
        let output = Output::open(self.output.as_deref())?;
        if output.is_terminal() && self.format() == Format::Pdf {
            return Err(Failure::usage(
                "a PDF is nothing for a terminal; give it a file with -o FILE",
            ));
        }
        Ok(output)
    }

    /// Writes a report in the format that was asked for.
    pub(crate) fn write(&self, report: &Report, output: Output) -> Result<(), Failure> {
        let mut options = WriteOptions::default();
        options.color = output.has_color(self.color);
        if !output.is_terminal() {
            // A file has no width, though a terminal may be near.
            options.width = Some(u16::MAX);
        }
        let format = self.format();
        output.write(|out| vt_report::write(report, format, &options, out).map_err(io_error))
    }

    /// What is asked for, else what the file's name asks for, else a table.
    pub(crate) fn format(&self) -> Format {
        let asked = self.format;
        let format = asked.or_else(|| format_of(self.output.as_deref()?));
        format.unwrap_or(Format::Table)
    }
}

/// What the place said that a report was written to.
pub(crate) fn io_error(error: vt_report::Error) -> io::Error {
    match error {
        vt_report::Error::Io(error) => error,
        error => io::Error::other(error),
    }
}

/// The format that a file name asks for.
fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "jsonl" => Some(Format::Ndjson),
        "htm" => Some(Format::Html),
        extension => extension.parse().ok(),
    }
}
