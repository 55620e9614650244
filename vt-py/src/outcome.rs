//! What came of one hash.

use chrono::{DateTime, Utc};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyTuple, PyType},
};
use vt_core::{
    hash,
    report::Lookup,
    scan::{self, Answer, Source},
};
use vt_report::{Row, Status};

use crate::{error, file_report::FileReport, hash::FileHash, time::said};

/// What came of one hash: an answer, or why there is none.
#[pyclass(frozen, module = "vt_core")]
pub(crate) struct Outcome {
    hash: hash::FileHash,
    status: Status,
    result: Result<Answer, Py<PyAny>>,
}

impl Outcome {
    pub(crate) fn new(py: Python<'_>, outcome: scan::Outcome) -> Self {
        let status = match &outcome.result {
            Ok(answer) => Status::of(&answer.lookup),
            Err(scan::Error::Pending { .. }) => Status::Pending,
            Err(_) => Status::Error,
        };
        Self {
            hash: outcome.hash,
            status,
            result: match outcome.result {
                Ok(answer) => Ok(Answer {
                    fetched_at: said(answer.fetched_at),
                    ..answer
                }),
                Err(error) => Err(error::scan(&error).into_value(py).into_any()),
            },
        }
    }

    /// What a report shows of it.
    pub(crate) fn row(&self, py: Python<'_>, engines: &[String]) -> PyResult<Row> {
        Ok(match &self.result {
            Ok(answer) => Row::answered(self.hash, answer, engines),
            Err(error) => {
                let reason = error.bind(py).str()?.to_string();
                Row::unanswered(self.hash, self.status, reason, engines)
            }
        })
    }

    fn answer(&self) -> Option<&Answer> {
        self.result.as_ref().ok()
    }
}

#[pymethods]
impl Outcome {
    #[getter]
    fn hash(&self) -> FileHash {
        FileHash(self.hash)
    }

    #[getter]
    fn status(&self) -> &'static str {
        self.status.as_str()
    }

    /// None if VirusTotal does not have the file, and if there is no answer.
    #[getter]
    fn report(&self) -> Option<FileReport> {
        match &self.answer()?.lookup {
            Lookup::Found(report) => Some(FileReport(report.clone())),
            Lookup::NotFound => None,
        }
    }

    /// Why there is no answer.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.result.as_ref().err().map(|error| error.clone_ref(py))
    }

    /// Where the answer is from: `joined` is a request that was sent for another
    /// digest of the file, or for somebody else.
    #[getter]
    fn source(&self) -> Option<&'static str> {
        self.answer().map(|answer| match answer.source {
            Source::Cache => "cache",
            Source::Joined => "joined",
            _ => "virustotal",
        })
    }

    /// When VirusTotal gave the answer.
    #[getter]
    fn fetched_at(&self) -> Option<DateTime<Utc>> {
        self.answer().map(|answer| answer.fetched_at)
    }

    /// The report, or None if VirusTotal does not have the file. Raises the error
    /// if there is no answer.
    fn result(&self, py: Python<'_>) -> PyResult<Option<FileReport>> {
        match &self.result {
            Ok(_) => Ok(self.report()),
            Err(error) => Err(PyErr::from_value(error.bind(py).clone())),
        }
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        if self.hash != other.hash || self.status != other.status {
            return Ok(false);
        }
        match (&self.result, &other.result) {
            (Ok(one), Ok(other)) => Ok(one == other),
            // Exceptions themselves are equal only to themselves.
            (Err(one), Err(other)) => {
                let (one, other) = (one.bind(py), other.bind(py));
                let is_kind = one.get_type().is(other.get_type());
                Ok(is_kind && one.str()?.to_cow()? == other.str()?.to_cow()?)
            }
            _ => Ok(false),
        }
    }

    fn __hash__(&self) -> u64 {
        let head = self.hash.as_bytes().first_chunk().copied();
        u64::from_ne_bytes(head.unwrap_or_default())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let source = self.source().unwrap_or_default();
        Ok(match &self.result {
            Ok(_) => format!(
                "<Outcome {}: {}, from {source}>",
                self.hash,
                self.status.as_str()
            ),
            Err(error) => format!("<Outcome {}: {}>", self.hash, error.bind(py).repr()?),
        })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let this = slf.get();
        let fields = (
            this.hash(),
            this.status(),
            this.report(),
            this.source(),
            this.fetched_at(),
            this.error(py),
        );
        Ok((slf.get_type().getattr("_of")?, fields.into_pyobject(py)?))
    }

    /// An outcome that was pickled.
    #[classmethod]
    fn _of(
        _: &Bound<'_, PyType>,
        hash: FileHash,
        status: &str,
        report: Option<PyRef<'_, FileReport>>,
        source: Option<&str>,
        fetched_at: Option<DateTime<Utc>>,
        error: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let status = status_of(status)?;
        let result = match (error, fetched_at) {
            (Some(error), _) => Err(error),
            (None, Some(fetched_at)) => Ok(Answer {
                lookup: report.map_or(Lookup::NotFound, |report| Lookup::Found(report.0.clone())),
                source: match source {
                    Some("cache") => Source::Cache,
                    Some("joined") => Source::Joined,
                    _ => Source::VirusTotal,
                },
                fetched_at,
            }),
            (None, None) => return Err(PyValueError::new_err("neither an answer nor an error")),
        };
        Ok(Self {
            hash: hash.0,
            status,
            result,
        })
    }
}

/// The status that has this name.
pub(crate) fn status_of(name: &str) -> PyResult<Status> {
    let status = Status::ALL
        .into_iter()
        .find(|status| status.as_str() == name);
    status.ok_or_else(|| PyValueError::new_err(format!("no such status: {name}")))
}
