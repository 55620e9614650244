//! A finished report as CSV, JSON, HTML, PDF or a terminal table.
//!
//! A [`Row`] is made from each outcome of a scan and keeps only what is shown.
//! A [`Report`] is rows and what there is to say about them; [`write()`] puts it
//! out in any [`Format`]. Every string in it may be hostile: see [`escape`].
//!
//! # Features
//!
//! `pdf`, off by default: the format `Format::Pdf`, with the fonts that it
//! embeds (some 430 KB).
//!
//! # Examples
//!
//! ```
//! use chrono::DateTime;
//! use vt_core::scan::{Error, Outcome};
//! use vt_report::{Format, Report, Row, WriteOptions};
//!
//! let outcome = Outcome {
//!     hash: "44d88612fea8a8f36de82e1278abb02f".parse()?,
//!     result: Err(Error::Offline),
//! };
//! let engines = vec![vt_report::DEFAULT_ENGINE.to_owned()];
//! let row = Row::new(&outcome, &engines);
//! let now = DateTime::UNIX_EPOCH;
//! let report = Report::new(now, engines, vec![row]);
//!
//! let mut csv = Vec::new();
//! vt_report::write(&report, Format::Csv, &WriteOptions::default(), &mut csv)?;
//! assert!(csv.starts_with(br#""hash","sha256","status","detections","total","engine","#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod escape;
mod format;
mod report;
mod row;
mod rows;
mod summary;

#[cfg(feature = "pdf")]
pub use format::PDF_MAX_ROWS;
pub use format::{Error, Format, RowFormat, RowWriter, UnknownFormat, WriteOptions, write};
pub use report::{DEFAULT_ENGINE, DEFAULT_TITLE, Report, TOTAL_COUNTS};
pub use row::{Opinion, Row, RowSource, Status, link};
pub use rows::Rows;
pub use summary::Summary;
