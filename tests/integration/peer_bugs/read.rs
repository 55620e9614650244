//! What is read of an answer.

use serde_json::Value;
use vt_core::report::{FileReport, Lookup};
use vt_sim::{Fault, Trigger};

use crate::lab::{Lab, file};

const DIGESTS: [&str; 3] = ["md5", "sha1", "sha256"];

/// The places of a JSON text below a place, as pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                (format!("{at}/{name}"), value)
            })
            .collect(),
        // What is true of the first is true of the others.
        Value::Array(array) => array
            .iter()
            .take(1)
            .map(|value| (format!("{at}/0"), value))
            .collect(),
        _ => Vec::new(),
    };
    for (place, value) in below {
        places(value, &place, found);
        found.push(place);
    }
}

/// Nothing but the digests has to be there, or to have the shape that it had
/// whenever this was written.
#[tokio::test(start_paused = true)]
async fn no_place_of_a_report_but_the_digests_can_cost_it() {
    let lab = Lab::with(vt_core::quota::Quota::UNLIMITED, |simulator| {
        simulator.engines(3)
    });
    let hash = file(1)[2];
    let body = lab.simulator.report(&hash.to_string()).unwrap();
    let whole: Value = serde_json::from_slice(&body).unwrap();
    let mut found = Vec::new();
    places(&whole, "", &mut found);
    let is_digest = |place: &str| {
        let name = place.strip_prefix("/data/attributes/");
        name.is_some_and(|name| DIGESTS.contains(&name))
    };
    found.retain(|place| !is_digest(place) && !["/data", "/data/attributes"].contains(&&**place));
    assert!(found.len() >= 60, "{} places", found.len());
    let values = [
        "null",
        "7",
        "-0.5",
        r#""x""#,
        "[null]",
        "[[7]]",
        r#"{"x": null}"#,
    ];
    for place in &found {
        for value in values {
            let mut changed = whole.clone();
            *changed.pointer_mut(place).unwrap() = serde_json::from_str(value).unwrap();
            let report = FileReport::from_json(changed.to_string())
                .unwrap_or_else(|error| panic!("{place} = {value}: {error}"));
            assert!(report.is_of(&hash), "{place} = {value}");
        }
    }
}

/// Fields that comparable tools insist on, as VirusTotal has sent them.
#[tokio::test(start_paused = true)]
async fn a_field_that_nobody_reads_may_be_as_it_likes() {
    for (at, json) in [
        (
            "/data/attributes/crowdsourced_ids_results",
            r#"[{"rule_msg": "MALWARE-CNC", "rule_id": "1:2", "alert_context": null}]"#,
        ),
        ("/data/attributes/crowdsourced_ids_stats", "[]"),
        (
            "/data/attributes/pe_info",
            r#"{"sections": [{"chi2": -1.0, "entropy": "high"}, {"chi2": null}]}"#,
        ),
        ("/data/attributes/sigma_analysis_stats", "null"),
        ("/data/links", "7"),
        ("/data/relationships", r#"{"contacted_ips": false}"#),
    ] {
        let lab = Lab::unlimited();
        lab.simulator.script(Trigger::Every, Fault::field(at, json));
        let lookup = lab.scanner().lookup(file(1)[0]).await.unwrap().lookup;
        let Lookup::Found(report) = lookup else {
            panic!("{at}: not found");
        };
        assert!(report.stats.total() > 0, "{at}");
        assert_eq!(lab.requests(), 1, "{at}");
    }
}
