//! The formats and the one function that writes them.

use std::{fmt, io, str::FromStr};

use crate::report::Report;

pub use by_row::{RowFormat, RowWriter};
#[cfg(feature = "pdf")]
pub use pdf::PDF_MAX_ROWS;

mod by_row;
mod csv;
mod html;
mod json;
mod ndjson;
#[cfg(feature = "pdf")]
mod pdf;
mod table;

/// The length at which a text from outside is cut in a report for people: no
/// page should be spoiled by one name of a megabyte. The formats for machines
/// have it whole.
const MAX_TEXT: usize = 200;

/// How many reasons for missing answers are listed together: enough to see what
/// is going on. Each row has its own.
const MAX_REASONS: usize = 20;

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
    /// Pages of A4 to print or to send: a summary, then a table with the main
    /// columns. The rest is in [`Csv`](Self::Csv) and [`Json`](Self::Json).
    ///
    /// Up to three engines have a column each; more share one, which names
    /// those that detect the file. At most [`PDF_MAX_ROWS`] rows are shown, and
    /// the first page says so where there are more.
    ///
    /// It needs the feature `pdf`. It is put together in memory and takes a
    /// processor for a while, about a second for 15,000 rows: an asynchronous
    /// program should write it on a thread for blocking work. The same report
    /// gives the same bytes.
    #[cfg(feature = "pdf")]
    Pdf,
}

impl Format {
    /// Every format that there is with the features chosen.
    pub const ALL: &'static [Self] = &[
        Self::Table,
        Self::Csv,
        Self::Json,
        Self::Ndjson,
        Self::Html,
        #[cfg(feature = "pdf")]
        Self::Pdf,
    ];

    /// The name, as it is parsed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Html => "html",
            #[cfg(feature = "pdf")]
            Self::Pdf => "pdf",
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
            .iter()
            .copied()
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownFormat(()))
    }
}

/// A text that names no [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such report format; choose one of {}", names().join(", "))]
pub struct UnknownFormat(());

fn names() -> Vec<&'static str> {
    Format::ALL.iter().map(|format| format.as_str()).collect()
}

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
        #[cfg(feature = "pdf")]
        Format::Pdf => pdf::write(report, out),
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
