//! What a row takes from an outcome.

use serde_json::json;
use vt_core::scan::{Error, Source};
use vt_report::{Format, Row, RowSource, RowWriter, Status};

use crate::{sample, snapshots};

fn engines(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn each_kind_of_outcome_has_its_status() {
    let statuses = sample::outcomes()
        .iter()
        .map(|outcome| Row::new(outcome, &[]).status)
        .collect::<Vec<_>>();
    assert_eq!(
        statuses,
        [
            Status::Detected,
            Status::Clean,
            Status::NotFound,
            Status::Pending,
            Status::Error,
            Status::Pending,
            Status::Clean,
        ]
    );
}

#[test]
fn a_joined_answer_counts_as_virustotals() {
    for (source, shown) in [
        (Source::Cache, RowSource::Cache),
        (Source::VirusTotal, RowSource::VirusTotal),
        (Source::Joined, RowSource::VirusTotal),
    ] {
        let row = Row::new(&sample::not_found(1, source), &[]);
        assert_eq!(row.source, Some(shown));
    }
}

#[test]
fn a_file_without_analysis_has_no_counts_that_read_as_clean() {
    let outcome = sample::found(1, 32, Source::VirusTotal, json!({"size": 5}));
    let row = Row::new(&outcome, &engines(&["Fortinet"]));
    assert_eq!((row.detections, row.total), (None, None));
    assert_eq!(row.opinions[0].text, None);
    assert_eq!(row.size, Some(5));
    assert!(row.is_answered());
}

#[test]
fn an_unknown_file_has_a_source_and_no_link() {
    let row = Row::new(
        &sample::not_found(1, Source::Cache),
        &engines(&["Fortinet"]),
    );
    assert_eq!(row.sha256, Some(row.hash));
    assert_eq!(row.link(), None);
    assert_eq!((row.detections, row.total), (None, None));
    assert_eq!(row.fetched_at, Some(sample::at("06:15:00")));
}

#[test]
fn the_link_is_made_of_the_sha256_whatever_was_asked() {
    for digits in [32, 40, 64] {
        let outcome = sample::found(9, digits, Source::Cache, sample::clean());
        let row = Row::new(&outcome, &[]);
        let sha256 = row.sha256.unwrap();
        let link = format!("https://www.virustotal.com/gui/file/{sha256}");
        assert_eq!(row.link(), Some(link));
    }
}

#[test]
fn a_failure_keeps_its_reason_and_claims_nothing_else() {
    let row = Row::new(&sample::failed(1, Error::Offline), &engines(&["Fortinet"]));
    assert_eq!(row.status, Status::Error);
    assert_eq!(row.error, Some(Error::Offline.to_string()));
    assert!(!row.is_answered());
    assert_eq!((row.source, row.sha256, row.link()), (None, None, None));
}

#[test]
fn the_total_counts_engines_with_an_opinion() {
    let outcome = sample::found(1, 32, Source::Cache, sample::detected());
    let row = Row::new(&outcome, &[]);
    assert_eq!((row.detections, row.total), (Some(52), Some(70)));
}

#[test]
fn an_engine_chosen_twice_is_shown_once() {
    let twice = ["Fortinet", "ClamAV", "FORTINET"];
    let report = sample::report(&sample::outcomes(), &twice);
    assert_eq!(report.engines, ["Fortinet", "ClamAV"]);
    for row in &report.rows {
        assert_eq!(row.opinions.len(), 2);
    }
}

#[test]
fn the_summary_counts_every_row_once() {
    let report = sample::small(&["Fortinet"]);
    let summary = report.summary();
    let by_status: usize = Status::ALL.map(|status| summary.count(status)).iter().sum();
    assert_eq!((summary.hashes, by_status), (7, 7));
    assert_eq!((summary.answered, summary.unanswered()), (5, 2));
    assert_eq!(summary.from_cache, 2);
    assert!(!summary.is_complete());
    assert_eq!(
        summary.to_string(),
        "7 hashes: 1 detected, 2 clean, 1 not found, 2 pending, 1 error; \
         2 from the cache, 3 requests sent; 2 pieces of the input not taken for a hash."
    );
}

#[test]
fn reasons_are_counted_in_order_of_appearance() {
    let outcomes = [
        sample::failed(1, Error::Offline),
        sample::failed(2, Error::Cancelled),
        sample::failed(3, Error::Offline),
    ];
    let report = sample::report(&outcomes, &[]);
    let (offline, cancelled) = (Error::Offline.to_string(), Error::Cancelled.to_string());
    assert_eq!(
        report.missing(),
        [(offline.as_str(), 2), (cancelled.as_str(), 1)]
    );
}

#[test]
fn rows_written_one_by_one_make_the_same_report() {
    for engines in [&[][..], &["Fortinet"], &["Fortinet", "ClamAV", "fortinet"]] {
        let report = sample::small(engines);
        for format in Format::ALL {
            let Some(by_row) = format.by_row() else {
                assert!(!matches!(format, Format::Csv | Format::Ndjson));
                continue;
            };
            let mut out = Vec::new();
            let chosen: Vec<String> = engines.iter().map(|name| (*name).to_owned()).collect();
            let mut writer = RowWriter::new(by_row, &chosen, &mut out).unwrap();
            report
                .rows
                .iter()
                .for_each(|row| writer.write(row).unwrap());
            writer.finish().unwrap();
            let whole = snapshots::text(&report, *format, None);
            assert_eq!(String::from_utf8(out).unwrap(), whole, "{format}");
        }
    }
}
