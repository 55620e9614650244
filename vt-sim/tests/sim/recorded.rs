//! Recorded reports.

use std::{fs, path::Path};

use serde_json::Value;

use vt_sim::{Simulator, Standing, sample};

use crate::ask::{build, file, json};

#[tokio::test(start_paused = true)]
async fn a_recorded_report_is_served_byte_for_byte_and_a_bare_object_is_wrapped() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (sample(1000), sample(1001));
    let enveloped = format!(
        r#"{{ "data": {{"attributes":{{"md5":"{}","sha1":"{}","sha256":"{}"}}}}}}  "#,
        one.md5, one.sha1, one.sha256
    );
    let bare = format!(
        r#"{{"type":"file","attributes":{{"md5":"{}","sha256":"{}","last_analysis_stats":{{"malicious":3}}}}}}"#,
        two.md5, two.sha256
    );
    fs::write(folder.path().join("a.json"), &enveloped).unwrap();
    fs::write(folder.path().join("b.json"), &bare).unwrap();
    let simulator = build(|b| b.reports(folder.path()));

    for hash in [&one.md5, &one.sha1, &one.sha256] {
        assert_eq!(file(&simulator, hash).await.body(), enveloped.as_bytes());
    }
    let wrapped = json(&file(&simulator, &two.md5).await);
    assert_eq!(
        wrapped["data"],
        serde_json::from_str::<Value>(&bare).unwrap()
    );
    assert_eq!(simulator.standing(&one.md5), Some(Standing::Clean));
    assert_eq!(simulator.standing(&two.md5), Some(Standing::Detected));
}

#[test]
fn a_file_that_is_no_report_is_left_out_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let report = format!(r#"{{"attributes":{{"sha256":"{}"}}}}"#, sample(1).sha256);
    for (name, text) in [
        ("1.json", &*report),
        ("2.json", &*report),
        ("3.json", "{\"data\":{\"type\":\"analysis\"}}"),
        ("4.json", "{\"attributes\":{\"names\":[]}}"),
        ("5.json", "not JSON"),
        ("6.txt", "not looked at"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }

    let simulator = build(|b| b.reports(folder.path()));

    let reasons: Vec<_> = simulator
        .ignored_reports()
        .iter()
        .map(|ignored| ignored.reason.as_str())
        .collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(reasons[0].contains("another file"), "{reasons:?}");
    assert!(reasons[1].contains("attributes"), "{reasons:?}");
    assert!(reasons[2].contains("sha256"), "{reasons:?}");
    assert!(reasons[3].contains("JSON"), "{reasons:?}");
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let error = Simulator::builder()
        .reports("/no/such/folder")
        .build()
        .unwrap_err();

    assert!(error.to_string().contains("/no/such/folder"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn genuine_reports_are_served_under_all_their_digests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/v3");
    if !folder.is_dir() {
        eprintln!("skipped: no recorded reports at {}", folder.display());
        return;
    }
    let simulator = build(|b| b.reports(&folder));
    let mut served = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let text = fs::read(entry.unwrap().path()).unwrap();
        let recorded: Value = serde_json::from_slice(&text).unwrap();
        let object = recorded.get("data").unwrap_or(&recorded);
        let digests = ["md5", "sha1", "sha256"].map(|name| object["attributes"][name].as_str());
        for digest in digests.into_iter().flatten() {
            let answer = file(&simulator, digest).await;
            if recorded.get("data").is_some() {
                assert_eq!(answer.body(), &text);
            } else {
                assert_eq!(&json(&answer)["data"], object);
            }
            served += 1;
        }
    }
    assert!(served >= 3, "{served} digests in {}", folder.display());
}
