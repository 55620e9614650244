//! The PDF: what a reader gets out of it, and what is not in it.

use std::collections::BTreeSet;

use serde_json::json;
use vt_core::scan::{Error, Outcome, Source};
use vt_report::{Format, Report, WriteOptions};

use crate::{corpus, sample};

mod reader;

use reader::{Anatomy, pages};

fn written(report: &Report) -> Vec<u8> {
    let mut out = Vec::new();
    vt_report::write(report, Format::Pdf, &WriteOptions::default(), &mut out).unwrap();
    out
}

/// The small report's seven rows over and over, as many as that.
fn long(rows: usize) -> Report {
    let mut report = sample::small(&["Fortinet"]);
    let seven = report.rows.clone();
    report.rows = seven.into_iter().cycle().take(rows).collect();
    report
}

/// A detected file with such names.
fn named(number: u64, engines: &[String], name: &str) -> Outcome {
    let mut attributes = sample::detected();
    for engine in engines {
        let result = format!("{name}.{engine}");
        attributes["last_analysis_results"][engine] =
            json!({"category": "malicious", "result": result});
    }
    attributes["meaningful_name"] = json!(name);
    sample::found(number, 64, Source::VirusTotal, attributes)
}

#[test]
fn every_hash_stands_whole_on_one_line_in_the_order_of_the_rows() {
    let report = long(100);
    let Some(pages) = pages(&written(&report)) else {
        return;
    };
    let text = pages.concat();
    let mut words = text.split_whitespace();
    for row in &report.rows {
        let hash = row.hash.to_string();
        assert!(words.any(|word| word == hash), "{hash} is not there");
        if let Some(sha256) = row.sha256.filter(|sha256| *sha256 != row.hash) {
            let sha256 = sha256.to_string();
            assert!(words.any(|word| word == sha256), "{sha256} is not there");
        }
    }
}

#[test]
fn every_page_has_its_number_and_the_title_and_those_of_the_table_its_heading() {
    let Some(pages) = pages(&written(&long(100))) else {
        return;
    };
    assert!(pages.len() > 5, "{}", pages.len());
    for (at, page) in pages.iter().enumerate() {
        let place = format!("page {} of {}", at + 1, pages.len());
        assert!(page.contains(&place), "{place}: {page}");
        assert!(page.contains("Hashes from case 2026-117"), "{page}");
        for heading in [
            "Hash",
            "Status",
            "Hits",
            "Fortinet",
            "Threat label",
            "Scanned",
        ] {
            assert_eq!(
                page.contains(heading),
                at > 0 || !is_heading_only(heading),
                "{heading}"
            );
        }
    }
}

/// Whether the first page does without the word.
fn is_heading_only(heading: &str) -> bool {
    ["Fortinet", "Threat label"].contains(&heading)
}

#[test]
fn the_first_page_says_what_the_html_says() {
    let report = sample::small(&["Fortinet"]);
    let Some(pages) = pages(&written(&report)) else {
        return;
    };
    let words: Vec<_> = pages[0].split_whitespace().collect();
    let text = words.join(" ");
    for fact in [
        "Made 2026-11-20 18:30:00Z by vt-report",
        "1 detected",
        "2 clean",
        "1 not found",
        "2 pending",
        "1 error",
        "7 hashes the report is incomplete",
        "From the cache From VirusTotal Requests sent Input skipped Answers fetched",
        "2 3 3 2 2026-11-20",
        "2 hashes have no answer",
        "no connection to www.virustotal.com:443: connection refused",
    ] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    // The columns of small print are read side by side.
    for word in vt_report::TOTAL_COUNTS.split_whitespace() {
        assert!(words.iter().any(|other| other.contains(word)), "{word}");
    }
}

#[test]
fn a_row_says_what_is_known_of_it() {
    let Some(pages) = pages(&written(&sample::small(&["Fortinet", "ClamAV"]))) else {
        return;
    };
    for cells in [
        "detected 52 / 70 W32/Zbot.AAN!tr undetected trojan.zbot/msil 2025-11-19",
        "clean 0 / 71",
        "not found VirusTotal has no such file",
        "pending VirusTotal has no analysis of it yet",
        "error no connection to www.virustotal.com:443: connection refused",
        "pending no answer yet, expected about 2026-11-20 18:47 UTC",
        r"no such engine setup\u{0}\u{202e}gpj.",
        "2026-11-20 · cache",
        "2026-11-20 · VirusTotal",
    ] {
        let is_there = pages[1].lines().any(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            words.join(" ").contains(cells)
        });
        assert!(is_there, "{cells}: {}", pages[1]);
    }
}

#[test]
fn names_in_other_alphabets_come_back() {
    let names = [
        "zażółć gęślą jaźń.exe",
        "Ελληνικά τιμολόγιο.doc",
        "Счёт-фактура №7.scr",
        "Příliš žluťoučký.js",
        "été naïve Größe.pdf",
    ];
    let engines = ["Fortinet".to_owned()];
    let outcomes: Vec<_> = (0..)
        .zip(names)
        .map(|(at, name)| named(at, &engines, name))
        .collect();
    let mut report = sample::report(&outcomes, &["Fortinet"]);
    report.title = names.join(" / ");
    let Some(pages) = pages(&written(&report)) else {
        return;
    };
    for name in names {
        assert!(pages[0].contains(name), "{name}: {}", pages[0]);
        assert!(pages[1].contains(name), "{name}: {}", pages[1]);
    }
}

