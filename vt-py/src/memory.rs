//! Answers in memory.

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use vt_core::cache::{self, DEFAULT_CAPACITY};

use crate::{
    cache::{Entry, evict, get, put},
    hash::AnyHash,
    process::Owned,
};

/// Answers in memory, some 6,000 reports by default; what was used least is
/// forgotten first. Several scanners may share one.
#[pyclass(frozen, module = "vt_core")]
pub(crate) struct MemoryCache(Owned<cache::MemoryCache>);

impl MemoryCache {
    pub(crate) fn cache(&self) -> PyResult<&cache::MemoryCache> {
        self.0.get()
    }

    /// What a scanner has that is given none.
    pub(crate) fn usual() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

#[pymethods]
impl MemoryCache {
    #[new]
    #[pyo3(signature = (capacity = 268_435_456))]
    fn new(capacity: u64) -> Self {
        Self(Owned::new(cache::MemoryCache::with_capacity(capacity)))
    }

    fn get(&self, py: Python<'_>, hashes: Vec<AnyHash>) -> PyResult<Vec<Option<Entry>>> {
        get(py, self.cache()?, hashes)
    }

    fn put(&self, py: Python<'_>, entries: Vec<Entry>) -> PyResult<()> {
        put(py, self.cache()?, entries)
    }

    /// Forgets what was fetched before a moment; says how many answers.
    fn evict(&self, py: Python<'_>, fetched_before: DateTime<Utc>) -> PyResult<u64> {
        evict(py, self.cache()?, fetched_before)
    }

    fn __repr__(&self) -> &'static str {
        "<MemoryCache>"
    }
}
