//! A report as JSON.

use serde_json::{Value, json};
use vt_report::{Format, Report, WriteOptions};

use super::{Material, is_treacherous, written};

/// Writes a report full of the texts in `input`, and reads them back.
///
/// # Panics
///
/// When a text comes back otherwise, or is harmful where the JSON is shown.
pub fn json(input: &[u8]) {
    let material = Material::new(input);
    let report = material.report();
    let document: Value = serde_json::from_str(&safe(&report, Format::Json)).expect("it is JSON");
    let lines = safe(&report, Format::Ndjson);
    let rows: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(document["rows"], json!(rows));
    assert_eq!(rows.len(), report.rows.len());
    assert_eq!(document["meta"]["title"], material.text(0));
    assert_eq!(document["meta"]["engines"], json!(material.engines()));
    for (key, text) in [("threat_label", 7), ("name", 4), ("type", 6)] {
        assert_eq!(rows[0][key], material.text(text), "{key}");
    }
    let shown = rows[0]["engines"].as_object().expect("it is an object");
    assert!(
        material
            .engines()
            .iter()
            .all(|engine| shown.contains_key(engine))
    );
    let error = rows[2]["error"].as_str().expect("it is a text");
    assert!(error.contains(material.text(9)));
}

fn safe(report: &Report, format: Format) -> String {
    let written = written(report, format, &WriteOptions::default());
    assert!(!written.contains(is_treacherous), "{written:?}");
    assert!(!written.contains(['<', '>', '&']), "{written:?}");
    written
}
