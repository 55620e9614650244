//! A JSON object on each line.

use std::io;

use super::json;
use crate::{report::Report, row::Row};

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    report.rows.iter().try_for_each(|row| write_row(row, out))
}

pub(super) fn write_row(row: &Row, out: &mut dyn io::Write) -> io::Result<()> {
    json::write_row(row, out)?;
    out.write_all(b"\n")
}
