//! A report as a table in a terminal.

use std::sync::LazyLock;

use regex::Regex;
use unicode_width::UnicodeWidthStr;
use vt_report::{Format, WriteOptions};

use super::{Material, is_treacherous, written};

/// The narrowest terminal that a table of two engines fits into with its
/// hashes whole or folded.
const NARROWEST_TABLE: u16 = 130;

/// Writes a report full of the texts in `input`, as wide as the input says,
/// without colours and with.
///
/// # Panics
///
/// When a terminal would obey a text, or the table is wider than the terminal.
pub fn table(input: &[u8]) {
    static COLOUR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("\x1b\\[[0-9;]{0,12}m").expect("it is a pattern"));

    let material = Material::new(input);
    let report = material.report();
    let mut options = WriteOptions::default();
    options.width = Some(u16::from(material.number(7)) * 2).filter(|width| *width > 0);
    let plain = written(&report, Format::Table, &options);
    assert!(!plain.contains(is_treacherous), "{plain:?}");
    if let Some(width) = options.width.filter(|width| *width >= NARROWEST_TABLE) {
        // The title and the sums below the table wrap where they will.
        let rows = plain.split("\n\n").nth(1).expect("the table is there");
        for line in rows.lines() {
            assert!(line.width() <= usize::from(width), "{line:?} in {width}");
        }
    }
    options.color = true;
    let coloured = written(&report, Format::Table, &options);
    let bare = COLOUR.replace_all(&coloured, "");
    assert!(!bare.contains(is_treacherous), "{bare:?}");
}
