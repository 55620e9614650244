//! JSON against hostile text.

use serde_json::{Value, json};
use vt_report::Format;

use crate::corpus;

fn check_row(row: &Value, text: &str) {
    for key in ["name", "type", "threat_label"] {
        assert_eq!(row[key], json!(text), "{key}");
    }
    assert_eq!(row["engines"][text], json!(text));
    assert_eq!(row["error"], Value::Null);
}

#[test]
fn every_string_comes_back_from_the_document() {
    for text in corpus::strings() {
        let document = corpus::written(&corpus::report_of(&text), Format::Json);
        let parsed: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(parsed["meta"]["title"], json!(text));
        assert_eq!(parsed["meta"]["engines"], json!([text, "Fortinet"]));
        let rows = parsed["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 4, "{text:?}");
        check_row(&rows[0], &text);
        let error = rows[2]["error"].as_str().unwrap();
        assert!(error.contains(&text), "{text:?}");
    }
}

#[test]
fn every_string_comes_back_from_its_line() {
    for text in corpus::strings() {
        let lines = corpus::written(&corpus::report_of(&text), Format::Ndjson);
        let rows: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.len(), 4, "{text:?}");
        check_row(&rows[0], &text);
    }
}

#[test]
fn json_is_harmless_in_a_terminal_and_in_a_page() {
    for text in corpus::strings() {
        for format in [Format::Json, Format::Ndjson] {
            let written = corpus::written(&corpus::report_of(&text), format);
            assert!(
                !written.contains(corpus::is_treacherous),
                "{format}: {text:?}"
            );
            assert!(!written.contains(['<', '>', '&']), "{format}: {text:?}");
        }
    }
}

#[test]
fn the_keys_are_the_columns_in_their_order() {
    let lines = corpus::written(&corpus::report_of("x"), Format::Ndjson);
    let keys = [
        "hash",
        "sha256",
        "status",
        "detections",
        "total",
        "engines",
        "threat_label",
        "name",
        "type",
        "size",
        "scan_date",
        "fetched_at",
        "source",
        "link",
        "error",
    ];
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row.as_object().unwrap().len(), keys.len());
        let places = keys.map(|key| line.find(&format!("\"{key}\":")).expect(key));
        assert!(places.is_sorted(), "{line}");
    }
}
