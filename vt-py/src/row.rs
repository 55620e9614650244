//! Rows of a report, on their way to Python and back.

use chrono::{DateTime, Utc};
use pyo3::{
    prelude::*,
    types::{PyDict, PyList, PyTuple},
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
        let fields = (&opinion.engine, &opinion.text, opinion.is_detection);
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
        row.threat_label = self.threat_label;
        row.name = self.name;
        row.file_type = self.file_type;
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
        Opinion::new(self.engine, self.text, self.is_detection)
    }
}

/// How many rows are converted between two looks whether Ctrl-C was pressed.
const STRIDE: usize = 4_096;

/// The columns of a report with their names in CSV, each a list. Times and
/// numbers are themselves.
pub(crate) fn columns<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let rows = &report.rows;
    let set = |name: &str, column: Bound<'py, PyList>| columns.set_item(name, column);
    set("hash", column(py, rows, |row| Some(row.hash.to_string()))?)?;
    set(
        "sha256",
        column(py, rows, |row| row.sha256.map(|hash| hash.to_string()))?,
    )?;
    set("status", column(py, rows, |row| row.status.as_str())?)?;
    set("detections", column(py, rows, |row| row.detections)?)?;
    set("total", column(py, rows, |row| row.total)?)?;
    for (at, engine) in report.engines.iter().enumerate() {
        let suffix = match at {
            0 => String::new(),
            _ => format!("_{}", at + 1),
        };
        set(
            &format!("engine{suffix}"),
            column(py, rows, |_| engine.as_str())?,
        )?;
        let text = |row: &Row| row.opinion(engine).and_then(|opinion| opinion.text.clone());
        set(&format!("detection_name{suffix}"), column(py, rows, text)?)?;
    }
    set(
        "threat_label",
        column(py, rows, |row| row.threat_label.clone())?,
    )?;
    set("name", column(py, rows, |row| row.name.clone())?)?;
    set("type", column(py, rows, |row| row.file_type.clone())?)?;
    set("size", column(py, rows, |row| row.size)?)?;
    set("scan_date", column(py, rows, |row| row.scan_date)?)?;
    set("fetched_at", column(py, rows, |row| row.fetched_at)?)?;
    set(
        "source",
        column(py, rows, |row| row.source.map(RowSource::as_str))?,
    )?;
    set("link", column(py, rows, Row::link)?)?;
    set("error", column(py, rows, |row| row.error.clone())?)?;
    Ok(columns)
}

fn column<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    rows: &[Row],
    cell: impl Fn(&Row) -> T,
) -> PyResult<Bound<'py, PyList>> {
    let column = PyList::empty(py);
    for rows in rows.chunks(STRIDE) {
        py.check_signals()?;
        for row in rows {
            column.append(cell(row))?;
        }
    }
    Ok(column)
}