#[test]
fn no_string_brings_anything_but_glyphs() {
    for text in corpus::strings().into_iter().chain(commands()) {
        let report = corpus::report_of(&text);
        let pdf = written(&report);
        let anatomy = Anatomy::of(&pdf);
        assert_eq!(anatomy.pages, 2, "{text:?}");
        assert_eq!(anatomy.unexpected_names(), BTreeSet::new(), "{text:?}");
        // Not even in a string: there are gateways that only look for these.
        for command in COMMANDS {
            assert!(!anatomy.mentions(command), "{text:?}: {command}");
        }
        let links: Vec<_> = report.rows.iter().filter_map(|row| row.link()).collect();
        assert_eq!(anatomy.links, links, "{text:?}");
        let Some(pages) = pages(&pdf) else { continue };
        assert_eq!(pages.len(), 2, "{text:?}");
        assert!(
            !pages.concat().contains(is_treacherous),
            "{text:?}: {}",
            pages.concat()
        );
        for row in &report.rows {
            assert!(pages[1].contains(&row.hash.to_string()), "{text:?}");
        }
    }
}

/// What makes a document do something.
const COMMANDS: [&str; 6] = [
    "JS",
    "JavaScript",
    "Launch",
    "OpenAction",
    "EmbeddedFile",
    "AA",
];

/// Strings that would be commands, were they not texts.
fn commands() -> impl Iterator<Item = String> {
    [
        "/JS /JavaScript /Launch /OpenAction /EmbeddedFile /URI (https://e.test)",
        ") /OpenAction << /S /JavaScript /JS (app.alert(1)) >> (",
        ">> /AA << /O << /S /Launch /F (calc.exe) >> >> <<",
        "endstream endobj 1 0 obj << /Type /Catalog /OpenAction 2 0 R >> endobj",
        "trailer << /Root 1 0 R >> startxref 0 %%EOF",
        "(((((",
        ")))))",
        "\\) /JS \\(",
        "<4a53>",
        "ET Q Q BT /F1 1 Tf (x) Tj",
        "\u{feff}/JS",
    ]
    .into_iter()
    .map(str::to_owned)
}

/// A page break is no part of a text.
fn is_treacherous(c: char) -> bool {
    c != '\u{c}' && corpus::is_treacherous(c)
}

#[test]
fn what_the_fonts_lack_is_marked_and_never_an_empty_box() {
    let outcome = named(1, &["Fortinet".to_owned()], "漢字 👍 עברית.exe");
    let report = sample::report(&[outcome], &["Fortinet"]);
    let Some(pages) = pages(&written(&report)) else {
        return;
    };
    assert!(pages[1].contains("�� � �����.exe"), "{}", pages[1]);
}

#[test]
fn a_report_without_rows_has_one_page_and_one_with_a_row_two() {
    for (rows, expected) in [(0, 1), (1, 2)] {
        let mut report = sample::report(&sample::outcomes()[..rows], &["Fortinet"]);
        report.title = String::new();
        let pdf = written(&report);
        assert_eq!(Anatomy::of(&pdf).pages, expected);
        let Some(pages) = pages(&pdf) else { return };
        assert!(pages[0].contains(&format!("page 1 of {expected}")));
        assert!(pages[0].contains("complete"), "{}", pages[0]);
    }
}

#[test]
fn three_engines_have_a_column_each_and_seventy_share_one() {
    for count in [3, 70] {
        let engines: Vec<_> = (1..=count).map(|at| format!("Engine{at}")).collect();
        let chosen: Vec<_> = engines.iter().map(String::as_str).collect();
        let report = sample::report(&[named(1, &engines, "W32"), named(2, &[], "x")], &chosen);
        let Some(pages) = pages(&written(&report)) else {
            return;
        };
        let page = pages[1].split_whitespace().collect::<Vec<_>>().join(" ");
        let expected: &[&str] = if count == 3 {
            &[
                "Engine1 Engine2 Engine3",
                "W32.Engine1 W32.Engine2 W32.Engine3",
                "no such engine",
            ]
        } else {
            &[
                "of 70 engines, those that detect the file",
                "70 of 70 – Engine1: W32.Engine1; Engine2",
                "0 of 70",
            ]
        };
        for text in expected {
            assert!(page.contains(text), "{text}: {page}");
        }
    }
}

#[test]
fn the_same_report_gives_the_same_bytes_with_its_own_time() {
    let pdf = written(&long(30));
    assert_eq!(pdf, written(&long(30)));
    let anatomy = Anatomy::of(&pdf);
    assert!(
        anatomy
            .structure
            .contains("/CreationDate(D:20261120183000Z"),
        "{}",
        anatomy.structure
    );
    assert!(anatomy.structure.contains("/Lang(en)"));
    assert!(
        anatomy
            .structure
            .contains("/Title(Hashes from case 2026-117)")
    );
    let mut later = long(30);
    later.generated_at = sample::at("18:30:01");
    assert_ne!(pdf, written(&later));
}

#[test]
fn reasons_that_have_no_room_are_counted() {
    let outcomes: Vec<_> = (0..60)
        .map(|at| {
            sample::failed(
                at,
                Error::Internal(format!("number {at} {}", "x ".repeat(90)).into()),
            )
        })
        .collect();
    let report = sample::report(&outcomes, &["Fortinet"]);
    let Some(pages) = pages(&written(&report)) else {
        return;
    };
    let shown = pages[0].matches("internal error").count();
    assert!((3..=20).contains(&shown), "{shown}");
    let rest = format!("and {} more reasons, each beside its hash", 60 - shown);
    assert!(pages[0].contains(&rest), "{rest}: {}", pages[0]);
    assert!(pages[0].find("more reasons") < pages[0].find("Engines that call"));
}
