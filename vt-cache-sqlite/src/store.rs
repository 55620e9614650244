//! The file as a store.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use vt_core::time::{Clock, SystemClock};

use crate::{
    Error, connection::Place, meta, quarantine, readers::Readers, time::SharedTime, writer::Writer,
};

/// A [`Cache`](vt_core::cache::Cache), a [`Ledger`](vt_core::quota::Ledger) and
/// a [`JobStore`](vt_core::job::JobStore) in one SQLite file. Cloning clones the
/// handle; several processes may have the same file open.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    readers: Readers,
    writer: Writer,
    time: SharedTime,
    quarantined: Option<PathBuf>,
}

/// What a file is kept for unless told.
const DEFAULT_PURPOSE: &str = "VirusTotal's answers";

/// How a [`SqliteStore`] is opened.
#[derive(Clone, Debug)]
#[must_use]
pub struct SqliteOptions {
    clock: Arc<dyn Clock>,
    boot_id: Option<String>,
    purpose: Option<String>,
    max_bytes: Option<u64>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            boot_id: None,
            purpose: Some(DEFAULT_PURPOSE.to_owned()),
            max_bytes: None,
        }
    }
}

impl SqliteOptions {
    /// Sets the clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets what tells one run of the machine from the next; by default Linux
    /// is asked.
    pub fn boot_id(mut self, id: impl Into<String>) -> Self {
        self.boot_id = Some(id.into());
        self
    }

    /// Lets the file grow to so many bytes, rounded up to a page. When it is full
    /// nothing more is kept, and where the books do not fit nothing is sent.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Sets what the file is kept for: a file that was made for one purpose is
    /// not opened for another, so that made-up answers never get among real
    /// ones.
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Opens a file whatever it is kept for, to look after it.
    pub fn any_purpose(mut self) -> Self {
        self.purpose = None;
        self
    }

    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// When it is no database of this crate, was made by a newer version, or
    /// cannot be read and written.
    pub async fn open(self, path: impl Into<PathBuf>) -> Result<SqliteStore, Error> {
        let path = path.into();
        let open = tokio::task::spawn_blocking(move || self.open_now(&path));
        open.await
            .map_err(|_| Error::Other("opening it was broken off".to_owned()))?
    }

    fn open_now(self, path: &Path) -> Result<SqliteStore, Error> {
        let now = self.clock.now();
        let (place, quarantined) = quarantine::open(path, now.wall)?;
        if let Some(purpose) = &self.purpose {
            meta::check_purpose(&place, purpose).inspect_err(|error| place.note(error))?;
        }
        Ok(SqliteStore {
            inner: Arc::new(Inner {
                readers: Readers::new(place.clone()),
                writer: Writer::start(place.clone(), self.max_bytes)?,
                place,
                time: SharedTime::new(self.clock, self.boot_id),
                quarantined,
            }),
        })
    }
}

impl SqliteStore {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// As [`SqliteOptions::open`].
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::options().open(path).await
    }

    /// Other than the usual settings.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.inner.place.path()
    }

    /// Where a damaged file was moved to when this one was opened.
    #[must_use]
    pub fn quarantined(&self) -> Option<&Path> {
        self.inner.quarantined.as_deref()
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.inner.readers
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.inner.writer
    }

    pub(crate) fn time(&self) -> &SharedTime {
        &self.inner.time
    }
}

impl fmt::Display for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path().display())
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteStore").field(&self.path()).finish()
    }
}
