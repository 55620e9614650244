//! What a report holds of VirusTotal's answer, as plain serde has it.
#![expect(dead_code, reason = "parsed like the rest, and read by nobody")]

use std::collections::HashMap;

use serde::Deserialize;

/// The fields that a `FileReport` has.
#[derive(Deserialize)]
pub(super) struct Report {
    pub(super) sha256: String,
    md5: String,
    sha1: String,
    last_analysis_stats: HashMap<String, u32>,
    last_analysis_results: HashMap<String, Engine>,
    last_analysis_date: Option<i64>,
    first_submission_date: Option<i64>,
    last_submission_date: Option<i64>,
    meaningful_name: Option<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    type_description: Option<String>,
    type_tag: Option<String>,
    size: Option<u64>,
    popular_threat_classification: Option<Threat>,
    reputation: Option<i64>,
    times_submitted: Option<u64>,
}

#[derive(Deserialize)]
struct Engine {
    engine_name: Option<String>,
    category: String,
    result: Option<String>,
}

#[derive(Deserialize)]
struct Threat {
    suggested_threat_label: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    data: Object,
}

#[derive(Deserialize)]
struct Object {
    attributes: Report,
}

pub(super) fn parse(body: &[u8]) -> serde_json::Result<Report> {
    let answer: Answer = serde_json::from_slice(body)?;
    Ok(answer.data.attributes)
}
