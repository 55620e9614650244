//! Reports as VirusTotal may send them.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use vt_core::{
    hash::HashKind,
    report::{Category, FileReport, Stats, Verdict},
};

/// Reads `input` as a report, and compares what is read with a plain tree of
/// the same JSON.
///
/// # Panics
///
/// When the report says what the text does not, or contradicts itself.
pub fn report_json(input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    let Ok(report) = FileReport::from_json(body.clone()) else {
        return;
    };
    assert_eq!(report.raw(), Some(&body));
    assert_eq!(FileReport::from_json(body), Ok(report.clone()));
    let written = FileReport::from_json(report.to_json());
    let written = written.map(|written| written.without_raw());
    assert_eq!(written, Ok(report.without_raw()));
    let kinds = report.hashes().map(|hash| hash.kind());
    assert_eq!(kinds, HashKind::ALL);
    assert!(report.hashes().iter().all(|hash| report.is_of(hash)));
    check_counts(&report);
    check_size(&report, input.len());
    // What is nested too deep for a tree may stand where nobody looks.
    if let Ok(tree) = serde_json::from_slice::<Value>(input) {
        let bare = tree
            .get("data")
            .filter(|data| !data.is_null())
            .unwrap_or(&tree);
        compare(&report, &bare["attributes"]);
        compare_engines(&report, input);
    }
}

fn check_counts(report: &FileReport) {
    let stats = &report.stats;
    let opinions = [
        stats.malicious,
        stats.suspicious,
        stats.undetected,
        stats.harmless,
    ];
    let sum: u64 = opinions.map(u64::from).iter().sum();
    assert_eq!(u64::from(stats.total()), sum.min(u64::from(u32::MAX)));
    let is_pending = report.engines.is_empty() && *stats == Stats::default();
    let expected = match (stats.malicious, is_pending) {
        (1.., _) => Verdict::Detected,
        (0, true) => Verdict::Pending,
        (0, false) => Verdict::Clean,
    };
    assert_eq!(report.verdict(), expected);
}

/// A report is no larger than a few times the text it is made of.
fn check_size(report: &FileReport, input: usize) {
    let engines = report.engines.iter().map(|engine| {
        let own = engine.name.map_or(0, str::len);
        let result = engine.result.map_or(0, str::len);
        engine.key.len() + own + engine.category.as_str().len() + result
    });
    let texts = [
        &report.meaningful_name,
        &report.type_description,
        &report.type_tag,
        &report.threat_label,
    ];
    let lists = report.names.iter().chain(&report.tags);
    let texts = texts
        .into_iter()
        .flatten()
        .chain(lists)
        .map(|text| text.len());
    let texts: usize = engines.chain(texts).sum();
    assert!(texts <= input, "{texts} bytes of text out of {input}");
    let shortest = r#""":{"category":"x"}"#.len();
    assert!(report.engines.len() * shortest <= input);
    assert!((report.names.len() + report.tags.len()) * r#""x""#.len() <= input);
}

fn compare(report: &FileReport, tree: &Value) {
    for (name, hash) in ["md5", "sha1", "sha256"].into_iter().zip(report.hashes()) {
        let digits = tree[name].as_str().map(str::to_ascii_lowercase);
        assert_eq!(digits, Some(hash.to_string()), "{name}");
    }
    for (name, number) in [
        ("size", report.size),
        ("times_submitted", report.times_submitted),
    ] {
        assert_eq!(number, tree[name].as_u64(), "{name}");
    }
    assert_eq!(report.reputation, tree["reputation"].as_i64());
    for (name, date) in [
        ("last_analysis_date", report.scan_date),
        ("first_submission_date", report.first_submission),
        ("last_submission_date", report.last_submission),
    ] {
        assert_eq!(date, time(&tree[name]), "{name}");
    }
    let label = &tree["popular_threat_classification"]["suggested_threat_label"];
    for (value, found) in [
        (&tree["meaningful_name"], &report.meaningful_name),
        (&tree["type_description"], &report.type_description),
        (&tree["type_tag"], &report.type_tag),
        (label, &report.threat_label),
    ] {
        assert_eq!(found.as_deref(), text(value));
    }
    for (value, found) in [
        (&tree["names"], &report.names),
        (&tree["tags"], &report.tags),
    ] {
        let items = value.as_array().map_or(&[][..], |items| items);
        assert!(items.iter().filter_map(text).eq(found));
    }
    compare_stats(report, &tree["last_analysis_stats"]);
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(value.as_i64()?, 0)
}

/// The text if there is one; no input is long enough to be cut.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn compare_stats(report: &FileReport, tree: &Value) {
    let stats = &report.stats;
    let found = [
        stats.malicious,
        stats.suspicious,
        stats.undetected,
        stats.harmless,
        stats.timeout,
        stats.confirmed_timeout,
        stats.failure,
        stats.type_unsupported,
    ];
    let counts = Category::KNOWN.map(|category| {
        let count = tree[category.as_str()].as_u64();
        count.and_then(|count| u32::try_from(count).ok())
    });
    if counts.iter().all(Option::is_none) {
        assert_eq!(*stats, Stats::count(&report.engines));
    } else {
        assert_eq!(found, counts.map(Option::unwrap_or_default));
    }
}

/// The engines are those of the text in its order, less those that cannot be read.
fn compare_engines(report: &FileReport, input: &[u8]) {
    let Some(entries) = engines(input) else {
        assert!(report.engines.is_empty());
        return;
    };
    let mut entries = entries.iter();
    for engine in &report.engines {
        let said = (Some(engine.category.as_str()), engine.result);
        let is_it = |(key, value): &&(String, Value)| {
            let own = text(&value["engine_name"]).filter(|own| own != key);
            let says = (text(&value["category"]), text(&value["result"]));
            key == engine.key && own == engine.name && says == said
        };
        assert!(entries.any(|entry| is_it(&entry)), "{engine:?}");
    }
}

fn engines(input: &[u8]) -> Option<Vec<(String, Value)>> {
    let body: &RawValue = serde_json::from_slice(input).ok()?;
    let data = member(body, "data").filter(|data| data.get() != "null");
    let attributes = member(data.unwrap_or(body), "attributes")?;
    let results = member(attributes, "last_analysis_results")?;
    let Pairs(pairs) = serde_json::from_str(results.get()).ok()?;
    Some(pairs)
}

fn member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(object.get()).ok()?;
    members.remove(name)
}

/// An object with its order, and with names that stand twice.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
