//! How many rows of each kind a report has.

use std::fmt;

use crate::row::{Row, RowSource, Status};

/// A report in numbers; as text, one or two sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// All rows.
    pub hashes: usize,
    /// Rows with the status `detected`.
    pub detected: usize,
    /// Rows with the status `clean`.
    pub clean: usize,
    /// Rows with the status `not_found`.
    pub not_found: usize,
    /// Rows with the status `pending`.
    pub pending: usize,
    /// Rows with the status `error`.
    pub errors: usize,
    /// Rows that have an answer.
    pub answered: usize,
    /// Rows whose answer was in the cache.
    pub from_cache: usize,
    /// Pieces of the input that were not taken for a hash, if known.
    pub skipped: Option<u64>,
    /// Requests sent to VirusTotal, if known.
    pub requests: Option<u64>,
}

impl Summary {
    /// Counts rows.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let mut summary = Self::default();
        for row in rows {
            summary.add(row);
        }
        summary
    }

    /// Counts one more row.
    pub fn add(&mut self, row: &Row) {
        self.hashes += 1;
        *match row.status {
            Status::Detected => &mut self.detected,
            Status::Clean => &mut self.clean,
            Status::NotFound => &mut self.not_found,
            Status::Pending => &mut self.pending,
            Status::Error => &mut self.errors,
        } += 1;
        self.answered += usize::from(row.is_answered());
        self.from_cache += usize::from(row.source == Some(RowSource::Cache));
    }

    /// How many rows have a status.
    #[must_use]
    pub const fn count(&self, status: Status) -> usize {
        match status {
            Status::Detected => self.detected,
            Status::Clean => self.clean,
            Status::NotFound => self.not_found,
            Status::Pending => self.pending,
            Status::Error => self.errors,
        }
    }

    /// Whether every hash has an answer.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.answered == self.hashes
    }

    /// How many hashes have no answer.
    #[must_use]
    pub const fn unanswered(&self) -> usize {
        self.hashes - self.answered
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", counted(self.hashes as u64, "hash", "hashes"))?;
        for (at, status) in Status::ALL.into_iter().enumerate() {
            let separator = if at == 0 { ":" } else { "," };
            write!(
                f,
                "{separator} {} {}",
                self.count(status),
                status.in_words()
            )?;
        }
        write!(f, "; {} from the cache", self.from_cache)?;
        if let Some(requests) = self.requests {
            write!(f, ", {} sent", counted(requests, "request", "requests"))?;
        }
        if let Some(skipped) = self.skipped.filter(|skipped| *skipped > 0) {
            let pieces = counted(skipped, "piece", "pieces");
            write!(f, "; {pieces} of the input not taken for a hash")?;
        }
        f.write_str(".")
    }
}

/// A number with its noun.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A share of a hundred as a person would write it: none that is there is
/// rounded to nothing.
pub(crate) fn percent(count: usize, percent: f64) -> String {
    match (count, percent.round()) {
        (1.., 0.0) => "under 1 %".to_owned(),
        (_, rounded) => format!("{rounded} %"),
    }
}
