//! One line of a report.

use std::fmt;

use chrono::{DateTime, Utc};
use compact_str::{CompactString, ToCompactString};
use vt_core::{
    hash::{FileHash, HashKind},
    job::{Item, ItemResult},
    report::{EngineOutcome, FileReport, Lookup, Verdict},
    scan::{self, Answer, Outcome, Source},
};

/// What a report says of one hash: the columns, and nothing else of
/// VirusTotal's answer, which is some hundred times larger.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The hash that was asked for.
    pub hash: FileHash,
    /// The file's SHA-256: from the answer, or because it was asked for.
    pub sha256: Option<FileHash>,
    /// What it comes to.
    pub status: Status,
    /// Engines that call the file malicious.
    pub detections: Option<u32>,
    /// Engines that gave an opinion: [`TOTAL_COUNTS`](crate::TOTAL_COUNTS).
    pub total: Option<u32>,
    /// What each chosen engine says, in the order chosen.
    pub opinions: Vec<Opinion>,
    /// The name most engines agree on.
    pub threat_label: Option<CompactString>,
    /// The file's name, chosen by whoever sent it to VirusTotal.
    pub name: Option<CompactString>,
    /// The file type in words, or else as VirusTotal's tag.
    pub file_type: Option<CompactString>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// When the file was last analysed.
    pub scan_date: Option<DateTime<Utc>>,
    /// When VirusTotal gave the answer; nothing where there is none.
    pub fetched_at: Option<DateTime<Utc>>,
    /// Where the answer is from.
    pub source: Option<RowSource>,
    /// Why there is no answer.
    pub error: Option<String>,
}

impl Row {
    /// Takes from an outcome what a report shows of it.
    ///
    /// An engine that is chosen twice, in whatever case, is shown once.
    #[must_use]
    pub fn new(outcome: &Outcome, engines: &[String]) -> Self {
        match &outcome.result {
            Ok(answer) => Self::answered(outcome.hash, answer, engines),
            Err(error) => {
                let status = match error {
                    scan::Error::Pending { .. } => Status::Pending,
                    _ => Status::Error,
                };
                Self::unanswered(outcome.hash, status, error.to_string(), engines)
            }
        }
    }

    /// Takes from an answer what a report shows of it.
    #[must_use]
    pub fn answered(hash: FileHash, answer: &Answer, engines: &[String]) -> Self {
        let mut row = Self::bare(hash);
        row.fill(answer, engines);
        if row.opinions.is_empty() {
            row.opinions = opinions(engines, |_| None);
        }
        row
    }

    /// Takes from an item of a job what a report shows of it.
    #[must_use]
    pub fn of_item(item: &Item, engines: &[String]) -> Self {
        match &item.result {
            Some(ItemResult::Answered(answer)) => Self::answered(item.hash, answer, engines),
            Some(ItemResult::Failed(reason)) => {
                Self::unanswered(item.hash, Status::Error, &**reason, engines)
            }
            None => Self::unanswered(item.hash, Status::Pending, "not asked yet", engines),
        }
    }

    /// A hash without an answer: [`Status::Error`], or [`Status::Pending`] if it
    /// has yet to be asked, and why.
    #[must_use]
    pub fn unanswered(
        hash: FileHash,
        status: Status,
        reason: impl Into<String>,
        engines: &[String],
    ) -> Self {
        Self {
            status,
            error: Some(reason.into()),
            opinions: opinions(engines, |_| None),
            ..Self::bare(hash)
        }
    }

    /// The file's page on VirusTotal, where VirusTotal has the file. It is
    /// built from hex digits alone.
    #[must_use]
    pub fn link(&self) -> Option<String> {
        let known = self.is_answered() && self.status != Status::NotFound;
        let sha256 = self.sha256.filter(|_| known)?;
        Some(link(&sha256))
    }

