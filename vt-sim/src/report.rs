//! Made-up reports in the shape of `GET /api/v3/files/{id}`.

mod dates;
mod engines;
mod file_kind;
mod portable;
mod verdicts;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json, ser::PrettyFormatter};

use self::{
    dates::Dates,
    file_kind::{FAMILIES, FileKind},
    verdicts::{Stats, Verdicts},
};
use crate::{
    digest::{Digests, hex},
    profile::{Manner, Pending, Profile},
};

pub(crate) use dates::FRESH_FOR;

/// How many engines a report can list at most.
pub(crate) const MOST_ENGINES: usize = engines::ENGINES.len();

/// What a made-up report is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) digests: Digests,
    pub(crate) profile: Profile,
    /// The seed of the file's own random numbers.
    pub(crate) identity: u64,
    pub(crate) engines: usize,
    /// When the analysis of a file that was only just sent in began or ended; `None` for an older file.
    pub(crate) fresh: Option<DateTime<Utc>>,
    pub(crate) simulator_start: DateTime<Utc>,
}

#[derive(Serialize)]
struct Envelope {
    data: Object,
}

#[derive(Serialize)]
struct Object {
    id: String,
    r#type: &'static str,
    links: Value,
    attributes: Attributes,
}

/// The attributes; those that real reports sometimes lack are options.
#[derive(Serialize)]
struct Attributes {
    md5: String,
    sha1: String,
    sha256: String,
    #[serde(flatten)]
    analysis: Analysis,
    first_submission_date: i64,
    last_submission_date: i64,
    last_modification_date: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<i64>,
    size: u64,
    times_submitted: u32,
    unique_sources: u32,
    reputation: i32,
    total_votes: Value,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaningful_name: Option<String>,
    tags: Vec<&'static str>,
    type_description: String,
    type_tag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_tags: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_extension: Option<&'static str>,
    magic: &'static str,
    ssdeep: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vhash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tlsh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trid: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    popular_threat_classification: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pe_info: Option<Value>,
}

/// The outcome of the last analysis, in the three ways it can be there.
#[derive(Serialize)]
#[serde(untagged)]
enum Analysis {
    Done {
        last_analysis_date: i64,
        last_analysis_stats: Stats,
        last_analysis_results: Verdicts,
    },
    Empty {
        last_analysis_stats: Value,
        last_analysis_results: Value,
    },
    Bare {},
}

impl Draft {
    /// Writes the report, the same bytes for the same draft.
    pub(crate) fn write(&self) -> Bytes {
        let sha256 = hex(&self.digests.sha256);
        let link = format!("https://www.virustotal.com/api/v3/files/{sha256}");
        pretty(&Envelope {
            data: Object {
                id: sha256,
                r#type: "file",
                links: json!({ "self": link }),
                attributes: self.attributes(),
            },
        })
    }

    fn attributes(&self) -> Attributes {
        let random = &mut fastrand::Rng::with_seed(self.identity.rotate_left(32));
        let kind = FileKind::draw(random);
        let family = FAMILIES[random.usize(..FAMILIES.len())];
        let dates = Dates::draw(self, random);
        let analysis = self.analysis(family, &dates, random);
        let malicious = match &analysis {
            Analysis::Done {
                last_analysis_stats,
                ..
            } => last_analysis_stats.malicious,
            Analysis::Empty { .. } | Analysis::Bare {} => 0,
        };
        let names = self.names(kind, random);
        let sources = random.u32(1..=60);
        // The shares are those measured on recorded reports.
        let mut optional =
            |in_33: u8| self.profile.manner != Manner::Sparse && random.u8(0..33) < in_33;
        Attributes {
            md5: hex(&self.digests.md5),
            sha1: hex(&self.digests.sha1),
            sha256: hex(&self.digests.sha256),
            analysis,
            first_submission_date: dates.first_submission,
            last_submission_date: dates.last_submission,
            last_modification_date: dates.last_modification,
            creation_date: optional(14).then_some(dates.creation),
            size: 512 + self.identity % 4_000_000,
            times_submitted: sources + sources / 3,
            unique_sources: sources,
            reputation: -i32::try_from(malicious).unwrap_or_default(),
            total_votes: json!({ "harmless": sources % 3, "malicious": malicious / 20 }),
            meaningful_name: names.first().filter(|_| optional(31)).cloned(),
            names,
            tags: kind.type_tags.iter().rev().take(2).copied().collect(),
            type_description: self.type_description(kind),
            type_tag: kind.tag,
            type_tags: optional(32).then_some(kind.type_tags),
            type_extension: optional(27).then_some(kind.extension),
            magic: kind.magic,
            ssdeep: format!(
                "{}:{}:{}",
                96 << (sources % 8),
                &hex(&self.digests.md5)[..24],
                &hex(&self.digests.sha1)[..24]
            ),
            vhash: optional(31).then(|| hex(&self.digests.md5[..12])),
            tlsh: optional(29).then(|| {
                format!(
                    "T1{}",
                    hex(&[&self.digests.sha256[..], &[0; 3]].concat()).to_uppercase()
                )
            }),
            trid: optional(31).then(|| trid(kind)),
            popular_threat_classification: (malicious > 0).then(|| self.threat(family, malicious)),
            pe_info: (kind.portable_executable && optional(31))
                .then(|| portable::pe_info(self, dates.creation)),
        }
    }

