//! A finished report.

mod writing;

use std::{io, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use pyo3::{
    exceptions::PyIndexError,
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyTuple, PyType},
};
use vt_core::{
    hash,
    scan::{Scan, Scanner},
    time::{Clock, SystemClock},
};
use vt_report::{DEFAULT_ENGINE, Format, Rows};

use self::writing::{replace, write};

use crate::{
    error,
    outcome::Outcome,
    progress::Place,
    row::{GivenRow, Moments, columns, row_value},
    runtime::{block_on, visit},
    scan::Shared,
    time::said,
    value,
};

/// A row for each hash, in the order of the input. It has a length and rows by
/// number; `print` shows it as a table.
#[pyclass(frozen, eq, module = "vt_core")]
#[derive(Clone, PartialEq)]
pub(crate) struct Report(Arc<vt_report::Report>);

/// What a report is to look like.
pub(crate) struct Wishes {
    engines: Vec<String>,
    title: Option<String>,
    skipped: Option<u64>,
}

impl Wishes {
    pub(crate) fn new(
        engines: Option<Vec<String>>,
        title: Option<String>,
        skipped: Option<u64>,
    ) -> Self {
        Self {
            engines: engines.unwrap_or_else(|| vec![DEFAULT_ENGINE.to_owned()]),
            title,
            skipped,
        }
    }

    /// The report of a scan of these hashes, once it is done.
    pub(crate) async fn report(
        self,
        scanner: Scanner,
        hashes: Vec<hash::FileHash>,
        scan: Scan,
        progress: Option<Py<PyAny>>,
        place: Place,
    ) -> PyResult<Report> {
        let before = scanner.requests();
        let mut rows = Rows::new(&hashes, self.engines.clone());
        let shared = Shared::new(scan, progress);
        shared.gather(&place, &mut rows).await?;
        let mut rows = rows
            .finish()
            .ok_or_else(|| error::closed("the scan was broken off"))?;
        for row in &mut rows {
            row.fetched_at = row.fetched_at.map(said);
        }
        let mut report = vt_report::Report::new(said(SystemClock.wall()), self.engines, rows);
        if let Some(title) = self.title {
            report.title = title;
        }
        report.skipped = self.skipped;
        report.requests = Some(scanner.requests() - before);
        Ok(Report(Arc::new(report)))
    }
}

impl Report {
    /// Writes the report on a thread of its own, so that Ctrl-C works.
    fn bytes(&self, py: Python<'_>, format: Format, width: Option<u16>) -> PyResult<Vec<u8>> {
        let report = Arc::clone(&self.0);
        self.write(py, move || {
            let mut bytes = Vec::new();
            write(&report, format, width, &mut bytes)?;
            Ok(bytes)
        })
    }

    fn write<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> PyResult<T> {
        block_on(py, async {
            let written = tokio::task::spawn_blocking(work).await;
            let written = written.map_err(|error| match error.try_into_panic() {
                Ok(panic) => error::panicked(&*panic),
                Err(_) => error::ending(),
            });
            Ok(written??)
        })
    }

    /// The text, or None where it went into a file, which is replaced as a
    /// whole.
    fn text(
        &self,
        py: Python<'_>,
        format: Format,
        path: Option<PathBuf>,
    ) -> PyResult<Option<String>> {
        match path {
            Some(path) => self.save(py, format, path).map(|()| None),
            None => {
                let bytes = self.bytes(py, format, None)?;
                // Every format for text is UTF-8.
                Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
            }
        }
    }

    fn save(&self, py: Python<'_>, format: Format, path: PathBuf) -> PyResult<()> {
        let report = Arc::clone(&self.0);
        let target = path.clone();
        let saved = self.write(py, move || Ok(replace(&report, format, &target)))?;
        saved.map_err(|error| error::file(&error, &path))
    }
}

#[pymethods]
impl Report {
    /// A report of outcomes, in their order.
    #[classmethod]
    #[pyo3(signature = (outcomes, *, engines = None, title = None))]
    fn from_outcomes(
        class: &Bound<'_, PyType>,
        outcomes: &Bound<'_, PyAny>,
        engines: Option<Vec<String>>,
        title: Option<String>,
    ) -> PyResult<Self> {
        let wishes = Wishes::new(engines, title, None);
        let mut given = outcomes.try_iter()?;
        let mut rows = Vec::new();
        while let Some(outcome) = visit(class.py(), || given.next().transpose())? {
            let outcome = outcome.cast::<Outcome>()?;
            rows.push(outcome.get().row(class.py(), &wishes.engines)?);
        }
        let mut report = vt_report::Report::new(said(SystemClock.wall()), wishes.engines, rows);
        if let Some(title) = wishes.title {
            report.title = title;
        }
        Ok(Self(Arc::new(report)))
    }

    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    #[getter]
    fn generated_at(&self) -> DateTime<Utc> {
        self.0.generated_at
    }