    /// Whether VirusTotal has answered, be it that it does not know the file.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.fetched_at.is_some()
    }

    /// Why the other columns are empty, where they are.
    pub(crate) fn note(&self) -> Option<&str> {
        match (&self.error, self.status) {
            (Some(error), _) => Some(error),
            (None, Status::NotFound) => Some("VirusTotal has no such file"),
            (None, Status::Pending) => Some("VirusTotal has no analysis of it yet"),
            _ => None,
        }
    }

    /// What an engine says, by the name it was chosen with, whatever the case.
    #[must_use]
    pub fn opinion(&self, engine: &str) -> Option<&Opinion> {
        self.opinions
            .iter()
            .find(|opinion| opinion.engine.eq_ignore_ascii_case(engine))
    }

    fn bare(hash: FileHash) -> Self {
        Self {
            hash,
            sha256: Some(hash).filter(|hash| hash.kind() == HashKind::Sha256),
            status: Status::NotFound,
            detections: None,
            total: None,
            opinions: Vec::new(),
            threat_label: None,
            name: None,
            file_type: None,
            size: None,
            scan_date: None,
            fetched_at: None,
            source: None,
            error: None,
        }
    }

    fn fill(&mut self, answer: &Answer, engines: &[String]) {
        self.fetched_at = Some(answer.fetched_at);
        self.source = Some(match answer.source {
            Source::Cache => RowSource::Cache,
            _ => RowSource::VirusTotal,
        });
        let Lookup::Found(report) = &answer.lookup else {
            return;
        };
        self.sha256 = Some(report.sha256);
        self.threat_label.clone_from(&report.threat_label);
        self.name = report.name().map(CompactString::new);
        let file_type = report.type_description.as_ref();
        self.file_type = file_type.or(report.type_tag.as_ref()).cloned();
        self.size = report.size;
        self.scan_date = report.scan_date;
        self.status = Status::of(&answer.lookup);
        if self.status != Status::Pending {
            self.fill_analysis(report, engines);
        }
    }

    fn fill_analysis(&mut self, report: &FileReport, engines: &[String]) {
        self.detections = Some(report.stats.malicious);
        self.total = Some(report.stats.total());
        self.opinions = opinions(engines, |engine| Some(report.engine(engine)));
    }
}

/// A file's page on VirusTotal, by its SHA-256.
#[must_use]
pub fn link(sha256: &FileHash) -> String {
    format!("https://www.virustotal.com/gui/file/{sha256}")
}

/// What one engine says of a file, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opinion {
    /// The engine's name as it was chosen.
    pub engine: CompactString,
    /// The column `detection_name`: the name the engine gives the malware,
    /// `undetected`, `not scanned (…)` or `no such engine`; nothing where
    /// there is no analysis.
    pub text: Option<CompactString>,
    /// Whether the engine detects the file, so that `text` is its name for it.
    pub is_detection: bool,
}

impl Opinion {
    /// What an engine said, by the name it was chosen with.
    #[must_use]
    pub fn new(
        engine: impl Into<CompactString>,
        text: Option<CompactString>,
        is_detection: bool,
    ) -> Self {
        Self {
            engine: engine.into(),
            text,
            is_detection,
        }
    }
}

fn opinions<'a>(
    engines: &[String],
    outcome: impl Fn(&str) -> Option<EngineOutcome<'a>>,
) -> Vec<Opinion> {
    distinct(engines)
        .map(|engine| {
            let outcome = outcome(engine);
            Opinion {
                engine: engine.into(),
                text: outcome.map(|outcome| outcome.to_compact_string()),
                is_detection: matches!(outcome, Some(EngineOutcome::Detected(_))),
            }
        })
        .collect()
}

/// Each engine once. A report keyed by engine has no room for the second.
pub(crate) fn distinct(engines: &[String]) -> impl Iterator<Item = &str> {
    engines.iter().enumerate().filter_map(|(at, engine)| {
        let seen = engines[..at]
            .iter()
            .any(|other| other.eq_ignore_ascii_case(engine));
        (!seen).then_some(engine.as_str())
    })
}

/// The column `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// At least one engine calls the file malicious.
    Detected,
    /// No engine calls the file malicious.
    Clean,
    /// VirusTotal does not have the file.
    NotFound,
    /// VirusTotal has the file and no analysis yet, or it has not been asked
    /// yet: then [`Row::error`] says so.
    Pending,
    /// There is no answer; [`Row::error`] says why.
    Error,
}

impl Status {
    /// Every status, in the order of a summary.
    pub const ALL: [Self; 5] = [
        Self::Detected,
        Self::Clean,
        Self::NotFound,
        Self::Pending,
        Self::Error,
    ];

    /// What an answer comes to.
    #[must_use]
    pub fn of(lookup: &Lookup) -> Self {
        match lookup.report().map(FileReport::verdict) {
            None => Self::NotFound,
            Some(Verdict::Detected) => Self::Detected,
            Some(Verdict::Clean) => Self::Clean,
            // A verdict that is neither must not read as an all-clear.
            Some(_) => Self::Pending,
        }
    }

    /// The word in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Clean => "clean",
            Self::NotFound => "not_found",
            Self::Pending => "pending",
            Self::Error => "error",
        }
    }

    /// The word as a person would write it.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The column `source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowSource {
    /// The answer was in the cache.
    Cache,
    /// VirusTotal gave the answer, for this question or for one like it.
    VirusTotal,
}

impl RowSource {
    /// The word in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::VirusTotal => "virustotal",
        }
    }
}

impl fmt::Display for RowSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
