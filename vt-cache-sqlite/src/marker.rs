//! A file beside the database that says: somebody came upon damage in it.
//!
//! A look at all of a large file takes minutes, so it is not taken at every
//! start, but at the next one after damage was found.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::{Error, connection};

/// What is added to the name of the database.
const SUFFIX: &str = ".suspect";

/// The right to look into a suspicion: one process at a time has it.
#[derive(Debug)]
pub(crate) struct Marker {
    path: PathBuf,
    /// Locked, until it is closed.
    file: File,
}

/// Notes that a database is damaged.
pub(crate) fn set(database: &Path) -> Result<(), Error> {
    let path = path(database);
    connection::make_file(&path).map_err(Error::io(&path))
}

/// Whether somebody noted that a database is damaged.
pub(crate) fn is_set(database: &Path) -> bool {
    path(database).exists()
}

impl Marker {
    /// Waits until no other process looks into the suspicion; none if one has
    /// done so meanwhile.
    pub(crate) fn claim(database: &Path) -> Result<Option<Self>, Error> {
        let path = path(database);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(Error::io(&path))?,
        };
        file.lock().map_err(Error::io(&path))?;
        Ok(path.exists().then_some(Self { path, file }))
    }

    /// Says that the database is as it should be, whatever that took.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let removed = fs::remove_file(&self.path).map_err(Error::io(&self.path));
        // Only now: whoever waits for it then sees that it is gone.
        drop(self.file);
        removed
    }
}

fn path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}