    /// The engines that are shown.
    #[getter]
    fn engines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.engines)
    }

    #[getter]
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = self.0.rows.iter().map(|row| row_value(py, row));
        PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let summary = self.0.summary();
        let fields = (
            summary.hashes,
            summary.detected,
            summary.clean,
            summary.not_found,
            summary.pending,
            summary.errors,
            summary.answered,
            summary.from_cache,
            summary.skipped,
            summary.requests,
        );
        value::make(py, "Summary", fields)
    }

    /// Whether every hash has an answer.
    #[getter]
    fn is_complete(&self) -> bool {
        self.0.summary().is_complete()
    }

    /// The columns under their names in CSV, each a list with a cell for each row.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        columns(py, &self.0, Moments::Python)
    }

    /// As CSV that no spreadsheet takes for formulas. With a path, the file there
    /// is replaced, or left as it was if that fails.
    #[pyo3(signature = (path = None))]
    fn to_csv(&self, py: Python<'_>, path: Option<PathBuf>) -> PyResult<Option<String>> {
        self.text(py, Format::Csv, path)
    }

    /// As one JSON document with `meta`, `summary` and `rows`.
    #[pyo3(signature = (path = None))]
    fn to_json(&self, py: Python<'_>, path: Option<PathBuf>) -> PyResult<Option<String>> {
        self.text(py, Format::Json, path)
    }

    /// As one JSON object on each line.
    #[pyo3(signature = (path = None))]
    fn to_ndjson(&self, py: Python<'_>, path: Option<PathBuf>) -> PyResult<Option<String>> {
        self.text(py, Format::Ndjson, path)
    }

    /// As one page without scripts.
    #[pyo3(signature = (path = None))]
    fn to_html(&self, py: Python<'_>, path: Option<PathBuf>) -> PyResult<Option<String>> {
        self.text(py, Format::Html, path)
    }

    /// As pages to print or to send; about a second for 15,000 rows.
    #[pyo3(signature = (path = None))]
    fn to_pdf<'py>(
        &self,
        py: Python<'py>,
        path: Option<PathBuf>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        match path {
            Some(path) => self.save(py, Format::Pdf, path).map(|()| None),
            None => {
                let bytes = self.bytes(py, Format::Pdf, None)?;
                Ok(Some(PyBytes::new(py, &bytes)))
            }
        }
    }

    /// As a table for a terminal of so many columns; by default the one there is.
    #[pyo3(signature = (*, width = None))]
    fn to_table(&self, py: Python<'_>, width: Option<u16>) -> PyResult<String> {
        let bytes = self.bytes(py, Format::Table, width)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As a pandas data frame (`pip install vt-core[pandas]`).
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_pandas", &self.0)
    }

    /// As a Polars data frame (`pip install vt-core[polars]`).
    fn to_polars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_polars", &self.0)
    }

    /// As an Arrow table (`pip install vt-core[arrow]`).
    fn to_arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_arrow", &self.0)
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let page = self.bytes(py, Format::Html, None)?;
        let frame = py.import("vt_core._frames")?.getattr("in_notebook")?;
        let page = String::from_utf8_lossy(&page);
        frame.call1((page.as_ref(), self.0.rows.len()))?.extract()
    }

    fn __len__(&self) -> usize {
        self.0.rows.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, at: isize) -> PyResult<Bound<'py, PyAny>> {
        let rows = &self.0.rows;
        let at = if at < 0 { at + rows.len() as isize } else { at };
        let row = usize::try_from(at).ok().and_then(|at| rows.get(at));
        let row = row.ok_or_else(|| PyIndexError::new_err("there are not so many rows"))?;
        row_value(py, row)
    }

    fn __hash__(&self) -> u64 {
        self.0.generated_at.timestamp_micros().cast_unsigned()
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        self.to_table(py, None)
    }

    fn __repr__(&self) -> String {
        format!("<Report: {}>", self.0.summary())
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let this = slf.get();
        let fields = (
            this.title(),
            this.generated_at(),
            &this.0.engines,
            this.rows(py)?,
            this.0.skipped,
            this.0.requests,
        );
        Ok((slf.get_type().getattr("_of")?, fields.into_pyobject(py)?))
    }

    /// A report that was pickled.
    #[classmethod]
    fn _of(
        _: &Bound<'_, PyType>,
        title: String,
        generated_at: DateTime<Utc>,
        engines: Vec<String>,
        rows: Vec<GivenRow>,
        skipped: Option<u64>,
        requests: Option<u64>,
    ) -> PyResult<Self> {
        let rows = rows.into_iter().map(GivenRow::row);
        let rows = rows.collect::<PyResult<_>>()?;
        let mut report = vt_report::Report::new(generated_at, engines, rows);
        report.title = title;
        report.skipped = skipped;
        report.requests = requests;
        Ok(Self(Arc::new(report)))
    }
}

fn frame<'py>(
    py: Python<'py>,
    maker: &str,
    report: &vt_report::Report,
) -> PyResult<Bound<'py, PyAny>> {
    py.import("vt_core._frames")?
        .getattr(maker)?
        .call1((columns(py, report, Moments::Micros)?,))
}
