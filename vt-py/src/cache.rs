//! An answer as a cache keeps it, and what all caches have in common.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pyo3::{
    prelude::*,
    types::{PyTuple, PyType},
};
use vt_core::{
    cache::{self, Cache, Detail},
    hash,
    report::Lookup,
};

use crate::{
    caching::PythonCache,
    error,
    file_report::FileReport,
    hash::{AnyHash, FileHash},
    memory::MemoryCache,
    runtime,
    sqlite::SqliteStore,
    time::said,
};

/// An answer as a cache keeps it. It can be pickled; or keep `report.raw_json` and
/// `fetched_at`, and make it again with `FileReport.from_json`.
#[pyclass(frozen, eq, from_py_object, module = "vt_core")]
#[derive(Clone, PartialEq)]
pub(crate) struct Entry(pub(crate) cache::Entry);

impl Entry {
    pub(crate) fn new(entry: &cache::Entry) -> Self {
        let fetched_at = said(entry.fetched_at());
        Self(match (entry.lookup(), entry.hashes().next()) {
            (Lookup::NotFound, Some(hash)) => cache::Entry::not_found(hash, fetched_at),
            (Lookup::Found(report), _) => cache::Entry::found(report, fetched_at),
            (Lookup::NotFound, None) => entry.clone(),
        })
    }
}

#[pymethods]
impl Entry {
    #[classmethod]
    fn found(
        _: &Bound<'_, PyType>,
        report: PyRef<'_, FileReport>,
        fetched_at: DateTime<Utc>,
    ) -> Self {
        Self(cache::Entry::found(Arc::clone(&report.0), fetched_at))
    }

    #[classmethod]
    fn not_found(_: &Bound<'_, PyType>, hash: AnyHash, fetched_at: DateTime<Utc>) -> Self {
        Self(cache::Entry::not_found(hash.0, fetched_at))
    }

    /// None if VirusTotal does not have the file.
    #[getter]
    fn report(&self) -> Option<FileReport> {
        match self.0.lookup() {
            Lookup::Found(report) => Some(FileReport(report)),
            Lookup::NotFound => None,
        }
    }

    #[getter]
    fn fetched_at(&self) -> DateTime<Utc> {
        self.0.fetched_at()
    }

    /// Every hash that this answers: all digests of the file, or the one that
    /// VirusTotal does not know.
    #[getter]
    fn hashes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let hashes: Vec<_> = self.0.hashes().map(FileHash).collect();
        PyTuple::new(py, hashes)
    }

    fn __hash__(&self) -> u64 {
        let first = self.0.hashes().next();
        let head = first.and_then(|hash| hash.as_bytes().first_chunk().copied());
        u64::from_ne_bytes(head.unwrap_or_default())
    }

    fn __repr__(&self) -> String {
        let what = match self.0.lookup() {
            Lookup::Found(report) => format!("found {}", report.sha256),
            Lookup::NotFound => {
                let hash = self.0.hashes().next();
                format!(
                    "not found {}",
                    hash.map(|hash| hash.to_string()).unwrap_or_default()
                )
            }
        };
        format!("<Entry: {what}, fetched at {}>", self.0.fetched_at())
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let this = slf.get();
        let class = slf.get_type();
        let fetched_at = this.fetched_at();
        match this.report() {
            Some(report) => Ok((
                class.getattr("found")?,
                (report, fetched_at).into_pyobject(py)?,
            )),
            None => {
                let hash = this.0.hashes().next().map(FileHash);
                Ok((
                    class.getattr("not_found")?,
                    (hash, fetched_at).into_pyobject(py)?,
                ))
            }
        }
    }
}

/// Any object that can be a cache: one of ours, or one written in Python.
pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Arc<dyn Cache>> {
    if let Ok(memory) = object.cast::<MemoryCache>() {
        return Ok(Arc::new(memory.get().cache()?.clone()));
    }
    if let Ok(store) = object.cast::<SqliteStore>() {
        return Ok(Arc::new(store.get().store()?.clone()));
    }
    Ok(Arc::new(PythonCache::new(object)?))
}

/// `get` of a cache of ours, as Python sees it.
pub(crate) fn get(
    py: Python<'_>,
    cache: &(impl Cache + Clone),
    hashes: Vec<AnyHash>,
) -> PyResult<Vec<Option<Entry>>> {
    let hashes: Vec<hash::FileHash> = hashes.into_iter().map(|hash| hash.0).collect();
    let entries = runtime::block_on(py, async {
        let entries = cache.get(&hashes, Detail::Full).await;
        entries.map_err(|error| error::cache(&error))
    })?;
    let entries = entries.iter().map(|entry| entry.as_ref().map(Entry::new));
    Ok(entries.collect())
}

/// `put` of a cache of ours, as Python sees it.
pub(crate) fn put(
    py: Python<'_>,
    cache: &(impl Cache + Clone),
    entries: Vec<Entry>,
) -> PyResult<()> {
    let entries: Vec<cache::Entry> = entries.into_iter().map(|entry| entry.0).collect();
    runtime::block_on(py, async {
        let put = cache.put(&entries).await;
        put.map_err(|error| error::cache(&error))
    })
}

/// `evict` of a cache of ours, as Python sees it.
pub(crate) fn evict(
    py: Python<'_>,
    cache: &(impl Cache + Clone),
    fetched_before: DateTime<Utc>,
) -> PyResult<u64> {
    runtime::block_on(py, async {
        let evicted = cache.evict(fetched_before).await;
        evicted.map_err(|error| error::cache(&error))
    })
}
