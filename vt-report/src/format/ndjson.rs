//! A JSON object on each line.

use std::io;

use super::json::write_row;
use crate::report::Report;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for row in &report.rows {
        write_row(row, out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
