//! A copy of the file while it is in use.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use rusqlite::types::{ToSqlOutput, ValueRef};
use tempfile::NamedTempFile;

use crate::{Error, SqliteStore, connection::Place};

impl SqliteStore {
    /// Writes a copy of the file, as it is at one moment, under a name that
    /// nothing has yet: for other tools to look into, and to be kept elsewhere.
    /// Others may use the file meanwhile.
    ///
    /// The copy is one file, for its user alone (0600), and a store like this
    /// one. Do not spend from both: the books of either do not know of what is
    /// charged to the other.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] when there is something under that name, which is not
    /// touched. Else when the folder is not there, the file cannot be read, or
    /// the copy cannot be written; nothing is left of it then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the copy. If the process is killed,
    /// what was written stays in the folder as `.vt-backup-` and some letters,
    /// and never under the name.
    pub async fn backup(&self, path: impl Into<PathBuf>) -> Result<(), Error> {
        let (place, path) = (self.place().clone(), path.into());
        let copy = tokio::task::spawn_blocking(move || copy(&place, &path));
        copy.await
            .map_err(|_| Error::Other("the copy was broken off".to_owned()))?
    }
}

fn copy(place: &Place, path: &Path) -> Result<(), Error> {
    // What is there for certain need not be found out after minutes.
    if path.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: path.into() });
    }
    let (folder, target) = resolve(path).map_err(Error::io(path))?;
    let mut draft = tempfile::Builder::new();
    let draft = draft.prefix(".vt-backup-").tempfile_in(&folder);
    let draft = draft.map_err(Error::io(&folder))?;
    place.check()?;
    vacuum(place, draft.path()).inspect_err(|error| place.note(error))?;
    publish(draft, &target)?;
    sync_folder(&folder).map_err(Error::io(folder))
}

/// The folder by its real name, and the file in it: SQLite would take a name
/// that begins with `file:` for a URI.
fn resolve(path: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
    let target = folder.join(name);
    Ok((folder, target))
}

/// Writes the content of the file, as one transaction sees it, into one that is
/// empty.
fn vacuum(place: &Place, into: &Path) -> Result<(), Error> {
    // Not every path is UTF-8, which SQLite does not ask for either.
    let into = ValueRef::Text(into.as_os_str().as_encoded_bytes());
    let connection = place.connect()?;
    connection.execute("VACUUM INTO ?1", [ToSqlOutput::Borrowed(into)])?;
    Ok(())
}

/// Gives a copy its name once all of it is on disk, to which SQLite does not
/// see here.
fn publish(draft: NamedTempFile, target: &Path) -> Result<(), Error> {
    draft.as_file().sync_all().map_err(Error::io(target))?;
    let published = draft.persist_noclobber(target).map(drop);
    published.map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => Error::Exists {
            path: target.to_owned(),
        },
        _ => Error::io(target)(error.error),
    })
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
const fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
