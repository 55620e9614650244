//! Reports written as VirusTotal's answers, and read again.

use std::{fs, path::Path};

use proptest::{prelude::*, test_runner::FileFailurePersistence};
use serde_json::{Value, json};
use vt_core::{report::FileReport, testkit::cache};

const DIGESTS: &str = r#""md5": "44d88612fea8a8f36de82e1278abb02f",
    "sha1": "3395856ce81f2b7382dee72602f798b642f14140",
    "sha256": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f""#;

/// More than is read of a text.
const TOO_LONG: usize = 64 * 1024 + 1;

fn with(more: &str) -> FileReport {
    let body = format!(r#"{{"data": {{"attributes": {{{DIGESTS}{more}}}}}}}"#);
    FileReport::from_json(body).unwrap()
}

/// The report as it is written, once it is sure that nothing got lost.
#[track_caller]
fn written(report: &FileReport) -> Value {
    let json = report.to_json();
    let again = FileReport::from_json(json.clone()).unwrap();
    // The debug text of a report leaves most of it out.
    assert!(again.without_raw() == report.without_raw(), "{json:?}");
    assert_eq!(again.to_json(), json);
    serde_json::from_slice(&json).unwrap()
}

/// Whether an attribute is null, as none is in VirusTotal's answers but an
/// engine's result.
fn has_null(written: &Value) -> bool {
    let attributes = written["data"]["attributes"].as_object().unwrap();
    attributes.values().any(Value::is_null)
}

#[test]
fn what_is_missing_is_left_out() {
    let sha256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
    let expected = json!({"data": {"id": sha256, "type": "file", "attributes": {
        "md5": "44d88612fea8a8f36de82e1278abb02f",
        "sha1": "3395856ce81f2b7382dee72602f798b642f14140",
        "sha256": sha256,
        "last_analysis_stats": {
            "malicious": 0, "suspicious": 0, "undetected": 0, "harmless": 0, "timeout": 0,
            "confirmed-timeout": 0, "failure": 0, "type-unsupported": 0
        },
        "last_analysis_results": {},
        "names": [], "tags": []
    }}});
    assert_eq!(written(&with("")), expected);
}

#[test]
fn a_report_that_says_everything_is_written_as_virustotal_would() {
    let report = cache::analysed(1);
    let written = written(&report);
    let original: Value = serde_json::from_slice(report.raw().unwrap()).unwrap();
    let [written, original] = [&written, &original].map(|json| &json["data"]["attributes"]);
    for (name, value) in original.as_object().unwrap() {
        match &**name {
            // Values that are null or empty there are left out here.
            "last_analysis_results" | "names" => {}
            _ => assert_eq!(&written[name], value, "{name}"),
        }
    }
    assert_eq!(written["names"], json!(["a", "b\n"]));
    let engines = &written["last_analysis_results"];
    let original = &original["last_analysis_results"];
    assert_eq!(engines["Fortinet"], original["Fortinet"]);
    let lionic = json!({"category": "suspicious", "engine_name": "AegisLab", "result": null});
    assert_eq!(engines["Lionic"], lionic);
    let unnamed = json!({"category": "undetected", "engine_name": "A", "result": null});
    assert_eq!(engines["A"], unnamed);
}

#[test]
fn an_engine_whose_key_is_too_long_for_a_name_gets_none() {
    for length in [TOO_LONG - 1, TOO_LONG] {
        let key = "k".repeat(length);
        let engines = format!(r#", "last_analysis_results": {{"{key}": {{"category": "x"}}}}"#);
        let written = written(&with(&engines));
        let engine = &written["data"]["attributes"]["last_analysis_results"][&key];
        assert_eq!(engine.get("engine_name").is_some(), length < TOO_LONG);
    }
}

#[test]
fn recorded_reports_are_the_same_after_they_were_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/v3");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no recorded reports at {}", folder.display());
        return;
    };
    let mut reports = 0;
    for entry in entries {
        let body = fs::read(entry.unwrap().path()).unwrap();
        // One of the answers is about an analysis.
        if let Ok(report) = FileReport::from_json(body) {
            assert!(!has_null(&written(&report)));
            reports += 1;
        }
    }
    assert!(reports >= 3, "{reports} reports in {}", folder.display());
}

