//! Who waits for what: the state behind the scheduler, without I/O.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::{Answer, Error, Outcome, Source, mail::Letter};
use crate::{
    cache::Entry,
    client::{self, retry::Attempts},
    hash::FileHash,
    time::BootTime,
};

mod ahead;
mod detail;
mod lines;
mod memos;
mod patience;
mod turns;
mod withdrawal;

pub(super) use ahead::Ahead;
pub(super) use lines::Entrant;
pub(super) use turns::Class;

use lines::Lines;
use memos::Memos;
use patience::Later;

/// One scan among those that share a board.
pub(super) type ScanId = u64;

#[derive(Debug, Default)]
pub(super) struct Board {
    flights: HashMap<FileHash, Flight>,
    lines: Lines,
    delayed: BTreeSet<(BootTime, FileHash)>,
    memos: Memos,
    refused: Option<Error>,
    /// How many answers there were.
    answers: u64,
    /// Whether something was put off because nothing is answered.
    is_silent: bool,
    /// Which hashes the key may not ask about, in a row.
    forbidden: Vec<FileHash>,
}

/// A question that somebody waits for.
#[derive(Debug, Default)]
struct Flight {
    state: State,
    attempts: Attempts,
    /// What those have behind them who can wait.
    later: Later,
    /// Whether it is asked without compression.
    plain: bool,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// In the line of every scan that asked.
    #[default]
    Waiting,
    /// To be asked again, no earlier than this.
    Delayed(BootTime),
    /// Under way.
    Sent,
}

/// Whose turn it is, and for which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) class: Class,
    scan: ScanId,
    pub(super) hash: FileHash,
}

impl Board {
    /// Lets a scan in.
    pub(super) fn enter(&mut self, entrant: Entrant) -> ScanId {
        self.lines.enter(entrant)
    }

    /// Puts a scan in line for a hash.
    pub(super) fn ask(&mut self, scan: ScanId, hash: FileHash, now: BootTime) {
        let outlasts = self.lines.outlasts(scan);
        let memo = self.memos.get(&hash, now);
        let memo = memo.filter(|error| !(outlasts && error.is_retryable()));
        if let Some(error) = self.refused.as_ref().or(memo) {
            let result = Err(error.clone());
            self.lines.tell(scan, Outcome { hash, result });
            return;
        }
        if !outlasts {
            self.bring_forward(hash);
        }
        let flight = self.flights.entry(hash).or_default();
        match flight.position(scan) {
            Ok(at) => flight.askers[at].times += 1,
            Err(at) => {
                flight.askers.insert(at, Asker { scan, times: 1 });
                if flight.state == State::Waiting {
                    self.lines.line_up(scan, |hashes| hashes.push_back(hash));
                }
            }
        }
    }

    /// Notes that a scan asks nothing more.
    pub(super) fn complete(&mut self, scan: ScanId) {
        self.lines.complete(scan);
    }

