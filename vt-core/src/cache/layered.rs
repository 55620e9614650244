//! A quick cache in front of a lasting one.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Cache, CacheError, Entry};
use crate::hash::FileHash;

/// Two caches as one: the front is asked first, what only the back knows is
/// copied to the front, and both are told everything.
///
/// A front that fails is passed over; the back is the truth.
#[derive(Clone, Debug)]
pub struct Layered<F, B> {
    front: F,
    back: B,
}

impl<F: Cache, B: Cache> Layered<F, B> {
    /// `front` before `back`.
    pub const fn new(front: F, back: B) -> Self {
        Self { front, back }
    }
}

impl<F: Cache, B: Cache> fmt::Display for Layered<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} before {}", self.front, self.back)
    }
}

#[async_trait]
impl<F: Cache, B: Cache> Cache for Layered<F, B> {
    async fn get(&self, hashes: &[FileHash]) -> Result<Vec<Option<Entry>>, CacheError> {
        let mut found = match self.front.get(hashes).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "passing over the front cache");
                vec![None; hashes.len()]
            }
        };
        let missed: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
        if missed.is_empty() {
            return Ok(found);
        }
        let asked: Vec<FileHash> = missed.iter().map(|at| hashes[*at]).collect();
        let from_back = self.back.get(&asked).await?;
        let known: Vec<Entry> = from_back.iter().flatten().cloned().collect();
        if let Err(error) = self.front.put(&known).await {
            tracing::warn!(%error, "passing over the front cache");
        }
        for (at, entry) in missed.into_iter().zip(from_back) {
            found[at] = entry;
        }
        Ok(found)
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        // The front takes it even if the back cannot: a paid answer that is
        // kept for as long as the process lives is better than none.
        if let Err(error) = self.front.put(entries).await {
            tracing::warn!(%error, "passing over the front cache");
        }
        self.back.put(entries).await
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        if let Err(error) = self.front.evict(fetched_before).await {
            tracing::warn!(%error, "passing over the front cache");
        }
        self.back.evict(fetched_before).await
    }
}
