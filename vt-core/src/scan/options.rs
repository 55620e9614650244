//! What a caller may ask of a scan and of its scanner.

use std::sync::Arc;

use crate::{
    cache::{Detail, Freshness},
    time::BootTime,
};

/// How one scan is to be treated.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use vt_core::{cache::Freshness, scan::ScanOptions};
///
/// let hour = Duration::from_secs(3_600);
/// let options = ScanOptions::new()
///     .submitter("alice")
///     .freshness(Freshness::default().at_most(hour));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ScanOptions {
    pub(super) submitter: Option<Arc<str>>,
    pub(super) freshness: Option<Freshness>,
    pub(super) detail: Option<Detail>,
    pub(super) patience: Patience,
    /// When whoever asks is gone: what can only be answered later need not be
    /// waited for.
    pub(super) deadline: Option<BootTime>,
}

impl ScanOptions {
    /// A scan that is its own submitter, with its scanner's freshness and
    /// detail.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names who asks. All scans of one submitter share one turn, and
    /// together have no more than 20 hashes that go before large scans: nobody
    /// gets more by asking in many pieces.
    pub fn submitter(mut self, submitter: impl Into<Arc<str>>) -> Self {
        self.submitter = Some(submitter.into());
        self
    }

    /// Sets what becomes of hashes while VirusTotal gives no answers.
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how long answers from the cache stay good for this scan.
    pub const fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = Some(freshness);
        self
    }

    /// Sets how much of a report this scan wants from the cache, instead of
    /// what its scanner asks for
    /// ([`ScannerBuilder::detail`](super::ScannerBuilder::detail)): a table of
    /// 100,000 known files needs no bodies. An answer that was just fetched has
    /// everything.
    pub const fn detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// What a scan wants for a hash that has no answer for now.
///
/// Limits of the key, refusals included, are waited for in any case, and a key
/// that is refused fails every scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Patience {
    /// The error, after up to three attempts within seconds. While VirusTotal
    /// is out of reach for more than a minute, the error at once, and no
    /// request.
    #[default]
    Quick,
    /// The answer, if it takes days. What fails is asked again after 1, 5 and
    /// 30 minutes, 2 hours, and then every 6 hours, 8 times in all; the
    /// failure is the outcome only then. What fails while nothing at all is
    /// answered is no fault of the hash and does not count, for up to four
    /// days.
    Outlast,
}

/// How fast large scans spend the day's quota.
///
/// A scan is large while its input is not known to the end, or while more than
/// 20 of its hashes wait. Everything else goes before it at either pace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BulkPace {
    /// As soon as the limits allow: a large scan is done as early as it can
    /// be, and there may be nothing left of the day for anybody else.
    #[default]
    Greedy,
    /// Over the whole UTC day, as
    /// [`Usage::spread_wait`](crate::quota::Usage::spread_wait) says: whoever
    /// has a few questions finds something left of the day at any time. A
    /// large scan is done up to a day later.
    Spread,
}
