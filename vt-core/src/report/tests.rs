use super::{wire::tests::ODD, *};

const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const SHA1: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

/// A report with the three digests and whatever else is put in.
fn with(more: &str) -> FileReport {
    let body = format!(
        r#"{{"data": {{"type": "file", "id": "{SHA256}", "attributes": {{
            "md5": "{MD5}", "sha1": "{SHA1}", "sha256": "{SHA256}" {more}
        }}}}}}"#
    );
    FileReport::from_json(body).unwrap()
}

#[test]
fn three_digests_are_enough_and_mean_pending() {
    let report = with("");
    assert_eq!(report.verdict(), Verdict::Pending);
    assert_eq!(report.name(), None);
    assert_eq!(report.engine("Fortinet"), EngineOutcome::Absent);
}

#[test]
fn empty_analysis_objects_mean_pending() {
    let report = with(r#", "last_analysis_stats": {}, "last_analysis_results": {}"#);
    assert_eq!(report.verdict(), Verdict::Pending);
    let zeros = with(r#", "last_analysis_stats": {"malicious": 0, "undetected": 0}"#);
    assert_eq!(zeros.verdict(), Verdict::Pending);
}

#[test]
fn each_attribute_may_be_null_or_of_another_type() {
    let attributes = [
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
    for attribute in attributes {
        for value in ODD {
            let report = with(&format!(r#", "{attribute}": {value}"#));
            assert_eq!(report.sha256.to_string(), SHA256, "{attribute}: {value}");
        }
    }
}

#[test]
fn stats_are_counted_from_the_engines_where_virustotal_sends_none() {
    let report = with(
        r#", "last_analysis_results": {
            "A": {"category": "malicious", "result": "Bad"},
            "B": {"category": "undetected", "result": null},
            "C": {"category": "confirmed-timeout"},
            "D": {"category": "brand-new"}
        }"#,
    );
    assert_eq!(report.stats.malicious, 1);
    assert_eq!(report.stats.total(), 2);
    assert_eq!(report.stats.confirmed_timeout, 1);
    assert_eq!(report.verdict(), Verdict::Detected);
}

#[test]
fn total_counts_only_engines_with_an_opinion() {
    let report = with(
        r#", "last_analysis_stats": {"malicious": 1, "suspicious": 2, "undetected": 4,
            "harmless": 8, "timeout": 16, "confirmed-timeout": 32, "failure": 64,
            "type-unsupported": 128}"#,
    );
    assert_eq!(report.stats.total(), 15);
    assert_eq!(report.stats.type_unsupported, 128);
}

#[test]
fn an_engine_has_four_outcomes() {
    let report = with(
        r#", "last_analysis_results": {
            "Named": {"category": "malicious", "result": "W32/Bad!tr"},
            "Nameless": {"category": "suspicious", "result": null},
            "Quiet": {"category": "undetected"},
            "Mild": {"category": "harmless"},
            "Slow": {"category": "timeout"},
            "Odd": {"category": "brand-new"}
        }"#,
    );
    let texts = ["Named", "Nameless", "Quiet", "Mild", "Slow", "Odd", "Gone"]
        .map(|engine| report.engine(engine).to_string());
    assert_eq!(
        texts,
        [
            "W32/Bad!tr",
            "suspicious",
            "undetected",
            "undetected",
            "not scanned (timeout)",
            "not scanned (brand-new)",
            "no such engine",
        ]
    );
}

#[test]
fn engines_are_found_by_key_before_name_and_keep_their_case() {
    let report = with(
        r#", "last_analysis_results": {
            "Lionic": {"category": "malicious", "engine_name": "AegisLab", "result": "by name"},
            "AegisLab": {"category": "malicious", "engine_name": "Other", "result": "by key"}
        }"#,
    );
    let first = report.engines.iter().next().unwrap();
    assert_eq!((first.key, first.name), ("Lionic", Some("AegisLab")));
    assert_eq!(report.engine("aegislab"), EngineOutcome::Detected("by key"));
    assert_eq!(report.engine("OTHER"), EngineOutcome::Detected("by key"));
    assert_eq!(report.engine("lionic"), EngineOutcome::Detected("by name"));
}

#[test]
fn a_report_without_its_envelope_is_read() {
    let body =
        format!(r#"{{"attributes": {{"md5": "{MD5}", "sha1": "{SHA1}", "sha256": "{SHA256}"}}}}"#);
    let report = FileReport::from_json(body.clone()).unwrap();
    assert_eq!(report.raw().unwrap(), body.as_bytes());
}

#[test]
fn what_is_no_report_is_refused() {
    for body in ["", "[]", "<html>", "\"x\"", "{", "{} {}", "\u{feff}{}"] {
        let error = FileReport::from_json(body).unwrap_err();
        assert!(matches!(error, ReportError::NotJson { .. }), "{body}");
    }
    for body in [
        "{}",
        r#"{"data": null}"#,
        r#"{"data": []}"#,
        r#"{"data": {"attributes": 1}}"#,
        r#"{"error": {"code": "NotFoundError"}}"#,
    ] {
        assert_eq!(
            FileReport::from_json(body),
            Err(ReportError::NoReport),
            "{body}"
        );
    }
    assert!(FileReport::from_json(&b"{\"data\": \"\xff\"}"[..]).is_err());
}

#[test]
fn a_list_passes_for_no_object() {
    let digests = format!(r#""{MD5}", "{SHA1}", "{SHA256}""#);
    let object =
        format!(r#"{{"attributes": {{"md5": "{MD5}", "sha1": "{SHA1}", "sha256": "{SHA256}"}}}}"#);
    let attributes = format!("[{digests}{}]", ", null".repeat(14));
    for body in [
        format!("[{object}, null]"),
        format!(r#"{{"data": [{attributes}]}}"#),
        format!(r#"{{"attributes": {attributes}}}"#),
    ] {
        assert!(FileReport::from_json(body.clone()).is_err(), "{body}");
    }
    let report = with(r#", "last_analysis_results": {"A": ["malicious", null, "x"]}"#);
    assert!(report.engines.is_empty());
    for body in [r#"[["NotFoundError"]]"#, r#"{"error": ["NotFoundError"]}"#] {
        assert_eq!(error_code(body.as_bytes()), None, "{body}");
    }
    let quotas = br#"{"data": [null, {"user": [1, 2]}, null]}"#;
    assert!(Allowances::from_json(quotas).is_err());
}

#[test]
fn each_digest_must_be_there_and_of_its_kind() {
    for (name, value) in [("md5", MD5), ("sha1", SHA1), ("sha256", SHA256)] {
        for bad in ["\"\"", "null", &format!("\"{}\"", "0".repeat(48))] {
            let body = format!(
                r#"{{"attributes": {{"md5": "{MD5}", "sha1": "{SHA1}", "sha256": "{SHA256}"}}}}"#
            )
            .replace(&format!("\"{value}\""), bad);
            let error = FileReport::from_json(body).unwrap_err();
            assert_eq!(error, ReportError::NoDigest { digest: name });
        }
    }
}

#[test]
fn a_tower_of_brackets_is_refused_without_overflowing_the_stack() {
    let body = format!("{{\"data\": {}", "[".repeat(100_000));
    assert!(FileReport::from_json(body).is_err());
}

#[test]
fn an_endless_name_is_cut() {
    let report = with(&format!(
        r#", "meaningful_name": "{}""#,
        "ä".repeat(100_000)
    ));
    assert_eq!(report.meaningful_name.unwrap().len(), 64 * 1024);
}