    fn analysis(&self, family: &str, dates: &Dates, random: &mut fastrand::Rng) -> Analysis {
        match self.profile.pending {
            Some(Pending::Empty) => Analysis::Empty {
                last_analysis_stats: json!({}),
                last_analysis_results: json!({}),
            },
            Some(Pending::Bare) => Analysis::Bare {},
            None => {
                let results =
                    Verdicts::draw(self.profile, family, self.engines, dates.analysis, random);
                Analysis::Done {
                    last_analysis_date: dates.analysis.timestamp(),
                    last_analysis_stats: results.stats(),
                    last_analysis_results: results,
                }
            }
        }
    }

    fn names(&self, kind: &FileKind, random: &mut fastrand::Rng) -> Vec<String> {
        match self.profile.manner {
            Manner::Ordinary => kind.names[..random.usize(1..=kind.names.len())]
                .iter()
                .map(|name| format!("{name}.{}", kind.extension))
                .collect(),
            Manner::Sparse => Vec::new(),
            Manner::Hostile => HOSTILE_NAMES.map(str::to_owned).into(),
            Manner::Huge => (0..20_000)
                .map(|n| format!("C:\\Users\\user\\Downloads\\copy ({n}).{}", kind.extension))
                .collect(),
        }
    }

    fn type_description(&self, kind: &FileKind) -> String {
        if self.profile.manner == Manner::Hostile {
            "<script>alert(\"type\")</script>".to_owned()
        } else {
            kind.description.to_owned()
        }
    }

    fn threat(&self, family: &str, malicious: u64) -> Value {
        let family = family.to_lowercase();
        let label = if self.profile.manner == Manner::Hostile {
            "+trojan.<img src=x onerror=alert(1)>\u{1b}[2J".to_owned()
        } else {
            format!("trojan.{family}")
        };
        json!({
            "suggested_threat_label": label,
            "popular_threat_category": [{ "count": malicious.div_ceil(2), "value": "trojan" }],
            "popular_threat_name": [{ "count": malicious.div_ceil(3), "value": family }],
        })
    }
}

/// File names that harm whoever prints them carelessly.
const HOSTILE_NAMES: [&str; 8] = [
    "<script>alert(document.domain)</script>.exe",
    "=HYPERLINK(\"http://127.0.0.1/\",\"open\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u{1b}[2J\u{1b}[31mred\u{7}.exe",
    "two\r\nlines,\"quoted\";tab\there.exe",
    "invoice\u{202e}fdp.exe",
    "../../../../etc/passwd",
    "{{7*7}}${7*7}<%= 7*7 %>.docx",
];

fn trid(kind: &FileKind) -> Value {
    kind.trid
        .iter()
        .map(|(file_type, probability)| json!({ "file_type": file_type, "probability": probability }))
        .collect()
}

/// Writes JSON as VirusTotal does: over several lines, indented by four spaces.
pub(crate) fn pretty(value: &impl Serialize) -> Bytes {
    let mut out = Vec::with_capacity(32 * 1024);
    let formatter = PrettyFormatter::with_indent(b"    ");
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out, formatter,
    ));
    // No map here has keys other than strings, and a Vec takes every byte.
    debug_assert!(written.is_ok(), "{written:?}");
    Bytes::from(out)
}
