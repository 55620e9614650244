//! How long an answer is good.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::report::{Lookup, Verdict};

/// How long each kind of answer stays good after it was fetched.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use vt_core::cache::Freshness;
///
/// let patient = Freshness { found: Duration::from_secs(7 * 86_400), ..Freshness::default() };
/// assert_eq!(patient.not_found, Freshness::default().not_found);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// A report: 24 hours.
    pub found: Duration,
    /// "Not found": 6 hours.
    pub not_found: Duration,
    /// A report on a file that is still being analysed: 30 minutes.
    pub pending: Duration,
    /// Only what was fetched from this moment on is good, if there is one.
    pub since: Option<DateTime<Utc>>,
}

impl Default for Freshness {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            found: MINUTE * 60 * 24,
            not_found: MINUTE * 60 * 6,
            pending: MINUTE * 30,
            since: None,
        }
    }
}

impl Freshness {
    /// Nothing is good enough: every question is asked, also for the second
    /// digest of a file. To ask once more for each file, see
    /// [`since`](Self::since).
    pub const NONE: Self = Self::all(Duration::ZERO);
    /// Everything is good enough, however old.
    pub const ANY: Self = Self::all(Duration::MAX);

    /// Every kind of answer stays good for as long.
    #[must_use]
    pub const fn all(age: Duration) -> Self {
        Self {
            found: age,
            not_found: age,
            pending: age,
            since: None,
        }
    }

    /// Only what was fetched from this moment on: with the present one, every
    /// file is asked once more.
    #[must_use]
    pub const fn since(moment: DateTime<Utc>) -> Self {
        Self {
            since: Some(moment),
            ..Self::ANY
        }
    }

    /// No kind of answer stays good for longer than this.
    #[must_use]
    pub fn at_most(self, age: Duration) -> Self {
        Self {
            found: self.found.min(age),
            not_found: self.not_found.min(age),
            pending: self.pending.min(age),
            since: self.since,
        }
    }

    /// Whether an entry is still good at `now`.
    ///
    /// An entry from the future is good if a clock that was set back by five
    /// minutes explains it; else it is not, or it would be good for ever.
    #[must_use]
    pub fn is_fresh(&self, entry: &Entry, now: DateTime<Utc>) -> bool {
        const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
        if self.since.is_some_and(|since| entry.fetched_at() < since) {
            return false;
        }
        let life = self.of(entry);
        if life == Duration::MAX {
            return true;
        }
        let age = now - entry.fetched_at();
        if age < -TOLERANCE {
            return false;
        }
        age.to_std().unwrap_or_default() < life
    }

    fn of(&self, entry: &Entry) -> Duration {
        match entry.lookup() {
            Lookup::NotFound => self.not_found,
            Lookup::Found(report) if report.verdict() == Verdict::Pending => self.pending,
            Lookup::Found(_) => self.found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hash::FileHash, report::FileReport};

    fn entry(stats: &str) -> Entry {
        let json = format!(
            r#"{{"attributes": {{"md5": "{}", "sha1": "{}", "sha256": "{}" {stats} }}}}"#,
            "0".repeat(32),
            "0".repeat(40),
            "0".repeat(64)
        );
        let report = FileReport::from_json(json).unwrap();
        Entry::found(report.into(), DateTime::UNIX_EPOCH)
    }

    /// Minutes until the entry is stale.
    fn life(entry: &Entry) -> i64 {
        let fresh = |minutes: &i64| {
            let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(*minutes);
            Freshness::default().is_fresh(entry, now)
        };
        (0..100_000).take_while(fresh).count().try_into().unwrap()
    }

    #[test]
    fn each_kind_of_answer_has_its_own_life() {
        let analysed = entry(r#", "last_analysis_stats": {"undetected": 70}"#);
        assert_eq!(life(&analysed), 24 * 60);
        assert_eq!(life(&entry("")), 30);
        let unknown = Entry::not_found(FileHash::md5([0; 16]), DateTime::UNIX_EPOCH);
        assert_eq!(life(&unknown), 6 * 60);
    }

    #[test]
    fn a_clock_set_back_a_little_is_forgiven_and_no_entry_is_immortal() {
        let entry = Entry::not_found(FileHash::md5([0; 16]), DateTime::UNIX_EPOCH);
        let at = |minutes| DateTime::UNIX_EPOCH - TimeDelta::minutes(minutes);
        assert!(Freshness::default().is_fresh(&entry, at(5)));
        assert!(!Freshness::default().is_fresh(&entry, at(6)));
    }

    #[test]
    fn a_moment_divides_the_old_from_the_new() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let fetched = |seconds| Entry::not_found(FileHash::md5([0; 16]), at(seconds));
        let since = Freshness::since(at(10));
        assert!(!since.is_fresh(&fetched(9), at(20)));
        assert!(since.is_fresh(&fetched(10), at(20)));
    }

    #[test]
    fn none_and_any_mean_what_they_say() {
        let entry = Entry::not_found(FileHash::md5([0; 16]), DateTime::UNIX_EPOCH);
        let later = DateTime::UNIX_EPOCH + TimeDelta::days(100_000);
        assert!(Freshness::ANY.is_fresh(&entry, later));
        assert!(!Freshness::NONE.is_fresh(&entry, DateTime::UNIX_EPOCH));
    }
}
