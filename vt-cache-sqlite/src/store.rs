//! The file as a store.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use vt_core::time::{Clock, SystemClock};

use crate::{
    Error, connection::Place, fork::Open, meta, purpose, quarantine, readers::Readers,
    time::SharedTime, writer::Writer,
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
    purpose: Option<String>,
}

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
            purpose: Some(purpose::DEFAULT.to_owned()),
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

    /// Sets that the file is kept for the answers of the server at this address,
    /// so that those of a simulator or a proxy never get among VirusTotal's. For
    /// VirusTotal itself that is the usual purpose, for any other server one by
    /// its host.
    ///
    /// # Examples
    ///
    /// ```
    /// # use vt_cache_sqlite::{Error, SqliteStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let folder = tempfile::tempdir().map_err(|_| Error::ReadOnly)?;
    /// # let path = folder.path().join("vt.db");
    /// let base_url = "http://cache.example:8080";
    /// let store = SqliteStore::options().server(base_url).open(path).await?;
    /// assert!(store.is_for_server(base_url));
    /// # Ok(())
    /// # }
    /// ```
    pub fn server(self, base_url: &str) -> Self {
        self.purpose(purpose::of_server(base_url))
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
    /// cannot be read and written; and in a process that was forked off while a
    /// database was open.
    pub async fn open(self, path: impl Into<PathBuf>) -> Result<SqliteStore, Error> {
        let path = path.into();
        let open = tokio::task::spawn_blocking(move || self.open_now(&path));
        open.await
            .map_err(|_| Error::Other("opening it was broken off".to_owned()))?
    }

    fn open_now(self, path: &Path) -> Result<SqliteStore, Error> {
        // Before anything of SQLite's is touched.
        let _open = Open::begin()?;
        let now = self.clock.now();
        let (place, quarantined) = quarantine::open(path, now.wall)?;
        let purpose = meta::purpose(&place, self.purpose.as_deref())
            .inspect_err(|error| place.note(error))?;
        Ok(SqliteStore {
            inner: Arc::new(Inner {
                readers: Readers::new(place.clone()),
                writer: Writer::start(place.clone(), self.max_bytes)?,
                place,
                time: SharedTime::new(self.clock, self.boot_id),
                quarantined,
                purpose,
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

    /// What the file is kept for: what it was opened for, or with
    /// [`SqliteOptions::any_purpose`] what it says itself, if it says anything.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        self.inner.purpose.as_deref()
    }

    /// Whether the file is kept for the answers of the server at this address,
    /// as by [`SqliteOptions::server`].
    #[must_use]
    pub fn is_for_server(&self, base_url: &str) -> bool {
        self.purpose() == Some(&*purpose::of_server(base_url))
    }

    pub(crate) fn place(&self) -> &Place {
        &self.inner.place
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
