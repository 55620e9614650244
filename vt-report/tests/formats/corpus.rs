//! The attacks, put into every text a report has.

use serde_json::json;
use vt_core::scan::{Error, Source};
use vt_report::{Format, Report};

pub(crate) use crate::attacks::{is_treacherous, strings};
use crate::{sample, snapshots};

/// A report with this text wherever a text can be.
pub(crate) fn report_of(text: &str) -> Report {
    let mut attributes = json!({
        "last_analysis_stats": {"malicious": 1, "undetected": 2},
        "last_analysis_results": {text: {"category": "malicious", "result": text}},
        "meaningful_name": text,
        "names": [text],
        "tags": [text],
        "type_description": text,
        "type_tag": text,
        "popular_threat_classification": {"suggested_threat_label": text}
    });
    let whole = sample::found(1, 32, Source::VirusTotal, attributes.clone());
    attributes["last_analysis_results"][text] = json!({"category": text});
    let outcomes = [
        whole,
        sample::found(2, 64, Source::Cache, attributes),
        sample::failed(3, Error::Internal(text.into())),
        sample::not_found(4, Source::Cache),
    ];
    let mut report = sample::report(&outcomes, &[text, "Fortinet"]);
    report.title = text.to_owned();
    report
}

/// The report in a format, as text.
pub(crate) fn written(report: &Report, format: Format) -> String {
    snapshots::text(report, format, None)
}
