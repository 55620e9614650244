//! Answers into the cache, and out of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::core::{Core, lock};
use crate::{
    cache::{CacheError, Detail, Entry},
    hash::FileHash,
};

/// How long after each other an answer is offered again to a cache that did
/// not take it.
const AGAIN: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
];
/// How many answers are held at most for a cache that takes none.
const MOST: usize = 256;

/// Answers that the cache did not take: they are paid for, and answer as long
/// as this scanner is there.
#[derive(Debug, Default)]
pub(super) struct Unkept(Mutex<HashMap<FileHash, Entry>>);

impl Unkept {
    /// False if there are too many.
    fn hold(&self, entry: &Entry) -> bool {
        let mut held = lock(&self.0);
        let name = name(entry);
        let has_room = held.len() < MOST || name.is_some_and(|name| held.contains_key(&name));
        if let Some(name) = name.filter(|_| has_room) {
            held.insert(name, entry.clone());
        }
        has_room
    }

    /// Whether it is held, and not a newer one in its place.
    fn holds(&self, entry: &Entry) -> bool {
        let held = lock(&self.0);
        let same = name(entry).and_then(|name| held.get(&name));
        same.is_some_and(|same| same.fetched_at() == entry.fetched_at())
    }

    /// Lets an answer go, unless there is a newer one by now.
    fn release(&self, kept: &Entry) {
        let mut held = lock(&self.0);
        let is_newer = |entry: &Entry| entry.fetched_at() > kept.fetched_at();
        if let Some(name) = name(kept)
            && !held.get(&name).is_some_and(is_newer)
        {
            held.remove(&name);
        }
    }

    fn all(&self) -> Vec<Entry> {
        lock(&self.0).values().cloned().collect()
    }

    /// Fills in what is held, where the cache has nothing newer.
    fn fill(&self, hashes: &[FileHash], slots: &mut [Option<Entry>]) {
        let held = lock(&self.0);
        if held.is_empty() {
            return;
        }
        let named: HashMap<FileHash, &Entry> = held
            .values()
            .flat_map(|entry| entry.hashes().map(move |hash| (hash, entry)))
            .collect();
        for (hash, slot) in hashes.iter().zip(slots) {
            let Some(held) = named.get(hash) else {
                continue;
            };
            let is_older = |entry: &Entry| entry.fetched_at() < held.fetched_at();
            if slot.as_ref().is_none_or(is_older) {
                *slot = Some((*held).clone());
            }
        }
    }
}

/// The strongest hash that it answers.
fn name(entry: &Entry) -> Option<FileHash> {
    entry.hashes().max_by_key(|hash| hash.kind())
}

impl Core {
    /// The cache's answers, one for each hash, however old, with as much as is
    /// wanted. A cache that fails has none.
    pub(super) async fn read(&self, hashes: &[FileHash], detail: Detail) -> Vec<Option<Entry>> {
        let read = self
            .contained(async { self.cache.get(hashes, detail).await })
            .await;
        let mut entries = read
            .unwrap_or_else(|lost| Err(CacheError::new(&self.cache, lost)))
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "asking without the cache");
                Vec::new()
            });
        // Also if a cache breaks its contract: no hash goes without outcome,
        // and none gets another file's, or less than is wanted.
        entries.resize(hashes.len(), None);
        for (hash, slot) in hashes.iter().zip(&mut entries) {
            let answers = |entry: &Entry| entry.hashes().any(|answered| answered == *hash);
            *slot = slot
                .take()
                .filter(|entry| answers(entry) && entry.has(detail));
        }
        self.unkept.fill(hashes, &mut entries);
        entries
    }

    /// Keeps an answer; here if the cache does not.
    pub(super) async fn keep(self: &Arc<Self>, entry: &Entry) {
        if !self.put(entry).await && self.unkept.hold(entry) {
            tokio::spawn(Arc::clone(self).keep_later(entry.clone()));
        }
    }

    /// Offers what is held to the cache a last time.
    pub(super) async fn keep_rest(&self) {
        for entry in self.unkept.all() {
            // A newer one may have been kept meanwhile.
            if self.unkept.holds(&entry) {
                self.put(&entry).await;
            }
        }
    }

    async fn keep_later(self: Arc<Self>, entry: Entry) {
        for wait in AGAIN {
            self.clock.sleep(wait).await;
            if !self.unkept.holds(&entry) || self.put(&entry).await {
                return;
            }
        }
    }

    async fn put(&self, entry: &Entry) -> bool {
        let kept = self
            .contained(async { self.cache.put(std::slice::from_ref(entry)).await })
            .await;
        match kept.unwrap_or_else(|lost| Err(CacheError::new(&self.cache, lost))) {
            Ok(()) => {
                self.unkept.release(entry);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "an answer is not kept");
                false
            }
        }
    }
}
