//! Rows of a report, on their way to Python and back.

use chrono::{DateTime, Utc};
use pyo3::{
    prelude::*,
    types::{PyDict, PyList, PyString, PyTuple},
};
use vt_report::{Opinion, Report, Row, RowSource};

use crate::{
    hash::{AnyHash, FileHash},
    outcome::status_of,
    value,
};

/// `vt_core.Row`.
pub(crate) fn row_value<'py>(py: Python<'py>, row: &Row) -> PyResult<Bound<'py, PyAny>> {
    let opinions = row.opinions.iter().map(|opinion| {
        let text = opinion.text.as_deref();
        let fields = (&*opinion.engine, text, opinion.is_detection);
        value::make(py, "Opinion", fields)
    });
    let opinions = PyTuple::new(py, opinions.collect::<PyResult<Vec<_>>>()?)?;
    // Longer than the tuples that are converted at once.
    let fields = [
        FileHash(row.hash).into_pyobject(py)?.into_any(),
        row.sha256.map(FileHash).into_pyobject(py)?,
        row.status.as_str().into_pyobject(py)?.into_any(),
        row.detections.into_pyobject(py)?,
        row.total.into_pyobject(py)?,
        opinions.into_any(),
        row.threat_label.as_deref().into_pyobject(py)?,
        row.name.as_deref().into_pyobject(py)?,
        row.file_type.as_deref().into_pyobject(py)?,
        row.size.into_pyobject(py)?,
        row.scan_date.into_pyobject(py)?,
        row.fetched_at.into_pyobject(py)?,
        row.source.map(RowSource::as_str).into_pyobject(py)?,
        row.link().into_pyobject(py)?,
        row.error.as_deref().into_pyobject(py)?,
    ];
    value::make(py, "Row", PyTuple::new(py, fields)?)
}

/// A row as Python has it.
#[derive(FromPyObject)]
pub(crate) struct GivenRow {
    hash: AnyHash,
    sha256: Option<AnyHash>,
    status: String,
    detections: Option<u32>,
    total: Option<u32>,
    opinions: Vec<GivenOpinion>,
    threat_label: Option<String>,
    name: Option<String>,
    #[pyo3(attribute("type"))]
    file_type: Option<String>,
    size: Option<u64>,
    scan_date: Option<DateTime<Utc>>,
    fetched_at: Option<DateTime<Utc>>,
    source: Option<String>,
    error: Option<String>,
}

#[derive(FromPyObject)]
struct GivenOpinion {
    engine: String,
    text: Option<String>,
    is_detection: bool,
}

impl GivenRow {
    pub(crate) fn row(self) -> PyResult<Row> {
        let status = status_of(&self.status)?;
        let mut row = Row::unanswered(self.hash.0, status, "", &[]);
        row.sha256 = self.sha256.map(|hash| hash.0);
        row.detections = self.detections;
        row.total = self.total;
        row.opinions = self
            .opinions
            .into_iter()
            .map(GivenOpinion::opinion)
            .collect();
        row.threat_label = self.threat_label.map(Into::into);
        row.name = self.name.map(Into::into);
        row.file_type = self.file_type.map(Into::into);
        row.size = self.size;
        row.scan_date = self.scan_date;
        row.fetched_at = self.fetched_at;
        row.source = self.source.map(|source| match source.as_str() {
            "cache" => RowSource::Cache,
            _ => RowSource::VirusTotal,
        });
        row.error = self.error;
        Ok(row)
    }
}

impl GivenOpinion {
    fn opinion(self) -> Opinion {
        Opinion::new(self.engine, self.text.map(Into::into), self.is_detection)
    }
}

/// How moments are given.
#[derive(Clone, Copy)]
pub(crate) enum Moments {
    /// As `datetime`.
    Python,
    /// As microseconds since 1970: data frames take them many times as fast.
    Micros,
}

/// The columns of a report with their names in CSV, each a list. Times and
/// numbers are themselves.
pub(crate) fn columns<'py>(
    py: Python<'py>,
    report: &Report,
    moments: Moments,
) -> PyResult<Bound<'py, PyDict>> {
    let columns = Columns {
        rows: &report.rows,
        columns: PyDict::new(py),
    };
    let word = |text| PyString::intern(py, text);
    columns.set("hash", |row| row.hash.to_string())?;
    columns.set("sha256", |row| row.sha256.map(|hash| hash.to_string()))?;
    columns.set("status", |row| word(row.status.as_str()))?;
    columns.set("detections", |row| row.detections)?;
    columns.set("total", |row| row.total)?;
    for (at, engine) in report.engines.iter().enumerate() {
        let suffix = match at {
            0 => String::new(),
            _ => format!("_{}", at + 1),
        };
        let name = PyString::new(py, engine);
        columns.set(&format!("engine{suffix}"), |_| &name)?;
        columns.set(&format!("detection_name{suffix}"), |row| {
            row.opinion(engine)?.text.as_deref()
        })?;
    }
    columns.set("threat_label", |row| row.threat_label.as_deref())?;
    columns.set("name", |row| row.name.as_deref())?;
    columns.set("type", |row| row.file_type.as_deref())?;
    columns.set("size", |row| row.size)?;
    columns.moments("scan_date", moments, |row| row.scan_date)?;
    columns.moments("fetched_at", moments, |row| row.fetched_at)?;
    columns.set("source", |row| Some(word(row.source?.as_str())))?;
    columns.set("link", Row::link)?;
    columns.set("error", |row| row.error.as_deref())?;
    Ok(columns.columns)
}

struct Columns<'py, 'rows> {
    rows: &'rows [Row],
    columns: Bound<'py, PyDict>,
}

impl<'py, 'rows> Columns<'py, 'rows> {
    /// Adds a column. A million cells take a tenth of a second: Ctrl-C can wait
    /// for the end of one.
    fn set<T: IntoPyObject<'py>>(
        &self,
        name: &str,
        cell: impl Fn(&'rows Row) -> T,
    ) -> PyResult<()> {
        let py = self.columns.py();
        py.check_signals()?;
        self.columns
            .set_item(name, PyList::new(py, self.rows.iter().map(cell))?)
    }

    fn moments(
        &self,
        name: &str,
        moments: Moments,
        cell: impl Fn(&Row) -> Option<DateTime<Utc>>,
    ) -> PyResult<()> {
        match moments {
            Moments::Python => self.set(name, cell),
            Moments::Micros => self.set(name, |row| Some(cell(row)?.timestamp_micros())),
        }
    }
}
