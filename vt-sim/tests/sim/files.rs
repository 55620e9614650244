//! Which file a hash means, and what its report says.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use tokio::time::advance;

use vt_sim::{FIRST_ORDINARY, Simulator, Specimen, Standing, sample};

use crate::{
    ask::{build, file, json},
    quotas::at,
};

#[tokio::test(start_paused = true)]
async fn the_three_digests_of_a_sample_belong_together() {
    let simulator = build(|b| b.unknown(0.0));
    for n in [0, FIRST_ORDINARY, 4711, 9999] {
        let sample = sample(n);
        let body = file(&simulator, &sample.sha256).await.into_body();
        for hash in [&sample.md5, &sample.sha1, &sample.md5.to_uppercase()] {
            assert_eq!(file(&simulator, hash).await.into_body(), body, "sample {n}");
        }
        let attributes = &parse(&body)["data"]["attributes"];
        assert_eq!(attributes["md5"], sample.md5);
        assert_eq!(attributes["sha1"], sample.sha1);
        assert_eq!(attributes["sha256"], sample.sha256);
        assert_eq!(parse(&body)["data"]["id"], sample.sha256);
    }
}

#[tokio::test(start_paused = true)]
async fn a_made_up_file_is_the_same_under_its_other_digests() {
    for length in [32, 40, 64] {
        let simulator = build(|b| b.unknown(0.0));
        let asked = "5e".repeat(length / 2);
        let body = file(&simulator, &asked).await.into_body();

        let attributes = &parse(&body)["data"]["attributes"];
        for name in ["md5", "sha1", "sha256"] {
            let hash = attributes[name].as_str().unwrap();
            assert_eq!(file(&simulator, hash).await.into_body(), body, "{name}");
        }
        assert_eq!(simulator.stats().by_file.len(), 1);
    }
}

#[test]
fn what_is_said_of_a_file_is_the_same_in_every_simulator_with_the_same_seed() {
    let (one, two, other) = (build(|b| b), build(|b| b), build(|b| b.seed(1)));
    let report = |simulator: &Simulator, n| simulator.report(&sample(n).md5);
    let differing = (FIRST_ORDINARY..200).filter(|&n| report(&one, n) != report(&two, n));
    assert_eq!(differing.count(), 0);
    let same_as_other = (FIRST_ORDINARY..200).filter(|&n| report(&one, n) == report(&other, n));
    // Only files that are unknown to both can agree.
    assert!(same_as_other.count() < 20);
}

#[test]
fn the_shares_are_kept_and_do_not_change_other_properties() {
    let count = |simulator: &Simulator, standing| {
        let is = |&n: &u64| simulator.standing(&sample(n).sha256) == Some(standing);
        (FIRST_ORDINARY..2010).filter(is).count()
    };
    let some = build(|b| b.unknown(0.1).detected(0.5).pending(0.2));
    assert!((150..250).contains(&count(&some, Standing::Unknown)));
    assert!((300..420).contains(&count(&some, Standing::Pending)));
    assert!((630..810).contains(&count(&some, Standing::Detected)));

    let none = build(|b| b.unknown(0.0).detected(0.5));
    for n in FIRST_ORDINARY..2010 {
        let hash = sample(n).sha256;
        if some.standing(&hash) == Some(Standing::Detected) {
            assert_eq!(none.standing(&hash), Some(Standing::Detected));
        }
    }
    assert_eq!(count(&build(|b| b.unknown(1.0)), Standing::Unknown), 2000);
}

#[test]
fn the_specimens_are_what_their_names_say() {
    let simulator = build(|b| b.unknown(1.0));
    let attributes = |specimen: Specimen| attributes(&simulator, specimen.number());
    let fortinet = |specimen| attributes(specimen)["last_analysis_results"]["Fortinet"].clone();

    assert_eq!(simulator.report(&Specimen::Unknown.sample().md5), None);
    assert_eq!(
        attributes(Specimen::Clean)["last_analysis_stats"]["malicious"],
        0
    );
    assert!(
        fortinet(Specimen::Detected)["result"]
            .as_str()
            .unwrap()
            .ends_with("!tr")
    );
    assert_eq!(fortinet(Specimen::EngineAbsent), Value::Null);
    assert_eq!(fortinet(Specimen::EngineTimeout)["category"], "timeout");
    assert_eq!(
        attributes(Specimen::Pending)["last_analysis_results"],
        serde_json::json!({})
    );
    assert_eq!(
        attributes(Specimen::PendingBare).get("last_analysis_results"),
        None
    );
    assert_eq!(attributes(Specimen::Sparse).get("meaningful_name"), None);
    assert!(
        attributes(Specimen::HostileText)["names"]
            .to_string()
            .contains("<script>")
    );
    assert!(
        simulator
            .report(&Specimen::Huge.sample().md5)
            .unwrap()
            .len()
            > 1 << 20
    );
}

