//! The texts that people read, whole.

use insta::assert_snapshot;
use vt_report::{Format, Report, WriteOptions};

use crate::sample;

pub(crate) fn text(report: &Report, format: Format, width: Option<u16>) -> String {
    let mut options = WriteOptions::default();
    options.width = width;
    let mut out = Vec::new();
    vt_report::write(report, format, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn csv_is_a_row_per_hash() {
    let report = sample::small(&["Fortinet"]);
    assert_snapshot!(text(&report, Format::Csv, None));
}

#[test]
fn csv_of_several_engines_repeats_the_pair_of_columns() {
    let report = sample::small(&["Fortinet", "kaspersky", "Nobody"]);
    assert_snapshot!(text(&report, Format::Csv, None));
}

#[test]
fn json_is_one_document() {
    let report = sample::small(&["Fortinet", "ClamAV"]);
    assert_snapshot!(text(&report, Format::Json, None));
}

#[test]
fn ndjson_is_an_object_a_line() {
    let report = sample::small(&["Fortinet"]);
    assert_snapshot!(text(&report, Format::Ndjson, None));
}

#[test]
fn a_wide_table_shows_every_column() {
    let report = sample::small(&["Fortinet"]);
    assert_snapshot!(text(&report, Format::Table, Some(260)));
}

#[test]
fn a_table_of_120_columns_keeps_the_hashes_whole() {
    let report = sample::small(&["Fortinet"]);
    assert_snapshot!(text(&report, Format::Table, Some(120)));
}

#[test]
fn a_table_of_80_columns_folds_the_hashes() {
    let report = sample::small(&["Fortinet"]);
    assert_snapshot!(text(&report, Format::Table, Some(80)));
}

#[test]
fn a_terminal_too_narrow_for_a_table_gets_a_list() {
    let report = sample::small(&["Fortinet"]);
    assert_snapshot!(text(&report, Format::Table, Some(40)));
}

#[test]
fn html_is_a_whole_page() {
    let report = sample::small(&["Fortinet"]);
    let page = text(&report, Format::Html, None);
    // The style sheet is read in its own file; here it would only be noise.
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    assert_snapshot!(format!("{head}<style>…</style>{body}"));
}

#[test]
fn a_report_without_rows_is_a_report() {
    let report = sample::report(&[], &["Fortinet"]);
    assert_snapshot!(text(&report, Format::Table, None));
    let page = text(&report, Format::Html, None);
    assert!(page.contains("<dt>Report</dt><dd>complete</dd>"));
    assert_eq!(text(&report, Format::Csv, None).lines().count(), 1);
    assert_eq!(text(&report, Format::Ndjson, None), "");
}
