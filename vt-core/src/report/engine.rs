//! What the single engines said.

use std::fmt;

use super::Engines;

/// How many engines said what: VirusTotal's eight categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stats {
    /// Engines that call the file malicious: the report's `detections`.
    pub malicious: u32,
    /// Engines that call it suspicious.
    pub suspicious: u32,
    /// Engines that found nothing.
    pub undetected: u32,
    /// Engines that call it harmless.
    pub harmless: u32,
    /// Engines that ran out of time.
    pub timeout: u32,
    /// Engines that ran out of time again.
    pub confirmed_timeout: u32,
    /// Engines that failed.
    pub failure: u32,
    /// Engines that do not read this type of file.
    pub type_unsupported: u32,
}

impl Stats {
    /// Engines that gave an opinion: malicious, suspicious, undetected and
    /// harmless. Engines that timed out, failed or do not read the type of
    /// file are not counted.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.malicious
            .saturating_add(self.suspicious)
            .saturating_add(self.undetected)
            .saturating_add(self.harmless)
    }

    /// Counts the categories of single results.
    #[must_use]
    pub fn count(engines: &Engines) -> Self {
        let mut stats = Self::default();
        for engine in engines {
            if let Some(count) = stats.of_mut(engine.category) {
                *count = count.saturating_add(1);
            }
        }
        stats
    }

    pub(super) const fn of_mut(&mut self, category: Category<'_>) -> Option<&mut u32> {
        match category {
            Category::Malicious => Some(&mut self.malicious),
            Category::Suspicious => Some(&mut self.suspicious),
            Category::Undetected => Some(&mut self.undetected),
            Category::Harmless => Some(&mut self.harmless),
            Category::Timeout => Some(&mut self.timeout),
            Category::ConfirmedTimeout => Some(&mut self.confirmed_timeout),
            Category::Failure => Some(&mut self.failure),
            Category::TypeUnsupported => Some(&mut self.type_unsupported),
            Category::Other(_) => None,
        }
    }
}

/// What one engine said of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineResult<'a> {
    /// VirusTotal's key for the engine, as VirusTotal writes it.
    pub key: &'a str,
    /// The engine's own name where it differs from the key.
    pub name: Option<&'a str>,
    /// What kind of answer it gave.
    pub category: Category<'a>,
    /// The name it gives the malware.
    pub result: Option<&'a str>,
}

impl<'a> EngineResult<'a> {
    /// An answer without a name for the malware.
    #[must_use]
    pub const fn new(key: &'a str, category: Category<'a>) -> Self {
        Self {
            key,
            name: None,
            category,
            result: None,
        }
    }

    /// The answer in the four ways a report shows it.
    #[must_use]
    pub fn outcome(&self) -> EngineOutcome<'a> {
        match self.category {
            Category::Malicious | Category::Suspicious => {
                EngineOutcome::Detected(self.result.unwrap_or(self.category.as_str()))
            }
            Category::Undetected | Category::Harmless => EngineOutcome::Undetected,
            other => EngineOutcome::NotScanned(other.as_str()),
        }
    }
}

/// An engine's answer as a report shows it; its text is the report's
/// `detection_name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineOutcome<'a> {
    /// It detects the file under this name, or under its category if it gave
    /// no name.
    Detected(&'a str),
    /// It scanned the file and found nothing.
    Undetected,
    /// It did not scan the file: the category says why.
    NotScanned(&'a str),
    /// The report has no such engine.
    Absent,
}

impl fmt::Display for EngineOutcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Detected(name) => f.write_str(name),
            Self::Undetected => f.write_str("undetected"),
            Self::NotScanned(category) => write!(f, "not scanned ({category})"),
            Self::Absent => f.write_str("no such engine"),
        }
    }
}

/// VirusTotal's word for an engine's answer.
///
/// The eight words are VirusTotal's
/// [analysis categories](https://docs.virustotal.com/reference/analyses-object).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category<'a> {
    /// `malicious`
    Malicious,
    /// `suspicious`
    Suspicious,
    /// `undetected`
    Undetected,
    /// `harmless`
    Harmless,
    /// `timeout`
    Timeout,
    /// `confirmed-timeout`
    ConfirmedTimeout,
    /// `failure`
    Failure,
    /// `type-unsupported`
    TypeUnsupported,
    /// A word that VirusTotal did not use when this was written.
    Other(&'a str),
}

impl<'a> Category<'a> {
    /// The eight known categories. Files hold the places in this list.
    pub const KNOWN: [Category<'static>; 8] = [
        Category::Malicious,
        Category::Suspicious,
        Category::Undetected,
        Category::Harmless,
        Category::Timeout,
        Category::ConfirmedTimeout,
        Category::Failure,
        Category::TypeUnsupported,
    ];

    /// VirusTotal's word.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Malicious => "malicious",
            Self::Suspicious => "suspicious",
            Self::Undetected => "undetected",
            Self::Harmless => "harmless",
            Self::Timeout => "timeout",
            Self::ConfirmedTimeout => "confirmed-timeout",
            Self::Failure => "failure",
            Self::TypeUnsupported => "type-unsupported",
            Self::Other(word) => word,
        }
    }
}

impl<'a> From<&'a str> for Category<'a> {
    fn from(word: &'a str) -> Self {
        match word {
            "malicious" => Self::Malicious,
            "suspicious" => Self::Suspicious,
            "undetected" => Self::Undetected,
            "harmless" => Self::Harmless,
            "timeout" => Self::Timeout,
            "confirmed-timeout" => Self::ConfirmedTimeout,
            "failure" => Self::Failure,
            "type-unsupported" => Self::TypeUnsupported,
            other => Self::Other(other),
        }
    }
}
