//! What VirusTotal says of one file.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::hash::FileHash;

mod allowance;
mod engine;
mod engines;
mod wire;

/// A text that lies in its 24 bytes if it fits, as most do.
pub use compact_str::CompactString;

pub use allowance::{Allowance, Allowances};
pub use engine::{Category, EngineOutcome, EngineResult, Stats};
pub use engines::{EngineIter, Engines};

pub(crate) use wire::error_code;

/// VirusTotal's report on one file.
///
/// Only the three digests are certain. VirusTotal adds, drops and retypes
/// attributes freely, so everything else is optional, and what cannot be read
/// is treated as missing.
///
/// # Examples
///
/// ```
/// use vt_core::report::{EngineOutcome, FileReport, Verdict};
///
/// let report = FileReport::from_json(r#"{"data": {"attributes": {
///     "md5": "44d88612fea8a8f36de82e1278abb02f",
///     "sha1": "3395856ce81f2b7382dee72602f798b642f14140",
///     "sha256": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
///     "last_analysis_results": {
///         "Fortinet": {"category": "malicious", "result": "EICAR_TEST_FILE"}
///     }
/// }}}"#)?;
/// assert_eq!(report.verdict(), Verdict::Detected);
/// assert_eq!(report.engine("fortinet"), EngineOutcome::Detected("EICAR_TEST_FILE"));
/// # Ok::<(), vt_core::report::ReportError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct FileReport {
    /// The file's MD5 digest.
    pub md5: FileHash,
    /// The file's SHA-1 digest.
    pub sha1: FileHash,
    /// The file's SHA-256 digest.
    pub sha256: FileHash,
    /// How many engines said what in the last analysis.
    pub stats: Stats,
    /// What each engine said in the last analysis, in VirusTotal's order.
    pub engines: Engines,
    /// When the file was last analysed.
    pub scan_date: Option<DateTime<Utc>>,
    /// When the file was first sent to VirusTotal.
    pub first_submission: Option<DateTime<Utc>>,
    /// When the file was last sent to VirusTotal.
    pub last_submission: Option<DateTime<Utc>>,
    /// The name VirusTotal holds for the most telling one.
    pub meaningful_name: Option<CompactString>,
    /// Every name the file was seen under. Chosen by whoever sent it.
    pub names: Vec<CompactString>,
    /// VirusTotal's tags.
    pub tags: Vec<CompactString>,
    /// The file type in words, such as `Win32 EXE`.
    pub type_description: Option<CompactString>,
    /// The file type as a tag, such as `peexe`.
    pub type_tag: Option<CompactString>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// The name most engines agree on, such as `trojan.zbot/msil`.
    pub threat_label: Option<CompactString>,
    /// The community's score; negative is bad.
    pub reputation: Option<i64>,
    /// How often the file was sent to VirusTotal.
    pub times_submitted: Option<u64>,
    raw: Option<Bytes>,
}

impl FileReport {
    /// Reads VirusTotal's answer, with or without its `data` envelope.
    ///
    /// # Errors
    ///
    /// When the text is no JSON object, carries an `error` instead of a
    /// report, or lacks one of the three digests. Nothing else is an error.
    pub fn from_json(body: impl Into<Bytes>) -> Result<Self, ReportError> {
        wire::parse(body.into())
    }

