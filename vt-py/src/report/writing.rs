//! Writing a report.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use tempfile::NamedTempFile;
use vt_report::{Format, WriteOptions};

/// Writes a report in a format; a table is as wide as is said.
pub(super) fn write(
    report: &vt_report::Report,
    format: Format,
    width: Option<u16>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut options = WriteOptions::default();
    options.width = width;
    let written = vt_report::write(report, format, &options, out);
    written.map_err(|error| match error {
        vt_report::Error::Io(error) => error,
        other => io::Error::other(other),
    })
}

/// Puts a report in the place of the file at a path, or leaves that as it was.
pub(super) fn replace(report: &vt_report::Report, format: Format, path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // What is wrong with it is said of its own name, not of the draft's.
    fs::metadata(folder)?;
    let mut draft = draft(folder)?;
    let mut out = BufWriter::new(&mut draft);
    write(report, format, None, &mut out)?;
    out.flush()?;
    drop(out);
    draft.as_file().sync_all()?;
    draft.persist(path)?;
    Ok(())
}

/// A file that nobody sees yet, with the permissions of any other new one.
fn draft(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".vt-report-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
