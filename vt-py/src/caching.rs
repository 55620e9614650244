//! A cache that is written in Python.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pyo3::{IntoPyObject, IntoPyObjectExt, exceptions::PyTypeError, intern, prelude::*};
use tokio::sync::oneshot;
use vt_core::{
    cache::{self, Cache, CacheError, Detail},
    hash,
};

use crate::{cache::Entry, error, hash::FileHash};

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

    /// Calls a method, on a thread of Python's: there it may take its time, and
    /// there Python can stop it when the interpreter ends. It could not below
    /// functions of Rust.
    async fn call<T: Send + 'static>(
        &self,
        method: &'static str,
        argument: impl for<'a> IntoPyObject<'a> + Send + 'static,
        take: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T> + Send + 'static,
    ) -> Result<T, CacheError> {
        let (sender, answer) = oneshot::channel();
        let reply = Reply::new(move |result| {
            let result = result.and_then(|result| {
                let taken = take(&result);
                taken.map_err(|error| error.to_string())
            });
            // Whoever does not wait any more does not want to know.
            let _ = sender.send(result);
        });
        let object = Python::try_attach(|py| self.object.clone_ref(py));
        let Some(object) = object else {
            return Err(self.failure(error::ending().to_string()));
        };
        // Not here, which may be Python's main thread: Ctrl-C would be raised in
        // there, and taken for a failure of the cache.
        let begun = tokio::task::spawn_blocking(move || {
            let begun = Python::try_attach(|py| {
                let begin = py.import("vt_core._caching")?.getattr("begin")?;
                let argument = argument.into_bound_py_any(py)?;
                begin.call1((object, method, argument, reply)).map(drop)
            });
            begun.unwrap_or_else(|| Err(error::ending()))
        });
        let begun = begun.await.unwrap_or_else(|_| Err(error::ending()));
        begun.map_err(|error| self.failure(error.to_string()))?;
        match answer.await {
            Ok(result) => result.map_err(|text| self.failure(text)),
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

type Take = Box<dyn for<'py> FnOnce(Result<Bound<'py, PyAny>, String>) + Send>;

/// Is called with what a method returned, or with what it raised.
#[pyclass(frozen)]
struct Reply(Mutex<Option<Take>>);

impl Reply {
    fn new(take: impl for<'py> FnOnce(Result<Bound<'py, PyAny>, String>) + Send + 'static) -> Self {
        Self(Mutex::new(Some(Box::new(take))))
    }
}

#[pymethods]
impl Reply {
    fn __call__(&self, result: Bound<'_, PyAny>, error: Option<String>) {
        let take = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(take) = take {
            take(error.map_or(Ok(result), Err));
        }
    }
}

#[async_trait]
impl Cache for PythonCache {
    async fn get(
        &self,
        hashes: &[hash::FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<cache::Entry>>, CacheError> {
        let asked: Vec<FileHash> = hashes.iter().copied().map(FileHash).collect();
        let entries = self.call("get", asked, |entries| {
            let entries = entries.try_iter()?.map(|entry| {
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
        self.call("put", entries, |_| Ok(())).await
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        self.call("evict", fetched_before, |count| count.extract())
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
