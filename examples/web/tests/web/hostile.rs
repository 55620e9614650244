//! Strings that attack whoever reads them, in every place where they may come
//! from and through every way out.

use axum::http::StatusCode;
use chrono::DateTime;
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::{Value, json};
use vt_core::{
    cache::{Cache, Entry},
    report::FileReport,
    time::Clock,
};

use crate::{
    attacks::{is_treacherous, strings},
    lab::{EICAR, Lab, bytes, form, location},
};

/// Each attack in so many places of a text.
const PLACES: [fn(&str) -> String; 22] = [
    str::to_owned,
    |text| format!("{text}{text}"),
    |text| format!("a{text}"),
    |text| format!("{text}z"),
    |text| format!(" {text}"),
    |text| format!("\t{text}"),
    |text| format!("\"{text}\""),
    |text| format!("'{text}'"),
    |text| format!(">{text}<"),
    |text| format!("{text}<!--"),
    |text| format!("-->{text}"),
    |text| format!("</title>{text}"),
    |text| format!("</td></tr></table>{text}"),
    |text| format!("{text}\r\nX: y"),
    |text| format!("=1+1{text}"),
    |text| format!("{text};=1+1"),
    |text| format!("\u{202e}{text}"),
    |text| format!("{text}\u{2028}"),
    |text| format!("%3C{text}"),
    |text| format!("&lt;{text}&#x3c;"),
    |text| format!("\\{text}\\"),
    |text| format!("{text}\n{text}"),
];

fn attacks() -> Vec<String> {
    let strings = strings();
    let attack =
        |place: &fn(&str) -> String| strings.iter().map(|text| place(text)).collect::<Vec<_>>();
    PLACES.iter().flat_map(attack).collect()
}

/// VirusTotal's answer about the `n`th file, with this text wherever one can be.
fn entry(n: usize, text: &str, now: DateTime<chrono::Utc>) -> Entry {
    let body = json!({"data": {"attributes": {
        "md5": format!("{n:032x}"), "sha1": format!("{n:040x}"), "sha256": format!("{n:064x}"),
        "last_analysis_stats": {"malicious": 1, "undetected": 2},
        "last_analysis_results": {"Fortinet": {"category": "malicious", "result": text}},
        "meaningful_name": text, "type_description": text,
        "popular_threat_classification": {"suggested_threat_label": text},
        "last_analysis_date": 1_700_000_000,
    }}});
    let report = FileReport::from_json(body.to_string()).unwrap();
    Entry::found(report.into(), now)
}

/// The elements in another, with the names of their attributes.
fn shape(element: ElementRef<'_>) -> Vec<String> {
    let nodes = element.descendants().filter_map(|node| match node.value() {
        Node::Element(element) => {
            let attributes: Vec<_> = element.attrs().map(|(name, _)| name).collect();
            Some(format!("{} {attributes:?}", element.name()))
        }
        Node::Comment(_) => Some("a comment".to_owned()),
        _ => None,
    });
    nodes.collect()
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn five_thousand_strings_get_out_of_no_page_and_no_file() {
    let lab = Lab::new();
    let server = lab.start().await;
    let attacks = attacks();
    assert!(attacks.len() > 5_000, "{}", attacks.len());
    let texts = std::iter::once("x").chain(attacks.iter().map(String::as_str));
    let entries: Vec<Entry> = texts
        .enumerate()
        .map(|(n, text)| entry(n, text, lab.clock.wall()))
        .collect();
    lab.cache.put(&entries).await.unwrap();
    let list: String = (0..entries.len()).map(|n| format!("{n:032x}\n")).collect();
    let path = server.upload("list.txt", list).await;
    server.watch(&path).await;
    assert_eq!(lab.simulator.stats().requests, 0);

    // The empty text leaves its element out; every other has the shape of `x`.
    let mut rows = 0;
    let mut expected = None;
    for page in 1..=entries.len().div_ceil(100) {
        let text = server.text(&format!("{path}?page={page}")).await;
        assert!(!text.contains(is_treacherous), "page {page}");
        let page = Html::parse_document(&text);
        assert!(
            select(&page, "script")
                .iter()
                .all(|script| script.attr("src") == Some("/static/app.js"))
        );
        for row in select(&page, "table.rows tbody tr") {
            rows += 1;
            let shape = shape(row);
            let expected = expected.get_or_insert_with(|| shape.clone());
            assert_eq!(&shape, expected, "{}", row.html());
        }
    }
    assert_eq!(rows, entries.len());

    let csv = server.text(&format!("{path}.csv")).await;
    let mut lines = 0;
    for record in csv::Reader::from_reader(csv.as_bytes()).records() {
        let record = record.unwrap();
        lines += 1;
        assert_eq!(record.len(), 16);
        let starts_formula = |cell: &str| {
            cell.trim_start()
                .starts_with(['=', '+', '-', '@', '\t', '\r'])
        };
        assert!(!record.iter().any(starts_formula), "{record:?}");
    }
    assert_eq!(lines, entries.len());
    assert!(!csv.contains(is_treacherous));
    let json: Value = serde_json::from_str(&server.text(&format!("{path}.json")).await).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), entries.len());
    let html = Html::parse_document(&server.text(&format!("{path}.html")).await);
    assert!(select(&html, "script, img, iframe, form, link").is_empty());
    assert_eq!(select(&html, "tbody tr").len(), entries.len());
    let pdf = bytes(server.get(&format!("{path}.pdf")).await).await;
    for word in ["/JavaScript", "/Launch", "/OpenAction", "/EmbeddedFile"] {
        assert!(
            !pdf.windows(word.len())
                .any(|bytes| bytes == word.as_bytes()),
            "{word}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_file_name_gets_out_of_a_page() {
    let server = Lab::new().start().await;
    let mut expected = None;
    for name in strings().iter().step_by(10) {
        let response = server.send(form(name, EICAR.as_bytes())).await;
        if name.contains(|c: char| c.is_ascii_control() && !"\r\n".contains(c)) {
            // No header has such characters, so it is no form.
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{name:?}");
            continue;
        }
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{name:?}");
        let text = server.text(&location(&response)).await;
        assert!(!text.contains(is_treacherous), "{name:?}");
        let page = Html::parse_document(&text);
        let head = shape(select(&page, "section.head")[0]);
        assert_eq!(
            &head,
            expected.get_or_insert_with(|| head.clone()),
            "{name:?}"
        );
        assert_eq!(select(&page, "title").len(), 1, "{name:?}");
    }
}
