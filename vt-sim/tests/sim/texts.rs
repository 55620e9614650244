//! Faults as text, for the program.

use vt_sim::{Fault, NoConnection};

fn read(text: &str) -> Fault {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_name_in_the_readme_is_a_fault() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("<!-- faults by name -->").unwrap();
    let (table, _) = rest.split_once("<!-- end -->").unwrap();
    let mut count = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let names = row.split('|').nth(1).unwrap();
        for name in names.split('`').skip(1).step_by(2) {
            read(name);
            count += 1;
        }
    }
    assert!(count > 40, "{count} names");
}

#[test]
fn every_reason_for_no_connection_has_a_name() {
    for why in NoConnection::ALL {
        assert!(matches!(read(why.name()), Fault::NoConnection(is) if is == why));
    }
}

#[test]
fn a_text_becomes_the_fault_that_it_describes() {
    for (text, shown) in [
        ("cut:12", "CutBody { after: 12 }"),
        (
            "header:retry-after=7",
            "Header { name: \"retry-after\", values: [\"7\"] }",
        ),
        ("header:date", "Header { name: \"date\", values: [] }"),
        (
            "slow-body:10@5s",
            "Slow { part: Body, step: 10, every: 5s }",
        ),
        ("slow-head:5s", "Slow { part: Head, step: 1, every: 5s }"),
        (
            "field:/data/id=1",
            "Field { at: \"/data/id\", json: Some(b\"1\") }",
        ),
        ("date-off:-1s", "DateOff(TimeDelta { secs: -1, nanos: 0 })"),
        ("empty + chunked:2", "Both(EmptyBody, Chunked { size: 2 })"),
        ("on-the-way:reset", "OnTheWay(Reset)"),
    ] {
        assert_eq!(format!("{:?}", read(text)), shown, "{text}");
    }
}

#[test]
fn what_is_no_fault_is_refused_with_a_reason() {
    for (text, reason) in [
        ("", "no fault"),
        ("nonsense", "`nonsense` is no fault"),
        ("nonsense:1", "`nonsense` is no fault"),
        ("cut:-1", "whole number"),
        ("headers:70000", "whole number"),
        ("5", "100 to 999"),
        ("slow-body:fast", "a time"),
        ("header:a b=c", "a header"),
        ("reset + nonsense", "`nonsense`"),
    ] {
        let error = text.parse::<Fault>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