    /// Writes the report as VirusTotal's answer, for whoever reads those.
    ///
    /// It has what the report names, and no more: VirusTotal's own words are
    /// [`raw`](Self::raw). An attribute that the report lacks is left out and never
    /// `null`, on which VirusTotal's Python client fails. What was read by
    /// [`from_json`](Self::from_json) is read from this as the same report,
    /// but for `raw`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use vt_core::{hash::FileHash, report::FileReport};
    /// # let [md5, sha1] = [FileHash::md5([1; 16]), FileHash::sha1([2; 20])];
    /// let mut report = FileReport::new(md5, sha1, FileHash::sha256([3; 32]));
    /// report.type_tag = Some("peexe".into());
    /// let again = FileReport::from_json(report.to_json())?;
    /// assert_eq!(again.without_raw(), report);
    /// # Ok::<(), vt_core::report::ReportError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        wire::write(self)
    }

    /// A report that says nothing but whose it is, to be filled in from where
    /// it was kept.
    #[must_use]
    pub fn new(md5: FileHash, sha1: FileHash, sha256: FileHash) -> Self {
        Self {
            md5,
            sha1,
            sha256,
            stats: Stats::default(),
            engines: Engines::new(),
            scan_date: None,
            first_submission: None,
            last_submission: None,
            meaningful_name: None,
            names: Vec::new(),
            tags: Vec::new(),
            type_description: None,
            type_tag: None,
            size: None,
            threat_label: None,
            reputation: None,
            times_submitted: None,
            raw: None,
        }
    }

    /// VirusTotal's answer, byte for byte. A cache that was asked for summaries
    /// leaves it out.
    #[must_use]
    pub const fn raw(&self) -> Option<&Bytes> {
        self.raw.as_ref()
    }

    /// The same report without VirusTotal's body.
    #[must_use]
    pub fn without_raw(&self) -> Self {
        Self {
            raw: None,
            ..self.clone()
        }
    }

    /// All digests of the file: MD5, SHA-1, SHA-256.
    #[must_use]
    pub const fn hashes(&self) -> [FileHash; 3] {
        [self.md5, self.sha1, self.sha256]
    }

    /// Whether `hash` is a digest of this file.
    #[must_use]
    pub fn is_of(&self, hash: &FileHash) -> bool {
        self.hashes().contains(hash)
    }

    /// The verdict: one engine that calls the file malicious is a detection.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.stats.malicious > 0 {
            Verdict::Detected
        } else if self.engines.is_empty() && self.stats == Stats::default() {
            Verdict::Pending
        } else {
            Verdict::Clean
        }
    }

    /// What one engine said. Engines are found by VirusTotal's key for them,
    /// then by the engine's own name, whatever the case.
    #[must_use]
    pub fn engine(&self, name: &str) -> EngineOutcome<'_> {
        let engine = self.engines.get(name);
        engine.map_or(EngineOutcome::Absent, |engine| engine.outcome())
    }

    /// The name to show: VirusTotal's choice, else the first one known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.meaningful_name
            .as_deref()
            .or_else(|| self.names.first().map(CompactString::as_str))
    }
}

impl fmt::Debug for FileReport {
    // The raw body is tens of kilobytes: it would drown every log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileReport")
            .field("sha256", &self.sha256)
            .field("stats", &self.stats)
            .field("scan_date", &self.scan_date)
            .finish_non_exhaustive()
    }
}

/// VirusTotal's answer to a question about one hash. Both are answers:
/// failures are errors.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// VirusTotal has the file.
    Found(Arc<FileReport>),
    /// VirusTotal does not have a file with this digest.
    NotFound,
}

impl Lookup {
    /// The report, if VirusTotal has the file.
    #[must_use]
    pub fn report(&self) -> Option<&FileReport> {
        match self {
            Self::Found(report) => Some(report),
            Self::NotFound => None,
        }
    }
}

/// What a report comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// At least one engine calls the file malicious.
    Detected,
    /// No engine calls the file malicious.
    Clean,
    /// VirusTotal has the file and no analysis of it yet.
    Pending,
}

/// Why a text is no [`FileReport`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The text is no JSON object.
    #[error("the answer is not a JSON object: {reason}")]
    NotJson {
        /// What the parser says, without the text itself.
        reason: String,
    },
    /// The object has no report in it.
    #[error("the answer carries no file report")]
    NoReport,
    /// A digest is missing or malformed, so the report cannot be trusted.
    #[error("the report has no valid {digest}")]
    NoDigest {
        /// The attribute: `md5`, `sha1` or `sha256`.
        digest: &'static str,
    },
}

#[cfg(test)]
mod tests;