    /// Lets a scan go. What only it waited for, and is not under way, is not
    /// asked any more.
    pub(super) fn leave(&mut self, scan: ScanId) {
        for hash in self.lines.leave(scan).into_iter().flatten() {
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
        let flights = &self.flights;
        self.lines.next(|scan, hash| waits(flights, scan, hash))
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
        flight.attempts.now += 1;
        self.lines.pass(turn);
        for asker in &flight.askers {
            self.lines.no_longer_waits(asker.scan);
        }
        true
    }

    /// How often a hash was asked.
    pub(super) fn attempts(&self, hash: &FileHash) -> Attempts {
        let flight = self.flights.get(hash);
        flight.map_or_else(Attempts::default, |flight| flight.attempts)
    }

    /// Puts a hash that was asked back in line, as if it had not been.
    pub(super) fn requeue(&mut self, hash: FileHash) {
        if let Some(flight) = self.flights.get_mut(&hash) {
            flight.attempts.now = flight.attempts.now.saturating_sub(1);
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
        self.dismiss_withdrawn(hash);
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

    /// VirusTotal's answer to everybody who waits for any hash that it answers.
    #[must_use]
    pub(super) fn answer(&mut self, asked: FileHash, entry: &Entry) -> Vec<Letter> {
        let mut letters = Vec::new();
        self.answers += 1;
        self.forbidden.clear();
        self.end_silence();
        for hash in entry.hashes() {
            self.memos.forget(&hash);
            // One that is under way brings its own answer.
            if hash != asked && self.is_under_way(&hash) {
                continue;
            }
            let mut source = if hash == asked {
                Source::VirusTotal
            } else {
                Source::Joined
            };
            for asker in self.land(hash) {
                for _ in 0..asker.times {
                    let outcome = answer(hash, entry, source);
                    letters.extend(self.lines.letter(asker.scan, outcome));
                    source = Source::Joined;
                }
            }
        }
        letters
    }

    /// Hands the cache's answer to those for whom it is good enough, and says
    /// whether whoever has the turn still waits.
    pub(super) fn offer(&mut self, turn: Turn, entry: &Entry, now: DateTime<Utc>) -> bool {
        for hash in entry.hashes() {
            if self.is_under_way(&hash) {
                continue;
            }
            let Some(flight) = self.flights.get_mut(&hash) else {
                continue;
            };
            let lines = &self.lines;
            let answered: Vec<Asker> = flight
                .askers
                .extract_if(.., |asker| lines.accepts(asker.scan, entry, now))
                .collect();
            let waited = flight.state == State::Waiting;
            if flight.askers.is_empty() {
                self.flights.remove(&hash);
            }
            if !answered.is_empty() {
                self.memos.forget(&hash);
            }
            for asker in answered {
                if waited {
                    self.lines.no_longer_waits(asker.scan);
                }
                for _ in 0..asker.times {
                    let outcome = answer(hash, entry, Source::Cache);
                    self.lines.tell(asker.scan, outcome);
                }
            }
        }
        waits(&self.flights, turn.scan, &turn.hash)
    }

    /// Hands an error to everybody who waits for a hash.
    pub(super) fn fail(&mut self, hash: FileHash, error: &Error) {
        for asker in self.land(hash) {
            self.tell_error(hash, asker, error);
        }
    }

    /// Lets an error answer for a hash for a while.
    pub(super) fn remember(&mut self, hash: FileHash, error: client::Error, now: BootTime) {
        let _ = self.memos.remember(hash, error, now);
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

    /// What is sent before this scan has its answers.
    pub(super) fn ahead(&self, scan: ScanId) -> Ahead {
        self.lines.ahead(scan)
    }

    fn wait_again(&mut self, hash: FileHash) {
        if let Some(error) = self.refused.clone() {
            return self.fail(hash, &error);
        }
        self.dismiss_withdrawn(hash);
        let Some(flight) = self.flights.get_mut(&hash) else {
            return;
        };
        flight
            .askers
            .retain(|asker| self.lines.scans.contains_key(&asker.scan));
        if flight.askers.is_empty() {
            self.flights.remove(&hash);
            return;
        }
        flight.state = State::Waiting;
        // What was put off has had its turn.
        let is_last = std::mem::take(&mut flight.later.is_off);
        for asker in flight.askers.clone() {
            self.lines.line_up(asker.scan, |hashes| match is_last {
                true => hashes.push_back(hash),
                false => hashes.push_front(hash),
            });
        }
    }

    /// Ends a flight, and names those who asked.
    fn land(&mut self, hash: FileHash) -> Vec<Asker> {
        let Some(flight) = self.flights.remove(&hash) else {
            return Vec::new();
        };
        if flight.state == State::Waiting {
            for asker in &flight.askers {
                self.lines.no_longer_waits(asker.scan);
            }
        }
        flight.askers
    }

    fn tell_error(&self, hash: FileHash, asker: Asker, error: &Error) {
        for _ in 0..asker.times {
            let result = Err(error.clone());
            self.lines.tell(asker.scan, Outcome { hash, result });
        }
    }

    fn is_under_way(&self, hash: &FileHash) -> bool {
        let flight = self.flights.get(hash);
        flight.is_some_and(|flight| flight.state == State::Sent)
    }
}

impl Flight {
    /// Where a scan stands, or would have to stand.
    fn position(&self, scan: ScanId) -> Result<usize, usize> {
        self.askers.binary_search_by_key(&scan, |asker| asker.scan)
    }
}

fn answer(hash: FileHash, entry: &Entry, source: Source) -> Outcome {
    let result = Ok(Answer {
        lookup: entry.lookup(),
        source,
        fetched_at: entry.fetched_at(),
    });
    Outcome { hash, result }
}

/// Whether a hash is in line for a scan.
fn waits(flights: &HashMap<FileHash, Flight>, scan: ScanId, hash: &FileHash) -> bool {
    flights
        .get(hash)
        .is_some_and(|flight| flight.state == State::Waiting && flight.position(scan).is_ok())
}

#[cfg(test)]
mod tests;
