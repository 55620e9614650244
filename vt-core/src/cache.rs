//! Answers that are kept, so that no question is paid for twice.

use std::{
    fmt::{Debug, Display},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    hash::FileHash,
    report::{FileReport, Lookup},
};

mod freshness;
mod layered;
mod memory;

pub use freshness::Freshness;
pub use layered::Layered;
pub use memory::{DEFAULT_CAPACITY, MemoryCache};

/// Keeps answers.
///
/// A cache stores and finds; it does not judge whether an answer is still
/// good: that is [`Freshness`], applied by the scanner.
///
/// # Contract
///
/// 1. `get` gives one answer per hash, in the order of the hashes; a hash may
///    stand in the batch more than once. An empty batch is fine.
/// 2. A report is found under each of the file's three digests.
/// 3. "Not found" is found under the digest that was asked, and says nothing
///    about any other.
/// 4. The last `put` counts, whatever the `fetched_at` of the one before. Of
///    equal hashes in one batch the last counts.
/// 5. What comes back is what was put: the untouched body, and `fetched_at`
///    to the millisecond.
/// 6. `evict` removes exactly the entries fetched before the moment given, and
///    says how many files and "not found" answers that were.
/// 7. A cache may forget, and then answers `None`. It never answers with
///    something else than what was put.
/// 8. Calls may run at the same time, and a dropped call leaves each entry
///    either old or new.
/// 9. Asked for [`Detail::Full`], a report comes back with its body or not at
///    all; asked for [`Detail::Summary`] it may come without.
///
/// The suite `testkit::cache` (feature `testkit`)
/// tests these rules on any cache.
///
/// # Clone
///
/// Implementations that are `Clone` clone a handle to the same entries.
#[async_trait]
pub trait Cache: Debug + Display + Send + Sync + 'static {
    /// Finds answers.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError>;

    /// Keeps answers.
    ///
    /// # Errors
    ///
    /// When the store cannot be written. Entries may have been kept in part.
    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError>;

    /// Forgets what was fetched before a moment.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError>;
}

/// How much of a report is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Everything that [`FileReport`] names, which is a hundred times smaller
    /// than the body.
    Summary,
    /// VirusTotal's untouched body too: [`FileReport::raw`].
    #[default]
    Full,
}

/// Conveniences of every [`Cache`].
pub trait CacheExt: Cache {
    /// Finds the answer for one hash.
    ///
    /// # Errors
    ///
    /// As [`Cache::get`].
    fn get_one(
        &self,
        hash: FileHash,
        detail: Detail,
    ) -> impl Future<Output = Result<Option<Entry>, CacheError>> + Send {
        async move { Ok(self.get(&[hash], detail).await?.pop().flatten()) }
    }
}

impl<C: Cache + ?Sized> CacheExt for C {}

#[async_trait]
impl<C: Cache + ?Sized> Cache for Arc<C> {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        (**self).get(hashes, detail).await
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        (**self).put(entries).await
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        (**self).evict(fetched_before).await
    }
}

/// An answer as it is kept: what VirusTotal said, about which hashes, and
/// when.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    content: Content,
    fetched_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Found(Arc<FileReport>),
    NotFound(FileHash),
}

impl Entry {
    /// VirusTotal has the file.
    #[must_use]
    pub const fn found(report: Arc<FileReport>, fetched_at: DateTime<Utc>) -> Self {
        let content = Content::Found(report);
        Self {
            content,
            fetched_at,
        }
    }

    /// VirusTotal has no file with this digest.
    #[must_use]
    pub const fn not_found(hash: FileHash, fetched_at: DateTime<Utc>) -> Self {
        let content = Content::NotFound(hash);
        Self {
            content,
            fetched_at,
        }
    }

    /// The answer to a question about `hash`.
    #[must_use]
    pub fn new(hash: FileHash, lookup: Lookup, fetched_at: DateTime<Utc>) -> Self {
        match lookup {
            Lookup::Found(report) => Self::found(report, fetched_at),
            Lookup::NotFound => Self::not_found(hash, fetched_at),
        }
    }

    /// What VirusTotal said.
    #[must_use]
    pub fn lookup(&self) -> Lookup {
        match &self.content {
            Content::Found(report) => Lookup::Found(Arc::clone(report)),
            Content::NotFound(_) => Lookup::NotFound,
        }
    }

    /// When VirusTotal said it.
    #[must_use]
    pub const fn fetched_at(&self) -> DateTime<Utc> {
        self.fetched_at
    }

    /// Whether it says as much as is wanted.
    #[must_use]
    pub fn has(&self, detail: Detail) -> bool {
        match (&self.content, detail) {
            (Content::Found(report), Detail::Full) => report.raw().is_some(),
            _ => true,
        }
    }

    /// Every hash that this answers.
    pub fn hashes(&self) -> impl Iterator<Item = FileHash> + use<> {
        let (all, one) = match &self.content {
            Content::Found(report) => (Some(report.hashes()), None),
            Content::NotFound(hash) => (None, Some(*hash)),
        };
        all.into_iter().flatten().chain(one)
    }
}

/// Why a cache could not be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the cache {cache} cannot be used: {cause}")]
#[non_exhaustive]
pub struct CacheError {
    /// Which cache.
    pub cache: Box<str>,
    /// What went wrong. It is in the text, and so no
    /// [`source`](std::error::Error::source).
    pub cause: Arc<dyn std::error::Error + Send + Sync>,
}

impl CacheError {
    /// A failure of `cache`.
    pub fn new(
        cache: &dyn Display,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            cache: cache.to_string().into(),
            cause: Arc::from(cause.into()),
        }
    }
}
