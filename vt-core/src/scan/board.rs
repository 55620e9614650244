//! Who waits for what: the state behind the scheduler, without I/O.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use tokio::sync::mpsc::UnboundedSender;

use super::{Answer, Error, Outcome, Source};
use crate::{cache::Entry, hash::FileHash, time::BootTime};

/// One scan among those that share a board.
pub(super) type ScanId = u64;

/// How long an error answers for a hash: doubling from the first to the
/// second, so that callers in a loop do not spend the day's quota on it.
const MEMO: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// How many such errors are remembered before those that are over are dropped.
const MEMOS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Board {
    flights: HashMap<FileHash, Flight>,
    scans: HashMap<ScanId, Line>,
    // Scans with hashes in line, in the order in which they get their turn.
    turns: VecDeque<ScanId>,
    delayed: BTreeSet<(BootTime, FileHash)>,
    memos: HashMap<FileHash, Memo>,
    refused: Option<Error>,
    last_scan: ScanId,
}

/// A question that somebody waits for.
#[derive(Debug)]
struct Flight {
    state: State,
    attempts: u32,
    // In rising order; a scan that asked twice stands here twice.
    scans: Vec<ScanId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the line of at least one of its scans.
    Waiting,
    /// To be asked again, no earlier than this.
    Delayed(BootTime),
    /// Under way.
    Sent,
}

#[derive(Debug)]
struct Line {
    // May hold hashes that were answered or sent meanwhile: they are passed
    // over when their turn comes.
    hashes: VecDeque<FileHash>,
    has_turn: bool,
    outcomes: UnboundedSender<Outcome>,
}

#[derive(Debug)]
struct Memo {
    error: Error,
    until: BootTime,
    wait: Duration,
}

impl Board {
    /// Lets a scan in; its outcomes go to the channel.
    pub(super) fn enter(&mut self, outcomes: UnboundedSender<Outcome>) -> ScanId {
        self.last_scan += 1;
        let line = Line {
            hashes: VecDeque::new(),
            has_turn: false,
            outcomes,
        };
        self.scans.insert(self.last_scan, line);
        self.last_scan
    }

    /// Puts a scan in line for a hash.
    pub(super) fn ask(&mut self, scan: ScanId, hash: FileHash, now: BootTime) {
        let memo = self.memos.get(&hash).filter(|memo| memo.until > now);
        if let Some(error) = self.refused.as_ref().or(memo.map(|memo| &memo.error)) {
            let result = Err(error.clone());
            self.tell(scan, Outcome { hash, result });
            return;
        }
        let flight = self.flights.entry(hash).or_insert_with(|| Flight {
            state: State::Waiting,
            attempts: 0,
            scans: Vec::new(),
        });
        let at = flight.scans.partition_point(|other| *other <= scan);
        flight.scans.insert(at, scan);
        if flight.state == State::Waiting {
            self.line_up(scan, hash);
        }
    }

    /// Lets a scan go. What only it waited for, and is not under way, is not
    /// asked any more.
    pub(super) fn leave(&mut self, scan: ScanId) {
        let Some(line) = self.scans.remove(&scan) else {
            return;
        };
        for hash in line.hashes {
            let Some(flight) = self.flights.get_mut(&hash) else {
                continue;
            };
            let Ok(at) = flight.scans.binary_search(&scan) else {
                continue;
            };
            flight.scans.remove(at);
            if flight.state != State::Waiting {
                continue;
            }
            match flight.scans.first().copied() {
                // It may have stood in the leaver's line only.
                Some(heir) => self.line_up(heir, hash),
                None => drop(self.flights.remove(&hash)),
            }
        }
    }

    /// Whether a hash is in line.
    pub(super) fn has_waiting(&mut self) -> bool {
        while let Some(scan) = self.turns.front() {
            if let Some(line) = self.scans.get_mut(scan) {
                let waits = |hash: &FileHash| {
                    let flight = self.flights.get(hash);
                    flight.is_some_and(|flight| flight.state == State::Waiting)
                };
                while line.hashes.front().is_some_and(|hash| !waits(hash)) {
                    line.hashes.pop_front();
                }
                if !line.hashes.is_empty() {
                    return true;
                }
                line.has_turn = false;
            }
            self.turns.pop_front();
        }
        false
    }

    /// The hash whose turn it is.
    pub(super) fn next(&mut self) -> Option<FileHash> {
        if !self.has_waiting() {
            return None;
        }
        let scan = self.turns.pop_front()?;
        let line = self.scans.get_mut(&scan)?;
        let next = line.hashes.pop_front();
        line.has_turn = !line.hashes.is_empty();
        if line.has_turn {
            self.turns.push_back(scan);
        }
        next
    }

    /// Notes that a hash is asked now. False if nobody waits for it any more.
    pub(super) fn send(&mut self, hash: FileHash) -> bool {
        let Some(flight) = self.flights.get_mut(&hash) else {
            return false;
        };
        flight.state = State::Sent;
        flight.attempts += 1;
        true
    }

    /// How often a hash was asked.
    pub(super) fn attempts(&self, hash: &FileHash) -> u32 {
        self.flights.get(hash).map_or(0, |flight| flight.attempts)
    }

