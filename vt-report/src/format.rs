//! The formats and the one function that writes them.

use std::{fmt, io, str::FromStr};

use crate::report::Report;

mod csv;
mod html;
mod json;
mod ndjson;
mod table;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A table for a terminal, made to fit its width.
    Table,
    /// A row per hash under a header, in UTF-8 without a byte order mark, lines
    /// ended by LF. Every cell is quoted, and none holds a formula or a
    /// control character: see [`csv_cell`](crate::escape::csv_cell).
    ///
    /// The columns are `hash`, `sha256`, `status`, `detections`, `total`,
    /// `engine`, `detection_name`, `threat_label`, `name`, `type`, `size`,
    /// `scan_date`, `fetched_at`, `source`, `link`, `error`. Each further
    /// engine adds a pair after the first: `engine_2`, `detection_name_2`, …
    Csv,
    /// One document with the keys `meta`, `summary` and `rows`.
    ///
    /// A row has the columns of [`Csv`](Self::Csv) as keys, save that
    /// `engines` takes the place of `engine` and `detection_name`: an object
    /// with a detection name for each engine. What is not known is `null`.
    Json,
    /// The rows of [`Json`](Self::Json), one on each line.
    Ndjson,
    /// One self-contained page without any script.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Table, Self::Csv, Self::Json, Self::Ndjson, Self::Html];

    /// The name, as it is parsed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Takes a name in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownFormat(()))
    }
}

/// A text that names no [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such report format; choose one of {}", Format::ALL.map(Format::as_str).join(", "))]
pub struct UnknownFormat(());

/// What a format may need to know of where it is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The columns a [`Format::Table`] may take. Without it, the width of the
    /// terminal on standard output, and no limit if there is no terminal.
    pub width: Option<u16>,
    /// Whether a [`Format::Table`] is coloured.
    pub color: bool,
}

/// Writes a report.
///
/// `out` gets many small writes, so it should be buffered. Flush it afterwards.
///
/// # Errors
///
/// When `out` fails. The error holds what `out` said, so that a broken pipe
/// can be told from a full disk.
pub fn write(
    report: &Report,
    format: Format,
    options: &WriteOptions,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    match format {
        Format::Table => table::write(report, options, out),
        Format::Csv => csv::write(report, out),
        Format::Json => json::write(report, out),
        Format::Ndjson => ndjson::write(report, out),
        Format::Html => html::write(report, out),
    }
    .map_err(Error::Io)
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The place it is written to failed.
    #[error("cannot write the report; what is written so far is cut short")]
    Io(#[source] io::Error),
}

impl Error {
    /// What kind of failure it was, such as a broken pipe.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Io(error) => error.kind(),
        }
    }
}
