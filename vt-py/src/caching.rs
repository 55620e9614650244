//! A cache that is written in Python.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pyo3::{IntoPyObjectExt, exceptions::PyTypeError, intern, prelude::*};
use vt_core::{
    cache::{self, Cache, CacheError, Detail},
    hash,
};

use crate::{cache::Entry, hash::FileHash};

/// An object with `get(hashes)` and `put(entries)`, and perhaps
/// `evict(fetched_before)`; each may be a coroutine function.
pub(crate) struct PythonCache {
    object: Py<PyAny>,
    name: String,
}

impl PythonCache {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = object.py();
        for method in [intern!(py, "get"), intern!(py, "put")] {
            let found = object.getattr_opt(method)?;
            if !found.is_some_and(|found| found.is_callable()) {
                let kind = object.get_type().name()?;
                return Err(PyTypeError::new_err(format!(
                    "a cache has get(hashes) and put(entries); {kind} has no {method}"
                )));
            }
        }
        Ok(Self {
            name: object.get_type().fully_qualified_name()?.to_string(),
            object: object.clone().unbind(),
        })
    }

    /// Calls a method on a thread on which Python may take its time.
    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T> + Send + 'static,
    ) -> Result<T, CacheError> {
        let object = Python::try_attach(|py| self.object.clone_ref(py));
        let Some(object) = object else {
            return Err(self.failure("the interpreter is ending"));
        };
        let called = tokio::task::spawn_blocking(move || {
            Python::try_attach(|py| call(object.bind(py)).map_err(|error| error.to_string()))
        });
        match called.await {
            Ok(Some(result)) => result.map_err(|text| self.failure(text)),
            Ok(None) => Err(self.failure("the interpreter is ending")),
            Err(_) => Err(self.failure("the call was broken off")),
        }
    }

    fn failure(&self, text: impl Into<String>) -> CacheError {
        CacheError::new(self, text.into())
    }

    fn check(&self, hash: hash::FileHash, entry: Option<&cache::Entry>) -> Result<(), CacheError> {
        match entry {
            Some(entry) if !entry.hashes().any(|known| known == hash) => {
                Err(self.failure(format!("get() gave the answer of another hash for {hash}")))
            }
            _ => Ok(()),
        }
    }
}

/// What a method returns, and what a coroutine that it returns comes to.
fn result<'py>(
    object: &Bound<'py, PyAny>,
    method: &str,
    argument: impl IntoPyObjectExt<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let call = py.import("vt_core._calls")?.getattr("call")?;
    call.call1((object.getattr(method)?, argument.into_bound_py_any(py)?))
}

#[async_trait]
impl Cache for PythonCache {
    async fn get(
        &self,
        hashes: &[hash::FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<cache::Entry>>, CacheError> {
        let asked: Vec<FileHash> = hashes.iter().copied().map(FileHash).collect();
        let entries = self.call(|object| {
            let entries = result(object, "get", asked)?.try_iter()?.map(|entry| {
                let entry: Option<Entry> = entry?.extract()?;
                Ok(entry.map(|entry| entry.0))
            });
            entries.collect::<PyResult<Vec<_>>>()
        });
        let mut entries = entries.await?;
        if entries.len() != hashes.len() {
            return Err(self.failure(format!(
                "get() gave {} answers for {} hashes",
                entries.len(),
                hashes.len()
            )));
        }
        for (hash, slot) in hashes.iter().zip(&mut entries) {
            self.check(*hash, slot.as_ref())?;
            // One that was kept without its body has less than was asked for.
            *slot = slot.take().filter(|entry| entry.has(detail));
        }
        Ok(entries)
    }

    async fn put(&self, entries: &[cache::Entry]) -> Result<(), CacheError> {
        let entries: Vec<Entry> = entries.iter().map(Entry::new).collect();
        self.call(|object| result(object, "put", entries).map(drop))
            .await
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        self.call(move |object| result(object, "evict", fetched_before)?.extract())
            .await
    }
}

impl fmt::Display for PythonCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for PythonCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PythonCache").field(&self.name).finish()
    }
}