    /// Puts a hash that was asked back in line, as if it had not been.
    pub(super) fn requeue(&mut self, hash: FileHash) {
        if let Some(flight) = self.flights.get_mut(&hash) {
            flight.attempts = flight.attempts.saturating_sub(1);
        }
        self.wait_again(hash);
    }

    /// Asks a hash again, but not before a moment.
    pub(super) fn delay(&mut self, hash: FileHash, until: BootTime) {
        if let Some(flight) = self.flights.get_mut(&hash) {
            flight.state = State::Delayed(until);
            self.delayed.insert((until, hash));
        }
    }

    /// Puts what was delayed until now back in line, and says when the next
    /// is due.
    pub(super) fn release(&mut self, now: BootTime) -> Option<BootTime> {
        while let Some(&(until, hash)) = self.delayed.first() {
            if until > now {
                return Some(until);
            }
            self.delayed.pop_first();
            // It may have been answered meanwhile, and delayed once more.
            if self
                .flights
                .get(&hash)
                .is_some_and(|flight| flight.state == State::Delayed(until))
            {
                self.wait_again(hash);
            }
        }
        None
    }

    /// Hands an answer to everybody who waits for any hash that it answers.
    pub(super) fn answer(&mut self, asked: FileHash, entry: &Entry, source: Source) {
        for hash in entry.hashes() {
            self.memos.remove(&hash);
            // One that is under way brings its own answer.
            let under_way = |flight: &Flight| flight.state == State::Sent;
            if hash != asked && self.flights.get(&hash).is_some_and(under_way) {
                continue;
            }
            let Some(flight) = self.flights.remove(&hash) else {
                continue;
            };
            let mut source = match source {
                Source::VirusTotal if hash != asked => Source::Joined,
                source => source,
            };
            for scan in flight.scans {
                let answer = Answer {
                    lookup: entry.lookup(),
                    source,
                    fetched_at: entry.fetched_at(),
                };
                let result = Ok(answer);
                self.tell(scan, Outcome { hash, result });
                if source == Source::VirusTotal {
                    source = Source::Joined;
                }
            }
        }
    }

    /// Hands an error to everybody who waits for a hash.
    pub(super) fn fail(&mut self, hash: FileHash, error: &Error) {
        let Some(flight) = self.flights.remove(&hash) else {
            return;
        };
        for scan in flight.scans {
            let result = Err(error.clone());
            self.tell(scan, Outcome { hash, result });
        }
    }

    /// Lets an error answer for a hash for a while.
    pub(super) fn remember(&mut self, hash: FileHash, error: Error, now: BootTime) {
        if self.memos.len() >= MEMOS {
            self.memos.retain(|_, memo| memo.until > now);
        }
        let doubled = self.memos.get(&hash).map(|memo| memo.wait * 2);
        let wait = doubled.unwrap_or(MEMO.0).min(MEMO.1);
        let until = now + wait;
        self.memos.insert(hash, Memo { error, until, wait });
    }

    /// Hands an error to everybody who waits for anything that is not under
    /// way.
    pub(super) fn fail_all(&mut self, error: &Error) {
        let waiting = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.state != State::Sent);
        let hashes: Vec<FileHash> = waiting.map(|(hash, _)| *hash).collect();
        for hash in hashes {
            self.fail(hash, error);
        }
    }

    /// Answers every question with this error from now on.
    pub(super) fn refuse(&mut self, error: Error) {
        self.fail_all(&error);
        self.refused = Some(error);
    }

    /// How many requests are sent before this scan has its answers, if each
    /// scan gets its turn.
    pub(super) fn requests_before(&self, scan: ScanId) -> u64 {
        let length = |line: &Line| line.hashes.len();
        let own = self.scans.get(&scan).map_or(0, length);
        let all = self
            .scans
            .values()
            .map(|line| length(line).min(own))
            .sum::<usize>();
        all as u64
    }

    fn wait_again(&mut self, hash: FileHash) {
        let Some(flight) = self.flights.get_mut(&hash) else {
            return;
        };
        let scans = &self.scans;
        flight.scans.retain(|scan| scans.contains_key(scan));
        flight.state = State::Waiting;
        let Some(scan) = flight.scans.first().copied() else {
            self.flights.remove(&hash);
            return;
        };
        if let Some(line) = self.scans.get_mut(&scan) {
            line.hashes.push_front(hash);
        }
        self.give_turn(scan);
    }

    fn line_up(&mut self, scan: ScanId, hash: FileHash) {
        if let Some(line) = self.scans.get_mut(&scan) {
            line.hashes.push_back(hash);
        }
        self.give_turn(scan);
    }

    fn give_turn(&mut self, scan: ScanId) {
        if let Some(line) = self.scans.get_mut(&scan)
            && !line.has_turn
        {
            line.has_turn = true;
            self.turns.push_back(scan);
        }
    }

    fn tell(&self, scan: ScanId, outcome: Outcome) {
        if let Some(line) = self.scans.get(&scan) {
            // Whoever dropped the receiver is about to leave.
            let _ = line.outcomes.send(outcome);
        }
    }
}
