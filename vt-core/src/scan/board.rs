//! Who waits for what: the state behind the scheduler, without I/O.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use tokio::sync::mpsc::UnboundedSender;

use super::{Answer, Error, Outcome, Source};
use crate::{cache::Entry, client, hash::FileHash, time::BootTime};

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
    // In rising order of their scans. While the flight waits they are all
    // there; later some may have left.
    askers: Vec<Asker>,
}

#[derive(Clone, Copy, Debug)]
struct Asker {
    scan: ScanId,
    /// How often this scan asked: it is owed as many outcomes.
    times: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the line of every scan that asked.
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
    /// How many flights of this scan wait.
    waiting: u64,
    has_turn: bool,
    outcomes: UnboundedSender<Outcome>,
}

#[derive(Debug)]
struct Memo {
    error: Error,
    until: BootTime,
    wait: Duration,
}

/// Whose turn it is, and for which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    scan: ScanId,
    pub(super) hash: FileHash,
}

impl Board {
    /// Lets a scan in; its outcomes go to the channel.
    pub(super) fn enter(&mut self, outcomes: UnboundedSender<Outcome>) -> ScanId {
        self.last_scan += 1;
        let line = Line {
            hashes: VecDeque::new(),
            waiting: 0,
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
            askers: Vec::new(),
        });
        match flight.position(scan) {
            Ok(at) => flight.askers[at].times += 1,
            Err(at) => {
                flight.askers.insert(at, Asker { scan, times: 1 });
                if flight.state == State::Waiting {
                    self.line_up(scan, |hashes| hashes.push_back(hash));
                }
            }
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
            // Those that are under way or delayed are sorted out when they
            // come back.
            if flight.state != State::Waiting {
                continue;
            }
            if let Ok(at) = flight.position(scan) {
                flight.askers.remove(at);
            }
            if flight.askers.is_empty() {
                self.flights.remove(&hash);
            }
        }
    }

    /// Whose turn it is. The hash stays in line until it is sent.
    pub(super) fn next(&mut self) -> Option<Turn> {
        while let Some(&scan) = self.turns.front() {
            if let Some(line) = self.scans.get_mut(&scan) {
                let waits = |hash: &FileHash| {
                    let flight = self.flights.get(hash);
                    flight.is_some_and(|flight| {
                        flight.state == State::Waiting && flight.position(scan).is_ok()
                    })
                };
                while let Some(&hash) = line.hashes.front() {
                    if waits(&hash) {
                        return Some(Turn { scan, hash });
                    }
                    line.hashes.pop_front();
                }
                line.has_turn = false;
            }
            self.turns.pop_front();
        }
        None
    }

    /// Notes that a hash is asked now; the turn goes to the next scan. False
    /// if nobody waits for the hash any more.
    pub(super) fn send(&mut self, turn: Turn) -> bool {
        let Some(flight) = self.flights.get_mut(&turn.hash) else {
            return false;
        };
        if flight.state != State::Waiting {
            return false;
        }
        flight.state = State::Sent;
        flight.attempts += 1;
        no_longer_waiting(&mut self.scans, &flight.askers);
        if self.turns.front() == Some(&turn.scan) {
            self.turns.rotate_left(1);
        }
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

    /// Asks a hash that was asked again, but not before a moment. It is kept
    /// even if everybody leaves: whoever asks next has to wait for that moment
    /// too.
    pub(super) fn delay(&mut self, hash: FileHash, until: BootTime) {
        if let Some(error) = self.refused.clone() {
            return self.fail(hash, &error);
        }
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
            let mut source = match source {
                Source::VirusTotal if hash != asked => Source::Joined,
                source => source,
            };
            for scan in self.land(hash) {
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
        for scan in self.land(hash) {
            let result = Err(error.clone());
            self.tell(scan, Outcome { hash, result });
        }
    }

    /// Lets an error answer for a hash for a while: at least for as long as
    /// the server asked to wait.
    pub(super) fn remember(&mut self, hash: FileHash, error: client::Error, now: BootTime) {
        if self.memos.len() >= MEMOS {
            self.memos.retain(|_, memo| memo.until > now);
        }
        let doubled = self.memos.get(&hash).map(|memo| memo.wait * 2);
        let wait = doubled.unwrap_or(MEMO.0).min(MEMO.1);
        let until = now + wait.max(error.retry_after().unwrap_or_default());
        let error = error.into();
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
        let own = self.scans.get(&scan).map_or(0, |line| line.waiting);
        let ahead = self.scans.values().map(|line| line.waiting.min(own));
        ahead.sum()
    }

    fn wait_again(&mut self, hash: FileHash) {
        if let Some(error) = self.refused.clone() {
            return self.fail(hash, &error);
        }
        let Some(flight) = self.flights.get_mut(&hash) else {
            return;
        };
        flight
            .askers
            .retain(|asker| self.scans.contains_key(&asker.scan));
        if flight.askers.is_empty() {
            self.flights.remove(&hash);
            return;
        }
        flight.state = State::Waiting;
        for asker in flight.askers.clone() {
            self.line_up(asker.scan, |hashes| hashes.push_front(hash));
        }
    }

    fn line_up(&mut self, scan: ScanId, join: impl FnOnce(&mut VecDeque<FileHash>)) {
        let Some(line) = self.scans.get_mut(&scan) else {
            return;
        };
        join(&mut line.hashes);
        line.waiting += 1;
        if !line.has_turn {
            line.has_turn = true;
            self.turns.push_back(scan);
        }
    }

    /// Ends a flight, and names a scan for each outcome that is owed.
    fn land(&mut self, hash: FileHash) -> impl Iterator<Item = ScanId> + use<> {
        let flight = self.flights.remove(&hash);
        if let Some(flight) = &flight
            && flight.state == State::Waiting
        {
            no_longer_waiting(&mut self.scans, &flight.askers);
        }
        let askers = flight.map(|flight| flight.askers).unwrap_or_default();
        let each = |asker: Asker| (0..asker.times).map(move |_| asker.scan);
        askers.into_iter().flat_map(each)
    }

    fn tell(&self, scan: ScanId, outcome: Outcome) {
        if let Some(line) = self.scans.get(&scan) {
            // Whoever dropped the receiver is about to leave.
            let _ = line.outcomes.send(outcome);
        }
    }
}

impl Flight {
    /// Where a scan stands, or would have to stand.
    fn position(&self, scan: ScanId) -> Result<usize, usize> {
        self.askers.binary_search_by_key(&scan, |asker| asker.scan)
    }
}

fn no_longer_waiting(scans: &mut HashMap<ScanId, Line>, askers: &[Asker]) {
    for asker in askers {
        if let Some(line) = scans.get_mut(&asker.scan) {
            line.waiting -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
