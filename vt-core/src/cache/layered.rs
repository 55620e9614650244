//! A quick cache in front of a lasting one.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use super::{Cache, CacheError, Detail, Entry};
use crate::hash::FileHash;

/// Two caches as one: the front is asked first, what only the back knows is
/// copied to the front, and both are told everything.
///
/// A front that fails is passed over; the back is the truth. What somebody
/// else writes to the back is not seen while the front has an older answer:
/// do not put a front before a store that other processes write to.
#[derive(Clone, Debug)]
pub struct Layered<F, B> {
    front: F,
    back: B,
    writing: Arc<Mutex<()>>,
    // Written while `writing` is held.
    writes: Arc<AtomicU64>,
}

impl<F: Cache, B: Cache> Layered<F, B> {
    /// `front` before `back`.
    pub fn new(front: F, back: B) -> Self {
        Self {
            front,
            back,
            writing: Arc::default(),
            writes: Arc::default(),
        }
    }

    /// Copies to the front what the back said after so many writes, unless
    /// there was another one since: what was read may be older than what is in
    /// front by now.
    async fn copy(&self, entries: &[Entry], writes: u64) {
        let Ok(_writing) = self.writing.try_lock() else {
            return;
        };
        if self.writes.load(Ordering::Acquire) == writes {
            pass_over(self.front.put(entries).await);
        }
    }
}

fn pass_over<T>(front: Result<T, CacheError>) {
    if let Err(error) = front {
        tracing::warn!(%error, "passing over the front cache");
    }
}

impl<F: Cache, B: Cache> fmt::Display for Layered<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} before {}", self.front, self.back)
    }
}

#[async_trait]
impl<F: Cache, B: Cache> Cache for Layered<F, B> {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        let mut found = match self.front.get(hashes, detail).await {
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
        let writes = self.writes.load(Ordering::Acquire);
        let asked: Vec<FileHash> = missed.iter().map(|at| hashes[*at]).collect();
        let from_back = self.back.get(&asked, detail).await?;
        let known: Vec<Entry> = from_back.iter().flatten().cloned().collect();
        self.copy(&known, writes).await;
        for (at, entry) in missed.into_iter().zip(from_back) {
            found[at] = entry;
        }
        Ok(found)
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        let _writing = self.writing.lock().await;
        let kept = self.back.put(entries).await;
        self.writes.fetch_add(1, Ordering::AcqRel);
        // The front takes it even if the back cannot: a paid answer that is
        // kept for as long as the process lives is better than none.
        pass_over(self.front.put(entries).await);
        kept
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        let _writing = self.writing.lock().await;
        let evicted = self.back.evict(fetched_before).await;
        self.writes.fetch_add(1, Ordering::AcqRel);
        pass_over(self.front.evict(fetched_before).await);
        evicted
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use tokio::sync::Notify;

    use super::*;
    use crate::cache::{CacheExt, MemoryCache};

    /// A cache whose answers are held up on their way back.
    #[derive(Clone, Debug, Default)]
    struct Slow {
        inner: MemoryCache,
        read: Arc<Notify>,
        go_on: Arc<Notify>,
        fails: Arc<AtomicBool>,
    }

    impl fmt::Display for Slow {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("slow")
        }
    }

    #[async_trait]
    impl Cache for Slow {
        async fn get(
            &self,
            hashes: &[FileHash],
            detail: Detail,
        ) -> Result<Vec<Option<Entry>>, CacheError> {
            let found = self.inner.get(hashes, detail).await;
            self.read.notify_one();
            self.go_on.notified().await;
            found
        }

        async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
            if self.fails.load(Ordering::Relaxed) {
                return Err(CacheError::new(self, "as told"));
            }
            self.inner.put(entries).await
        }

        async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
            self.inner.evict(fetched_before).await
        }
    }

    const HASH: FileHash = FileHash::md5([1; 16]);

    fn fetched(seconds: i64) -> Entry {
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds);
        Entry::not_found(HASH, at)
    }

    /// What is in front after something was written while the back was read.
    async fn front_after<W: Future>(
        write: impl FnOnce(Layered<MemoryCache, Slow>) -> W,
    ) -> Option<Entry> {
        let (front, back) = (MemoryCache::new(), Slow::default());
        back.put(&[fetched(0)]).await.unwrap();
        let layered = Layered::new(front.clone(), back.clone());
        let reading = async {
            assert_eq!(
                layered.get_one(HASH, Detail::Full).await.unwrap(),
                Some(fetched(0))
            );
        };
        let writing = async {
            back.read.notified().await;
            write(layered.clone()).await;
            back.go_on.notify_one();
        };
        tokio::join!(reading, writing);
        front.get_one(HASH, Detail::Full).await.unwrap()
    }

    #[tokio::test]
    async fn a_slow_read_puts_nothing_old_in_front() {
        let put = async |cache: Layered<_, _>| cache.put(&[fetched(9)]).await.unwrap();
        assert_eq!(front_after(put).await, Some(fetched(9)));
        let evict = async |cache: Layered<_, _>| cache.evict(fetched(5).fetched_at()).await;
        assert_eq!(front_after(evict).await, None);
        let nothing = async |_| ();
        assert_eq!(front_after(nothing).await, Some(fetched(0)));
    }

    #[tokio::test]
    async fn what_the_back_cannot_keep_is_in_front() {
        let (front, back) = (MemoryCache::new(), Slow::default());
        back.fails.store(true, Ordering::Relaxed);
        let layered = Layered::new(front, back);
        layered.put(&[fetched(0)]).await.unwrap_err();
        assert_eq!(
            layered.get_one(HASH, Detail::Full).await.unwrap(),
            Some(fetched(0))
        );
    }
}
