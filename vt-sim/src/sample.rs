//! Files that the simulator knows by number.

use crate::digest::{Digests, hex};

/// The number of the first sample that is no [`Specimen`].
pub const FIRST_ORDINARY: u64 = 10;

/// One of the simulator's own files: a line of text and its real digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// MD5 as 32 lower-case hexadecimal digits.
    pub md5: String,
    /// SHA-1 as 40 lower-case hexadecimal digits.
    pub sha1: String,
    /// SHA-256 as 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The whole file.
    pub content: String,
}

/// Makes the `n`-th sample: the text `vt-sim sample <n>` and a line feed.
///
/// Every simulator knows the samples below [`Builder::samples`](crate::Builder::samples) by all three digests.
/// Those below [`FIRST_ORDINARY`] are [`Specimen`]s, whose answer is fixed; for the others the shares of the settings
/// decide.
///
/// # Examples
///
/// ```
/// let sample = vt_sim::sample(42);
/// assert_eq!(sample.content, "vt-sim sample 42\n");
/// assert_eq!(sample.md5.len(), 32);
/// ```
pub fn sample(n: u64) -> Sample {
    let content = content(n);
    let digests = Digests::of(content.as_bytes());
    Sample {
        md5: hex(&digests.md5),
        sha1: hex(&digests.sha1),
        sha256: hex(&digests.sha256),
        content,
    }
}

/// The samples whose answer is fixed, whatever the settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Specimen {
    /// Known, and no engine detects it.
    Clean,
    /// Known and detected, by `Fortinet` too.
    Detected,
    /// Unknown: 404.
    Unknown,
    /// Still being analysed: `last_analysis_results` and `last_analysis_stats` are empty.
    Pending,
    /// Still being analysed: there is no `last_analysis_…` attribute at all.
    PendingBare,
    /// Detected, but `Fortinet` is not among the engines.
    EngineAbsent,
    /// Detected, but `Fortinet` ran out of time.
    EngineTimeout,
    /// Clean, with none of the optional attributes.
    Sparse,
    /// Detected, with text that harms careless output: markup, formulas, terminal escapes, line breaks.
    HostileText,
    /// Clean, with a report of more than a megabyte.
    Huge,
}

impl Specimen {
    /// Every specimen, by number.
    pub const ALL: [Self; FIRST_ORDINARY as usize] = [
        Self::Clean,
        Self::Detected,
        Self::Unknown,
        Self::Pending,
        Self::PendingBare,
        Self::EngineAbsent,
        Self::EngineTimeout,
        Self::Sparse,
        Self::HostileText,
        Self::Huge,
    ];

    /// Returns the specimen that is the `n`-th sample.
    pub fn of_number(n: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(n).ok()?).copied()
    }

    /// Returns the number of the sample that this specimen is.
    pub fn number(self) -> u64 {
        self as u64
    }

    /// Returns the sample that this specimen is.
    pub fn sample(self) -> Sample {
        sample(self.number())
    }
}

pub(crate) fn content(n: u64) -> String {
    format!("vt-sim sample {n}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specimen_is_found_again_by_its_number() {
        for specimen in Specimen::ALL {
            assert_eq!(Specimen::of_number(specimen.number()), Some(specimen));
        }
        assert_eq!(Specimen::of_number(FIRST_ORDINARY), None);
    }
}
