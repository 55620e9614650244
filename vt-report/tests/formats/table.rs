//! The terminal table against hostile text.

use unicode_width::UnicodeWidthStr;
use vt_report::{Format, WriteOptions};

use crate::{corpus, sample, snapshots};

#[test]
fn a_terminal_gets_nothing_to_obey() {
    for text in corpus::strings() {
        let report = corpus::report_of(&text);
        for width in [None, Some(200), Some(80), Some(30)] {
            let table = snapshots::text(&report, Format::Table, width);
            assert!(!table.contains(corpus::is_treacherous), "{text:?}");
        }
    }
}

#[test]
fn no_string_makes_the_table_wider_than_the_terminal() {
    for text in corpus::strings() {
        let report = corpus::report_of(&text);
        let table = snapshots::text(&report, Format::Table, Some(130));
        let (_, below_title) = table.split_once("\n\n").unwrap();
        let (rows, _) = below_title.split_once("\n\n").unwrap();
        for line in rows.lines() {
            assert!(line.width() <= 130, "{text:?}: {line}");
        }
    }
}

#[test]
fn every_hash_is_in_the_table_in_the_order_given() {
    let report = sample::small(&["Fortinet"]);
    for width in [Some(20), Some(60), Some(130), None] {
        let table = snapshots::text(&report, Format::Table, width);
        let places = report.rows.iter().map(|row| {
            // A folded hash starts with its first digits all the same.
            let start = &row.hash.to_string()[..16];
            table
                .find(start)
                .unwrap_or_else(|| panic!("{start} in {width:?}"))
        });
        assert!(places.is_sorted(), "{table}");
    }
}

#[test]
fn colours_come_only_when_asked_for() {
    let report = sample::small(&["Fortinet"]);
    let plain = snapshots::text(&report, Format::Table, Some(120));
    let mut options = WriteOptions::default();
    options.width = Some(120);
    options.color = true;
    let mut out = Vec::new();
    vt_report::write(&report, Format::Table, &options, &mut out).unwrap();
    let colored = String::from_utf8(out).unwrap();
    assert!(colored.contains("\x1b["));
    assert!(!plain.contains('\x1b'));
}

#[test]
fn columns_without_room_are_named() {
    let report = sample::small(&["Fortinet"]);
    let narrow = snapshots::text(&report, Format::Table, Some(80));
    assert!(narrow.contains("Not shown for want of width: threat label, name"));
    let wide = snapshots::text(&report, Format::Table, None);
    assert!(!wide.contains("Not shown"));
}
