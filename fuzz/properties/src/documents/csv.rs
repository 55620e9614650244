//! A report as CSV.

use csv::{ReaderBuilder, StringRecord};
use vt_report::{Format, WriteOptions, escape::csv_cell};

use super::{Material, is_treacherous, written};

const HEADER: [&str; 18] = [
    "hash",
    "sha256",
    "status",
    "detections",
    "total",
    "engine",
    "detection_name",
    "engine_2",
    "detection_name_2",
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

/// Writes a report full of the texts in `input`, and reads it back.
///
/// # Panics
///
/// When a text leaves its cell, or a spreadsheet would calculate one.
pub fn csv(input: &[u8]) {
    let material = Material::new(input);
    let report = material.report();
    let written = written(&report, Format::Csv, &WriteOptions::default());
    assert!(!written.contains(is_treacherous), "{written:?}");
    let records = records(&written);
    assert_eq!(records.len(), 1 + report.rows.len());
    assert_eq!(written.lines().count(), records.len());
    assert_eq!(records[0], HEADER[..]);
    for record in &records {
        assert_eq!(record.len(), HEADER.len());
        assert!(!record.iter().any(is_formula), "{record:?}");
    }
    // Where a spreadsheet splits at semicolons, a quote is part of the text.
    for cell in written.split(['\n', ';']) {
        let bare = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
        assert!(!is_formula(bare), "{cell:?}");
    }
    for (column, text) in [(5, 1), (9, 7), (10, 4), (11, 6)] {
        assert_eq!(records[1][column], csv_cell(material.text(text)));
    }
}

fn records(text: &str) -> Vec<StringRecord> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let records = reader
        .records()
        .map(|record| record.expect("the CSV is well-formed"));
    records.collect()
}

fn is_formula(cell: &str) -> bool {
    let first = cell.trim_start().chars().next().or(cell.chars().next());
    cell.starts_with(['\t', '\r', '\n']) || first.is_some_and(|c| "=+-@＝＋－＠\0".contains(c))
}
