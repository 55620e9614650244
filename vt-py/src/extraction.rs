//! What was found in a text.

use std::{collections::BTreeMap, sync::Arc};

use pyo3::{exceptions::PyIndexError, prelude::*, types::PyList};
use vt_core::hash::{self, Found};

use crate::{hash::FileHash, source, value};

/// Finds the hashes in a text.
///
/// `source` is the text (`str`, `bytes`, `bytearray`, `memoryview`), the path of a
/// file (`pathlib.Path`; a `str` is a text), or an open file. Text in UTF-8, Latin-1
/// or UTF-16 is read as it is; gigabytes take seconds, in little memory. Other
/// threads run meanwhile.
#[pyfunction]
pub(crate) fn extract_hashes(source: &Bound<'_, PyAny>) -> PyResult<Extraction> {
    source::extract(source).map(Arc::new).map(Extraction)
}

/// The hashes of a text, each once, in the order in which they first stand there.
///
/// It has a length and can be iterated over without a list being made.
#[pyclass(frozen, module = "vt_core")]
pub(crate) struct Extraction(Arc<hash::Extraction>);

impl Extraction {
    pub(crate) fn inner(&self) -> &hash::Extraction {
        &self.0
    }
}

#[pymethods]
impl Extraction {
    #[getter]
    fn hashes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.0.hashes().map(FileHash))
    }

    /// The hashes with the line they first stand on, and how often they do.
    #[getter]
    fn found<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let found: Vec<_> = self
            .0
            .found()
            .map(|found| as_value(py, &found))
            .collect::<PyResult<_>>()?;
        PyList::new(py, found)
    }

    /// Of these, the digests of the empty file: usually a log's way to say that
    /// there was nothing to hash.
    #[getter]
    fn empty_file<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let found: Vec<_> = self
            .0
            .empty_file()
            .map(|found| as_value(py, &found))
            .collect::<PyResult<_>>()?;
        PyList::new(py, found)
    }

    /// The first 1,000 pieces that look like a hash and were not taken for one.
    #[getter]
    fn skipped<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let skipped = self.0.skipped().iter().map(|skipped| {
            let reason = skipped.reason.to_string();
            value::make(py, "Skipped", (skipped.line, &skipped.text, reason))
        });
        PyList::new(py, skipped.collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn skipped_total(&self) -> u64 {
        self.0.skipped_total()
    }

    #[getter]
    fn skipped_by_reason(&self) -> BTreeMap<String, u64> {
        let reasons = self.0.skipped_by_reason();
        reasons
            .map(|(reason, count)| (reason.to_string(), count))
            .collect()
    }

    #[getter]
    fn lines(&self) -> u64 {
        self.0.lines()
    }

    #[getter]
    fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    #[getter]
    fn encoding(&self) -> String {
        self.0.encoding().to_string()
    }

    fn __len__(&self) -> usize {
        self.0.hashes().len()
    }

    fn __getitem__(&self, at: isize) -> PyResult<FileHash> {
        let mut hashes = self.0.hashes();
        let at = if at < 0 {
            at + hashes.len() as isize
        } else {
            at
        };
        let hash = usize::try_from(at).ok().and_then(|at| hashes.nth(at));
        hash.map(FileHash)
            .ok_or_else(|| PyIndexError::new_err("there are not so many hashes"))
    }

    fn __iter__(&self) -> Walk {
        Walk {
            extraction: Arc::clone(&self.0),
            next: 0,
        }
    }

    fn __repr__(&self) -> String {
        format!(
            "<Extraction: {} hashes in {} lines, {} pieces skipped>",
            self.0.hashes().len(),
            self.0.lines(),
            self.0.skipped_total()
        )
    }
}

fn as_value<'py>(py: Python<'py>, found: &Found) -> PyResult<Bound<'py, PyAny>> {
    let fields = (FileHash(found.hash), found.line, found.count);
    value::make(py, "Found", fields)
}

/// The hashes one by one: a list of ten million would be a gigabyte.
#[pyclass(module = "vt_core._native")]
struct Walk {
    extraction: Arc<hash::Extraction>,
    next: usize,
}

#[pymethods]
impl Walk {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> Option<FileHash> {
        let hash = self.extraction.hashes().nth(self.next)?;
        self.next += 1;
        Some(FileHash(hash))
    }
}
