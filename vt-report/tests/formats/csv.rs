//! CSV against hostile text.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use vt_report::{Format, escape::display_safe};

use crate::corpus;

fn records(text: &str, delimiter: u8) -> Vec<StringRecord> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| record.expect("the CSV is well-formed"))
        .collect()
}

fn is_formula(cell: &str) -> bool {
    let first = cell.trim_start().chars().next();
    first.is_some_and(|first| "=+-@＝＋－＠\t\r\n\0".contains(first))
}

#[test]
fn every_string_stays_in_its_cell_and_none_is_a_formula() {
    for text in corpus::strings() {
        let csv = corpus::written(&corpus::report_of(&text), Format::Csv);
        assert!(!csv.contains(corpus::is_treacherous), "{text:?}");
        assert_eq!(csv.lines().count(), 5, "{text:?}");
        let records = records(&csv, b',');
        assert_eq!(records.len(), 5, "{text:?}");
        for record in &records {
            assert_eq!(record.len(), 18, "{text:?}");
            for cell in record {
                assert!(!is_formula(cell), "{text:?} as {cell:?}");
            }
        }
    }
}

#[test]
fn a_spreadsheet_that_splits_at_semicolons_finds_no_formula_either() {
    for text in corpus::strings() {
        let csv = corpus::written(&corpus::report_of(&text), Format::Csv);
        for cell in csv.split(['\n', ';']) {
            let bare = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
            assert!(!is_formula(bare), "{text:?} as {cell:?}");
        }
    }
}

#[test]
fn a_harmless_text_comes_back_as_it_was() {
    for text in corpus::strings() {
        let is_plain = display_safe(&text) == Cow::Borrowed(text.as_str());
        if !is_plain || is_formula(&text) || text.contains(';') {
            continue;
        }
        let csv = corpus::written(&corpus::report_of(&text), Format::Csv);
        let records = records(&csv, b',');
        let column = |name: &str| {
            let at = records[0].iter().position(|header| header == name);
            &records[1][at.expect("the column is there")]
        };
        for name in ["name", "type", "threat_label", "engine", "detection_name"] {
            assert_eq!(column(name), text, "{name}");
        }
    }
}