#[test]
fn the_counts_of_a_report_are_those_of_its_engines() {
    let simulator = build(|b| b.unknown(0.0));
    for n in FIRST_ORDINARY..600 {
        let attributes = attributes(&simulator, n);
        let results = attributes["last_analysis_results"].as_object().unwrap();

        assert_eq!(
            recount(results.values()),
            attributes["last_analysis_stats"],
            "sample {n}"
        );
        for result in results.values() {
            let flagged = matches!(
                result["category"].as_str(),
                Some("malicious" | "suspicious")
            );
            assert_eq!(
                result["result"].is_string(),
                flagged,
                "sample {n}: {result}"
            );
        }
        let detected = simulator.standing(&sample(n).sha256) == Some(Standing::Detected);
        let malicious = attributes["last_analysis_stats"]["malicious"]
            .as_u64()
            .unwrap();
        assert_eq!(malicious > 0, detected, "sample {n}");
        let labelled = attributes.get("popular_threat_classification").is_some();
        assert_eq!(labelled, detected, "sample {n}");
    }
}

#[test]
fn every_date_of_a_report_is_a_number_in_the_past() {
    let simulator = build(|b| {
        b.unknown(0.0)
            .pending(0.2)
            .start(at("2021-06-01T00:00:00Z"))
    });
    let now = simulator.now().timestamp();
    for n in 0..600 {
        if simulator.is_known(&sample(n).sha256) {
            for (name, value) in attributes(&simulator, n).as_object().unwrap() {
                let past = || value.as_i64().is_some_and(|date| (0..now).contains(&date));
                assert!(
                    !name.ends_with("_date") || past(),
                    "sample {n}: {name} {value}"
                );
            }
        }
    }
}

#[test]
fn reports_have_the_oddities_of_real_ones() {
    let simulator = build(|b| b.unknown(0.0));
    let mut lacking = BTreeMap::from(
        [
            "meaningful_name",
            "vhash",
            "creation_date",
            "type_extension",
        ]
        .map(|name| (name, 0)),
    );
    let mut without_fortinet = 0;
    for n in FIRST_ORDINARY..600 {
        let attributes = attributes(&simulator, n);
        let results = &attributes["last_analysis_results"];

        assert_eq!(results["Lionic"]["engine_name"], "AegisLab");
        assert_eq!(results["Kingsoft"]["engine_version"], Value::Null);
        assert_eq!(results["Kingsoft"]["engine_update"], Value::Null);
        without_fortinet += u32::from(results.get("Fortinet").is_none());
        for (name, count) in &mut lacking {
            *count += u32::from(attributes.get(*name).is_none());
        }
        let size = simulator.report(&sample(n).sha256).unwrap().len();
        assert!((15_000..60_000).contains(&size), "sample {n}: {size} bytes");
    }
    assert!(lacking.values().all(|&count| count > 0), "{lacking:?}");
    assert!((1..60).contains(&without_fortinet), "{without_fortinet}");
}

#[test]
fn a_report_is_indented_by_four_spaces_and_lists_as_many_engines_as_set() {
    let simulator = build(|b| b.engines(12));
    let body = simulator.report(&Specimen::Clean.sample().md5).unwrap();

    assert!(body.starts_with(b"{\n    \"data\": {\n        \"id\""));
    let report = parse(&body);
    let results = report["data"]["attributes"]["last_analysis_results"]
        .as_object()
        .unwrap();
    assert_eq!(results.len(), 12);
    assert!(results.contains_key("Fortinet"));
}

#[tokio::test(start_paused = true)]
async fn a_pending_analysis_ends_when_the_setting_says() {
    let simulator = build(|b| b.analysis_takes(Duration::from_secs(600)));
    let hash = Specimen::Pending.sample().sha1;
    advance(Duration::from_millis(599_999)).await;
    assert_eq!(simulator.standing(&hash), Some(Standing::Pending));

    advance(Duration::from_millis(1)).await;
    assert_eq!(simulator.standing(&hash), Some(Standing::Clean));
    let attributes = &json(&file(&simulator, &hash).await)["data"]["attributes"];
    assert_eq!(
        attributes["last_analysis_date"],
        simulator.now().timestamp()
    );
    assert_eq!(attributes["last_analysis_stats"]["malicious"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_sample_beyond_the_number_known_is_a_made_up_file() {
    let simulator = build(|b| b.samples(20).unknown(0.0));

    let known = json(&file(&simulator, &sample(19).md5).await);
    let beyond = file(&simulator, &sample(20).md5).await;

    assert_eq!(known["data"]["id"], sample(19).sha256);
    assert_eq!(beyond.status(), StatusCode::OK);
    assert_ne!(json(&beyond)["data"]["id"], sample(20).sha256);
}

#[test]
fn a_share_that_is_no_part_of_a_whole_is_refused() {
    for share in [-0.1, 1.5, f64::NAN] {
        let error = Simulator::builder().unknown(share).build().unwrap_err();
        assert!(error.to_string().contains("unknown"), "{error}");
    }
}

fn attributes(simulator: &Simulator, n: u64) -> Value {
    let body = simulator.report(&sample(n).sha256).unwrap();
    parse(&body)["data"]["attributes"].take()
}

fn parse(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn recount<'r>(results: impl Iterator<Item = &'r Value>) -> Value {
    let mut counts = BTreeMap::from(
        [
            "malicious",
            "suspicious",
            "undetected",
            "harmless",
            "timeout",
            "confirmed-timeout",
            "failure",
            "type-unsupported",
        ]
        .map(|category| (category, 0)),
    );
    for result in results {
        *counts
            .get_mut(result["category"].as_str().unwrap())
            .unwrap() += 1;
    }
    serde_json::to_value(counts).unwrap()
}
