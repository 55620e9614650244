//! A small report with a row of every kind.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vt_core::{
    client,
    hash::FileHash,
    report::{FileReport, Lookup},
    scan::{Answer, Error, Outcome, Source},
};
use vt_report::{Report, Row};

/// A time on the day of the report.
pub(crate) fn at(time: &str) -> DateTime<Utc> {
    let text = format!("2026-11-20T{time}Z");
    text.parse().expect("the time of day is written HH:MM:SS")
}

/// The digests of the file with this number, made up.
fn digest(number: u64, digits: usize) -> FileHash {
    let part = |at: u64| (4 * number + at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let text: String = (0..4).map(|at| format!("{:016x}", part(at))).collect();
    text[..digits].parse().expect("the text is hex")
}

/// An answer of VirusTotal about a file it has, asked for by a digest of so
/// many hex digits.
pub(crate) fn found(number: u64, digits: usize, source: Source, attributes: Value) -> Outcome {
    let mut attributes = attributes;
    for (name, digits) in [("md5", 32), ("sha1", 40), ("sha256", 64)] {
        attributes[name] = json!(digest(number, digits));
    }
    let body = json!({"data": {"attributes": attributes}}).to_string();
    let report = FileReport::from_json(body).expect("the report has all digests");
    answer(number, digits, Lookup::Found(report.into()), source)
}

/// An answer of VirusTotal about a file it does not have.
pub(crate) fn not_found(number: u64, source: Source) -> Outcome {
    answer(number, 64, Lookup::NotFound, source)
}

/// A hash without an answer.
pub(crate) fn failed(number: u64, error: Error) -> Outcome {
    Outcome {
        hash: digest(number, 32),
        result: Err(error),
    }
}

fn answer(number: u64, digits: usize, lookup: Lookup, source: Source) -> Outcome {
    Outcome {
        hash: digest(number, digits),
        result: Ok(Answer {
            lookup,
            source,
            fetched_at: at(if source == Source::Cache {
                "06:15:00"
            } else {
                "18:29:41"
            }),
        }),
    }
}

/// The attributes of a file that 52 engines call malicious.
pub(crate) fn detected() -> Value {
    json!({
        "last_analysis_stats": {
            "malicious": 52, "suspicious": 1, "undetected": 17, "harmless": 0,
            "timeout": 2, "type-unsupported": 4, "failure": 1
        },
        "last_analysis_results": {
            "Fortinet": {"category": "malicious", "result": "W32/Zbot.AAN!tr"},
            "Kaspersky": {"category": "malicious", "result": "HEUR:Trojan-Spy.Win32.Zbot.gen"},
            "ClamAV": {"category": "undetected", "result": null}
        },
        "last_analysis_date": 1_763_539_200,
        "meaningful_name": "invoice_2026-11.pdf.exe",
        "type_description": "Win32 EXE",
        "size": 368_640,
        "popular_threat_classification": {"suggested_threat_label": "trojan.zbot/msil"}
    })
}

/// The attributes of a file that no engine minds.
pub(crate) fn clean() -> Value {
    json!({
        "last_analysis_stats": {"malicious": 0, "undetected": 71, "type-unsupported": 5},
        "last_analysis_results": {
            "Fortinet": {"category": "undetected", "result": null},
            "Kaspersky": {"category": "timeout", "result": null}
        },
        "last_analysis_date": 1_795_180_500,
        "names": ["7z2408-x64.exe"],
        "type_tag": "peexe",
        "size": 1_605_120
    })
}

/// What came of seven hashes, one of each kind and a name with a NUL in it.
pub(crate) fn outcomes() -> Vec<Outcome> {
    let refused = client::Error::Connect {
        host: "www.virustotal.com:443".into(),
        stage: client::ConnectStage::Network,
        reason: "connection refused".into(),
    };
    let mut nul = clean();
    nul["names"] = json!(["setup\0\u{202e}gpj.exe"]);
    vec![
        found(1, 64, Source::VirusTotal, detected()),
        found(2, 32, Source::Cache, clean()),
        not_found(3, Source::VirusTotal),
        found(
            4,
            40,
            Source::Joined,
            json!({"names": ["new.dll"], "size": 912}),
        ),
        failed(5, Error::from(refused)),
        failed(
            6,
            Error::Pending {
                eta: Some(at("18:47:00")),
            },
        ),
        found(7, 64, Source::Cache, nul),
    ]
}

/// A report of such outcomes.
pub(crate) fn report(outcomes: &[Outcome], engines: &[&str]) -> Report {
    let engines: Vec<String> = engines.iter().map(|&engine| engine.to_owned()).collect();
    let rows = outcomes.iter().map(|outcome| Row::new(outcome, &engines));
    let rows = rows.collect();
    Report::new(at("18:30:00"), engines, rows)
}

/// The small report.
pub(crate) fn small(engines: &[&str]) -> Report {
    let mut report = report(&outcomes(), engines);
    report.title = "Hashes from case 2026-117".to_owned();
    report.requests = Some(3);
    report.skipped = Some(2);
    report
}
