//! Answers and books in a file.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use vt_cache_sqlite::SqliteStore as Store;

use crate::{
    cache::{Entry, evict, get, put},
    error,
    hash::AnyHash,
    process::Owned,
    runtime::block_on,
    value,
};

/// Answers and the books of the quota in one SQLite file, which several programs may
/// use at once, the command line among them.
///
/// Do not open the file with Python's `sqlite3` in the same process: that would take
/// away the locks of this one. To look into it with other tools, make a `backup`.
#[pyclass(frozen, module = "vt_core")]
pub(crate) struct SqliteStore(Owned<Store>);

impl SqliteStore {
    pub(crate) fn store(&self) -> PyResult<&Store> {
        self.0.get()
    }

    /// The file, if it is for the answers of this server.
    pub(crate) fn store_of(&self, base_url: &str) -> PyResult<&Store> {
        let store = self.store()?;
        if store.is_for_server(base_url) {
            return Ok(store);
        }
        let purpose = store.purpose().unwrap_or_default();
        Err(error::config(format!(
            "{store} is kept for {purpose}, and {base_url} is another server: open a file \
             for it with SqliteStore(path, base_url=...)"
        )))
    }

    /// Opens a file for the answers of one server.
    pub(crate) fn open(
        py: Python<'_>,
        path: PathBuf,
        base_url: &str,
        max_bytes: Option<u64>,
    ) -> PyResult<Self> {
        let mut options = Store::options().server(base_url);
        if let Some(bytes) = max_bytes {
            options = options.max_bytes(bytes);
        }
        let store = block_on(py, async move {
            let opened = options.open(path).await;
            opened.map_err(|error| error::store(&error))
        })?;
        Ok(Self(Owned::new(store)))
    }
}

#[pymethods]
impl SqliteStore {
    #[new]
    #[pyo3(signature = (path, *, base_url = "https://www.virustotal.com", max_bytes = None))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        base_url: &str,
        max_bytes: Option<u64>,
    ) -> PyResult<Self> {
        Self::open(py, path, base_url, max_bytes)
    }

    #[getter]
    fn path(&self) -> PyResult<&Path> {
        Ok(self.store()?.path())
    }

    /// Where a damaged file was moved to when this one was opened.
    #[getter]
    fn quarantined(&self) -> PyResult<Option<&Path>> {
        Ok(self.store()?.quarantined())
    }

    fn get(&self, py: Python<'_>, hashes: Vec<AnyHash>) -> PyResult<Vec<Option<Entry>>> {
        get(py, self.store()?, hashes)
    }

    fn put(&self, py: Python<'_>, entries: Vec<Entry>) -> PyResult<()> {
        put(py, self.store()?, entries)
    }

    /// Forgets what was fetched before a moment; says how many answers.
    fn evict(&self, py: Python<'_>, fetched_before: DateTime<Utc>) -> PyResult<u64> {
        evict(py, self.store()?, fetched_before)
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let store = self.store()?;
        let stats = block_on(py, async {
            let stats = store.stats().await;
            stats.map_err(|error| error::store(&error))
        })?;
        let fields = (
            stats.found,
            stats.not_found,
            stats.oldest,
            stats.newest,
            stats.bytes,
        );
        value::make(py, "StoreStats", fields)
    }

    /// Writes every answer to a file, one JSON object on each line; says how many.
    fn export(&self, py: Python<'_>, path: PathBuf) -> PyResult<u64> {
        let store = self.store()?;
        let file = File::create(&path).map_err(|error| error::file(&error, &path))?;
        block_on(py, async {
            let exported = store.export(BufWriter::new(file)).await;
            exported.map_err(|error| error::store(&error))
        })
    }

    /// Takes in what `export` wrote, where it is newer than what is there.
    fn import_file<'py>(&self, py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyAny>> {
        let store = self.store()?;
        let file = File::open(&path).map_err(|error| error::file(&error, &path))?;
        let imported = block_on(py, async {
            let imported = store.import(BufReader::new(file)).await;
            imported.map_err(|error| error::store(&error))
        })?;
        let fields = (
            imported.taken,
            imported.known,
            imported.refused,
            imported.first_refused,
        );
        value::make(py, "Imported", fields)
    }

    /// Copies the file as it is at this moment. A file that is there already is not
    /// replaced.
    fn backup(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let store = self.store()?;
        block_on(py, async {
            let backed_up = store.backup(path).await;
            backed_up.map_err(|error| error::store(&error))
        })
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("SqliteStore('{}')", self.store()?.path().display()))
    }
}