/// Any text as JSON, often one that stands elsewhere too.
fn text() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        60 => prop::sample::select(vec!["A", "B", "malicious", "timeout", ""]).prop_map(String::from),
        30 => any::<String>(),
        1 => prop::sample::select(vec!["A", "ä"]).prop_map(|text| text.repeat(TOO_LONG)),
    ];
    let json = text.prop_map(|text| serde_json::to_string(&text).unwrap());
    prop_oneof![19 => json, 1 => Just(r#""\ud800""#.to_owned())]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        // Seconds of years that are dates.
        (-8_000_000_000_000_i64..8_000_000_000_000).prop_map(|number| number.to_string()),
        any::<u32>().prop_map(|number| number.to_string()),
        prop::sample::select(vec!["0", "-0", "1.0", "1e3", "1e400"]).prop_map(String::from),
    ]
}

fn objects<K, V>(key: K, value: V) -> impl Strategy<Value = String>
where
    K: Strategy<Value = String>,
    V: Strategy<Value = String>,
{
    let members = (key, value).prop_map(|(key, value)| format!("{key}: {value}"));
    let members = prop::collection::vec(members, 0..6);
    members.prop_map(|members| format!("{{{}}}", members.join(", ")))
}

fn engine() -> impl Strategy<Value = String> {
    let field = || prop_oneof![1 => Just("null".to_owned()), 8 => text()];
    (text(), field(), field()).prop_map(|(category, name, result)| {
        format!(r#"{{"category": {category}, "engine_name": {name}, "result": {result}}}"#)
    })
}

/// An attribute that is read, and a value that mostly is of its type.
fn attribute(name: &'static str) -> impl Strategy<Value = String> {
    let list = prop::collection::vec(prop_oneof![4 => text(), 1 => number()], 0..4);
    let list = list.prop_map(|items| format!("[{}]", items.join(", ")));
    let label = text().prop_map(|label| format!(r#"{{"suggested_threat_label": {label}}}"#));
    const CATEGORIES: &[&str] = &["malicious", "undetected", "confirmed-timeout", "brand-new"];
    let category = prop::sample::select(CATEGORIES).prop_map(|name| format!("{name:?}"));
    let fitting = match name {
        "last_analysis_stats" => objects(category, number()).boxed(),
        "last_analysis_results" => objects(text(), engine()).boxed(),
        "names" | "tags" => list.boxed(),
        "popular_threat_classification" => label.boxed(),
        "meaningful_name" | "type_description" | "type_tag" => text().boxed(),
        _ => number().boxed(),
    };
    let other = prop_oneof![text(), number(), Just("null".to_owned())];
    let value = prop_oneof![5 => fitting, 1 => other];
    value.prop_map(move |value| format!(", \"{name}\": {value}"))
}

/// The attributes that are read, each of them at most once.
fn attributes() -> impl Strategy<Value = String> {
    let names = [
        "last_analysis_stats",
        "last_analysis_results",
        "last_analysis_date",
        "first_submission_date",
        "last_submission_date",
        "meaningful_name",
        "names",
        "tags",
        "type_description",
        "type_tag",
        "size",
        "popular_threat_classification",
        "reputation",
        "times_submitted",
    ];
    let each = names.map(|name| prop::option::weighted(0.7, attribute(name)).boxed());
    Vec::from(each).prop_map(|attributes| attributes.into_iter().flatten().collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_024,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/round_trip/regressions.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_report_that_can_be_read_is_the_same_after_it_was_written(attributes in attributes()) {
        let written = written(&with(&attributes));
        prop_assert!(!has_null(&written), "{written}");
    }
}
