//! What can go wrong with the file, by what can be done about it.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program has held the lock for too long.
    #[error("another program holds the database locked; close it and try again")]
    Busy,
    /// The file is damaged.
    #[error("the database is damaged; start again to have it checked and moved aside")]
    Corrupt,
    /// What would be written is there already. It is not touched.
    #[error("{} is there already and is not overwritten; name another file", path.display())]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// This process was forked off one that had a database open.
    #[error(
        "this process was forked off one that had a database open, where SQLite loses data: \
         close it before, or start processes with `spawn`"
    )]
    Forked,
    /// There is no room.
    #[error("there is no room for the database to grow; free some and try again")]
    Full,
    /// The file was made by a newer version of this program.
    #[error("the database has format {found}, this program knows up to {known}: update it")]
    Newer {
        /// The format of the file.
        found: u32,
        /// The newest format that this version knows.
        known: u32,
    },
    /// The file was deleted, or another one put in its place.
    #[error("{} was deleted or replaced while it was in use; start again", path.display())]
    Moved {
        /// Where it was.
        path: PathBuf,
    },
    /// SQLite's locks do not work over a network.
    #[error("{} is on a network file system, where SQLite loses data: use a local disk", path.display())]
    NetworkFileSystem {
        /// Where it is.
        path: PathBuf,
    },
    /// The file is something else. It is not touched.
    #[error("{} is not a database of this program; name another file", path.display())]
    NotOurs {
        /// Where it is.
        path: PathBuf,
    },
    /// The file is kept for something else.
    #[error("{} is kept for {found}, not for {wanted}: name another file", path.display())]
    Purpose {
        /// Where it is.
        path: PathBuf,
        /// What it is kept for.
        found: String,
        /// What it was opened for.
        wanted: String,
    },
    /// The file, or its folder, cannot be written.
    #[error("the database cannot be written; check the permissions of the file and its folder")]
    ReadOnly,
    /// The SQLite that is linked has a defect that loses data.
    #[error("SQLite {found} can lose data: 3.51.3 or newer is needed")]
    SqliteTooOld {
        /// Its version.
        found: &'static str,
    },
    /// The operating system refused.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// What answers are exported to, or imported from, failed.
    #[error("cannot pass answers on: {0}")]
    Transfer(io::Error),
    /// Anything else.
    #[error("the database failed: {0}")]
    Other(String),
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly
            }
            _ => Self::Other(error.to_string()),
        }
    }
}
