//! Reports that are written while their rows are still coming.

use std::{fmt, io};

use super::{Error, Format, csv, ndjson};
use crate::row::{Row, distinct};

/// The formats that say nothing of all rows before the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowFormat {
    /// [`Format::Csv`].
    Csv,
    /// [`Format::Ndjson`].
    Ndjson,
}

impl Format {
    /// The same format, if it can be written row by row.
    #[must_use]
    pub const fn by_row(self) -> Option<RowFormat> {
        match self {
            Self::Csv => Some(RowFormat::Csv),
            Self::Ndjson => Some(RowFormat::Ndjson),
            _ => None,
        }
    }
}

/// Writes rows as they come, so that a million of them need no memory.
///
/// What it writes is what [`write`](crate::write) does with a [`Report`](crate::Report) of the same
/// rows and engines.
///
/// # Examples
///
/// ```
/// use vt_core::{hash::FileHash, scan::{Error, Outcome}};
/// use vt_report::{Row, RowFormat, RowWriter};
///
/// let engines = ["Fortinet".to_owned()];
/// let mut out = Vec::new();
/// let mut writer = RowWriter::new(RowFormat::Csv, &engines, &mut out)?;
/// for number in 0..3 {
///     let hash = FileHash::md5([number; 16]);
///     let outcome = Outcome { hash, result: Err(Error::Offline) };
///     writer.write(&Row::new(&outcome, &engines))?;
/// }
/// writer.finish()?;
/// assert_eq!(out.split(|byte| *byte == b'\n').count(), 5);
/// # Ok::<(), vt_report::Error>(())
/// ```
pub struct RowWriter<W: io::Write>(Kind<W>);

enum Kind<W: io::Write> {
    Csv(Box<csv::Rows<W>>),
    Ndjson(W),
}

impl<W: io::Write> RowWriter<W> {
    /// Begins a report that shows these engines.
    ///
    /// `out` gets many small writes, so it should be buffered.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    pub fn new(format: RowFormat, engines: &[String], out: W) -> Result<Self, Error> {
        let kind = match format {
            RowFormat::Csv => {
                let engines: Vec<String> = distinct(engines).map(str::to_owned).collect();
                let rows = csv::Rows::new(&engines, out).map_err(Error::Io)?;
                Kind::Csv(Box::new(rows))
            }
            RowFormat::Ndjson => Kind::Ndjson(out),
        };
        Ok(Self(kind))
    }

    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    pub fn write(&mut self, row: &Row) -> Result<(), Error> {
        match &mut self.0 {
            Kind::Csv(rows) => rows.write(row),
            Kind::Ndjson(out) => ndjson::write_row(row, out),
        }
        .map_err(Error::Io)
    }

    /// Ends the report, and flushes `out`.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    pub fn finish(self) -> Result<(), Error> {
        match self.0 {
            Kind::Csv(rows) => rows.finish(),
            Kind::Ndjson(mut out) => out.flush(),
        }
        .map_err(Error::Io)
    }
}

impl<W: io::Write> fmt::Debug for RowWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowWriter").finish_non_exhaustive()
    }
}
