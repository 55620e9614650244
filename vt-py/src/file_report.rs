//! VirusTotal's report on one file.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyType},
};
use vt_core::report::{self, EngineOutcome};

use crate::{error, hash::FileHash, value};

/// VirusTotal's report on one file.
///
/// Only the digests are certain; what VirusTotal does not say is None or empty. Names,
/// tags and labels are chosen by others: treat them as hostile.
#[pyclass(frozen, eq, module = "vt_core")]
#[derive(PartialEq)]
pub(crate) struct FileReport(pub(crate) Arc<report::FileReport>);

/// Text or bytes.
#[derive(FromPyObject)]
enum Json {
    Text(String),
    Bytes(Vec<u8>),
}

#[pymethods]
impl FileReport {
    /// Reads VirusTotal's answer, with or without its `data` envelope.
    ///
    /// Raises `InvalidReportError` where there is no report in it.
    #[classmethod]
    fn from_json(_: &Bound<'_, PyType>, json: Json) -> PyResult<Self> {
        let json = match json {
            Json::Text(text) => Bytes::from(text),
            Json::Bytes(bytes) => Bytes::from(bytes),
        };
        let report = report::FileReport::from_json(json);
        report
            .map(|report| Self(Arc::new(report)))
            .map_err(|error| error::report(&error))
    }

    /// A report that was pickled without VirusTotal's body.
    #[classmethod]
    fn _from_summary(class: &Bound<'_, PyType>, json: Json) -> PyResult<Self> {
        let report = Self::from_json(class, json)?;
        Ok(Self(Arc::new(report.0.without_raw())))
    }

    #[getter]
    fn md5(&self) -> FileHash {
        FileHash(self.0.md5)
    }

    #[getter]
    fn sha1(&self) -> FileHash {
        FileHash(self.0.sha1)
    }

    #[getter]
    fn sha256(&self) -> FileHash {
        FileHash(self.0.sha256)
    }

    #[getter]
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stats = &self.0.stats;
        let fields = (
            stats.malicious,
            stats.suspicious,
            stats.undetected,
            stats.harmless,
            stats.timeout,
            stats.confirmed_timeout,
            stats.failure,
            stats.type_unsupported,
        );
        value::make(py, "Stats", fields)
    }

    /// Engines that call the file malicious.
    #[getter]
    fn detections(&self) -> u32 {
        self.0.stats.malicious
    }

    /// Engines that gave an opinion.
    #[getter]
    fn total(&self) -> u32 {
        self.0.stats.total()
    }

    #[getter]
    fn status(&self) -> &'static str {
        vt_report::Status::of(&report::Lookup::Found(Arc::clone(&self.0))).as_str()
    }

    /// What each engine said, by VirusTotal's key for it.
    #[getter]
    fn engines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let engines = PyDict::new(py);
        for engine in &self.0.engines {
            let name = engine.name.unwrap_or(engine.key);
            let fields = (name, engine.category.as_str(), engine.result);
            engines.set_item(engine.key, value::make(py, "EngineResult", fields)?)?;
        }
        Ok(engines)
    }

    /// What one engine said, whatever the case of its name.
    #[pyo3(signature = (engine = "Fortinet"))]
    fn opinion<'py>(&self, py: Python<'py>, engine: &str) -> PyResult<Bound<'py, PyAny>> {
        let outcome = self.0.engine(engine);
        let is_detection = matches!(outcome, EngineOutcome::Detected(_));
        value::make(py, "Opinion", (engine, outcome.to_string(), is_detection))
    }

    /// When the file was last analysed.
    #[getter]
    fn scan_date(&self) -> Option<DateTime<Utc>> {
        self.0.scan_date
    }

    #[getter]
    fn first_submission(&self) -> Option<DateTime<Utc>> {
        self.0.first_submission
    }

    #[getter]
    fn last_submission(&self) -> Option<DateTime<Utc>> {
        self.0.last_submission
    }

    /// The name VirusTotal holds for the most telling one, else the first.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.0.name()
    }

    #[getter]
    fn names(&self) -> Vec<&str> {
        self.0.names.iter().map(|text| &**text).collect()
    }

    #[getter]
    fn tags(&self) -> Vec<&str> {
        self.0.tags.iter().map(|text| &**text).collect()
    }

    /// The file type in words, such as `Win32 EXE`.
    #[getter]
    fn type_description(&self) -> Option<&str> {
        self.0.type_description.as_deref()
    }

    #[getter]
    fn type_tag(&self) -> Option<&str> {
        self.0.type_tag.as_deref()
    }

    /// In bytes.
    #[getter]
    fn size(&self) -> Option<u64> {
        self.0.size
    }

    /// The name most engines agree on, such as `trojan.zbot/msil`.
    #[getter]
    fn threat_label(&self) -> Option<&str> {
        self.0.threat_label.as_deref()
    }

    /// The community's score; negative is bad.
    #[getter]
    fn reputation(&self) -> Option<i64> {
        self.0.reputation
    }

    #[getter]
    fn times_submitted(&self) -> Option<u64> {
        self.0.times_submitted
    }

    /// The file's page on VirusTotal.
    #[getter]
    fn link(&self) -> String {
        vt_report::link(&self.0.sha256)
    }

    /// VirusTotal's answer, byte for byte; None if it was not kept.
    #[getter]
    fn raw_json<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.raw().map(|raw| PyBytes::new(py, raw))
    }

    /// VirusTotal's answer, untouched. Parsed each time it is asked for.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(raw) = self.0.raw() else {
            return Ok(None);
        };
        let loads = py.import("json")?.getattr("loads")?;
        loads.call1((PyBytes::new(py, raw),)).map(Some)
    }

    fn __hash__(&self) -> u64 {
        let digest = self.0.sha256;
        let head = digest.as_bytes().first_chunk().copied();
        u64::from_ne_bytes(head.unwrap_or_default())
    }

    fn __repr__(&self) -> String {
        format!(
            "<FileReport {}: {} of {}>",
            self.0.sha256,
            self.0.stats.malicious,
            self.0.stats.total()
        )
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        let report = &slf.get().0;
        let (maker, json) = match report.raw() {
            Some(raw) => ("from_json", PyBytes::new(py, raw)),
            None => ("_from_summary", PyBytes::new(py, &report.to_json())),
        };
        Ok((slf.get_type().getattr(maker)?, (json,)))
    }
}
