//! A report as VirusTotal would send it.

use bytes::Bytes;
use compact_str::CompactString;
use serde::{Serialize, Serializer};

use super::LONGEST_TEXT;
use crate::{
    hash::FileHash,
    report::{EngineResult, Engines, FileReport, Stats},
};

/// Writes an answer that [`parse`](super::parse) reads as this report.
pub(in crate::report) fn write(report: &FileReport) -> Bytes {
    let answer = Answer {
        data: Object {
            id: &report.sha256,
            kind: "file",
            attributes: Attributes::of(report),
        },
    };
    // Memory does not refuse what is written, and all keys are texts.
    let json = serde_json::to_vec(&answer).expect("texts, numbers, lists and objects of them");
    json.into()
}

#[derive(Serialize)]
struct Answer<'a> {
    data: Object<'a>,
}

#[derive(Serialize)]
struct Object<'a> {
    id: &'a FileHash,
    #[serde(rename = "type")]
    kind: &'static str,
    attributes: Attributes<'a>,
}

#[derive(Serialize)]
struct Attributes<'a> {
    md5: &'a FileHash,
    sha1: &'a FileHash,
    sha256: &'a FileHash,
    last_analysis_stats: Counts,
    last_analysis_results: EngineMap<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_analysis_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_submission_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_submission_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaningful_name: Option<&'a str>,
    names: &'a [CompactString],
    tags: &'a [CompactString],
    #[serde(skip_serializing_if = "Option::is_none")]
    type_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    popular_threat_classification: Option<Threat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reputation: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times_submitted: Option<u64>,
}

impl<'a> Attributes<'a> {
    fn of(report: &'a FileReport) -> Self {
        let seconds = |date: chrono::DateTime<chrono::Utc>| date.timestamp();
        let label = report.threat_label.as_deref();
        Self {
            md5: &report.md5,
            sha1: &report.sha1,
            sha256: &report.sha256,
            last_analysis_stats: Counts::of(&report.stats),
            last_analysis_results: EngineMap(&report.engines),
            last_analysis_date: report.scan_date.map(seconds),
            first_submission_date: report.first_submission.map(seconds),
            last_submission_date: report.last_submission.map(seconds),
            meaningful_name: report.meaningful_name.as_deref(),
            names: &report.names,
            tags: &report.tags,
            type_description: report.type_description.as_deref(),
            type_tag: report.type_tag.as_deref(),
            size: report.size,
            popular_threat_classification: label.map(|suggested_threat_label| Threat {
                suggested_threat_label,
            }),
            reputation: report.reputation,
            times_submitted: report.times_submitted,
        }
    }
}

#[derive(Serialize)]
struct Threat<'a> {
    suggested_threat_label: &'a str,
}

/// All eight, zeros too: where none is there they are counted anew.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Counts {
    malicious: u32,
    suspicious: u32,
    undetected: u32,
    harmless: u32,
    timeout: u32,
    confirmed_timeout: u32,
    failure: u32,
    type_unsupported: u32,
}

impl Counts {
    const fn of(stats: &Stats) -> Self {
        Self {
            malicious: stats.malicious,
            suspicious: stats.suspicious,
            undetected: stats.undetected,
            harmless: stats.harmless,
            timeout: stats.timeout,
            confirmed_timeout: stats.confirmed_timeout,
            failure: stats.failure,
            type_unsupported: stats.type_unsupported,
        }
    }
}

/// Engines in their order, and one that stands twice twice.
struct EngineMap<'a>(&'a Engines);

impl Serialize for EngineMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let engines = self.0.iter();
        serializer.collect_map(engines.map(|engine| (engine.key, Engine::of(engine))))
    }
}

#[derive(Serialize)]
struct Engine<'a> {
    category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine_name: Option<&'a str>,
    // As VirusTotal does: programs read it of every engine.
    result: Option<&'a str>,
}

impl<'a> Engine<'a> {
    fn of(engine: EngineResult<'a>) -> Self {
        // A name that is cut when it is read would not be the key any more.
        let key = Some(engine.key).filter(|key| key.len() <= LONGEST_TEXT);
        Self {
            category: engine.category.as_str(),
            engine_name: engine.name.or(key),
            result: engine.result,
        }
    }
}
