//! The stream of outcomes.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use futures::{Stream, future::BoxFuture};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    Answer, Error, Meter, Outcome, ScanOptions, Scanner, Source,
    board::{Entrant, ScanId},
    progress::Counts,
};
use crate::{
    cache::{Detail, Entry, Freshness},
    hash::FileHash,
};

/// How many hashes the cache is asked about at first, and always where it answers
/// with bodies of tens of kilobytes.
const FIRST_BATCH: usize = 1_000;

/// How many it is asked about in the end. Twice as many each time: the first answers
/// come soon, and a file of ten million is read in stretches that lie close enough
/// together for its index to be read once.
const LARGEST_BATCH: usize = 32_000;

/// A stream of [`Outcome`]s, one per hash, as they come: made by
/// [`Scanner::scan`].
///
/// # Cancel safety
///
/// `next` may be dropped and called again; nothing is lost.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Scan {
    scanner: Scanner,
    id: ScanId,
    freshness: Freshness,
    detail: Detail,
    hashes: Box<dyn Iterator<Item = FileHash> + Send>,
    batch: usize,
    exhausted: bool,
    reading: Option<Reading>,
    ready: VecDeque<Outcome>,
    outcomes: UnboundedReceiver<Outcome>,
    // How many outcomes are still to come through the channel.
    open: usize,
    counts: Arc<Mutex<Counts>>,
}

/// A batch that the cache is asked about.
struct Reading {
    hashes: Vec<FileHash>,
    entries: BoxFuture<'static, Vec<Option<Entry>>>,
}

impl Scan {
    pub(super) fn new(
        scanner: Scanner,
        hashes: Box<dyn Iterator<Item = FileHash> + Send>,
        options: ScanOptions,
    ) -> Self {
        let (sender, outcomes) = unbounded_channel();
        let freshness = options.freshness.unwrap_or(scanner.core().freshness);
        let detail = options.detail.unwrap_or(scanner.core().detail);
        let id = scanner.core().board().enter(Entrant {
            outcomes: sender,
            submitter: options.submitter,
            freshness,
            detail,
            patience: options.patience,
            deadline: options.deadline,
        });
        let counts = Counts::of(hashes.size_hint());
        Self {
            scanner,
            id,
            freshness,
            detail,
            hashes,
            batch: FIRST_BATCH,
            exhausted: false,
            reading: None,
            ready: VecDeque::new(),
            outcomes,
            open: 0,
            counts: Arc::new(Mutex::new(counts)),
        }
    }

    /// Asks nothing more. The stream ends when what is under way, and so is
    /// paid for, has its outcome; what was not asked has [`Error::Cancelled`],
    /// or none if it was not yet in line.
    pub fn stop(&mut self) {
        self.hashes = Box::new(std::iter::empty());
        self.exhausted = true;
        self.reading = None;
        let core = Arc::clone(self.scanner.core());
        let mut board = core.board();
        board.complete(self.id);
        board.withdraw(self.id);
    }

    /// What tells how far this scan is, while the stream is in use elsewhere.
    #[must_use]
    pub fn meter(&self) -> Meter {
        Meter::new(self.scanner.clone(), self.id, Arc::clone(&self.counts))
    }

    /// Starts to ask the cache about the next batch. False if there is none.
    fn read(&mut self) -> bool {
        if self.exhausted {
            return false;
        }
        let hashes: Vec<FileHash> = self.hashes.by_ref().take(self.batch).collect();
        self.exhausted = hashes.len() < self.batch || self.hashes.size_hint().1 == Some(0);
        if self.detail == Detail::Summary {
            self.batch = LARGEST_BATCH.min(self.batch * 2);
        }
        if hashes.is_empty() {
            self.scanner.core().board().complete(self.id);
            return false;
        }
        let core = Arc::clone(self.scanner.core());
        let (asked, detail) = (hashes.clone(), self.detail);
        let entries = Box::pin(async move { core.read(&asked, detail).await });
        self.reading = Some(Reading { hashes, entries });
        true
    }

    /// Takes in one more batch. False if there is none, or it is still to come.
    fn advance(&mut self, context: &mut Context<'_>) -> bool {
        if self.reading.is_none() && !self.read() {
            return false;
        }
        let Some(mut reading) = self.reading.take() else {
            return false;
        };
        match reading.entries.as_mut().poll(context) {
            Poll::Ready(entries) => self.take_in(reading.hashes, entries),
            Poll::Pending => {
                self.reading = Some(reading);
                return false;
            }
        }
        true
    }

    /// Takes in what the cache said: good answers are ready, everything else
    /// gets in line.
    fn take_in(&mut self, hashes: Vec<FileHash>, entries: Vec<Option<Entry>>) {
        let core = Arc::clone(self.scanner.core());
        let now = core.clock.now();
        let before = self.open;
        // One lock for all: a short scan is in line as a whole, or not at all.
        let mut board = core.board();
        for (hash, entry) in hashes.into_iter().zip(entries) {
            let fresh = entry.filter(|entry| self.freshness.is_fresh(entry, now.wall));
            let result = match fresh {
                Some(entry) => Ok(Answer {
                    lookup: entry.lookup(),
                    source: Source::Cache,
                    fetched_at: entry.fetched_at(),
                }),
                None if core.offline => Err(Error::Offline),
                None => {
                    board.ask(self.id, hash, now.boot);
                    self.open += 1;
                    continue;
                }
            };
            self.ready.push_back(Outcome { hash, result });
        }
        if self.exhausted {
            board.complete(self.id);
        }
        drop(board);
        if self.open > before {
            self.scanner.wake();
        }
    }

    fn count(&self, outcome: Outcome) -> Poll<Option<Outcome>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.count(&outcome);
        self.scanner.core().counters.count_outcome(&outcome);
        Poll::Ready(Some(outcome))
    }
}

impl Stream for Scan {
    type Item = Outcome;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Outcome>> {
        // The next batch is read while the outcomes of this one are taken.
        while self.ready.is_empty() || self.reading.is_none() && self.ready.len() < self.batch {
            if !self.advance(context) {
                break;
            }
        }
        if let Some(outcome) = self.ready.pop_front() {
            return self.count(outcome);
        }
        if let Poll::Ready(Some(outcome)) = self.outcomes.poll_recv(context) {
            self.open -= 1;
            return self.count(outcome);
        }
        if self.reading.is_none() && self.open == 0 {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let reading = self
            .reading
            .as_ref()
            .map_or(0, |reading| reading.hashes.len());
        let known = self.ready.len() + self.open + reading;
        let (least, most) = self.hashes.size_hint();
        (
            least.saturating_add(known),
            most.and_then(|most| most.checked_add(known)),
        )
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.scanner.core().board().leave(self.id);
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan")
            .field("id", &self.id)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}
