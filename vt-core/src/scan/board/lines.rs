//! The line of each scan, and which class it is in.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    ScanId, Turn,
    ahead::Ahead,
    turns::{Class, Submitter, Turns},
};
use crate::{
    cache::{Detail, Entry, Freshness},
    hash::FileHash,
    scan::{Outcome, Patience, mail::Letter},
    time::BootTime,
};

/// How many hashes a scan may have in line and go before bulk, and how many
/// all such scans of one submitter: what a free key answers in five minutes.
/// Nobody watches a screen for longer.
pub(super) const INTERACTIVE: u64 = 20;

/// What a scan brings along.
#[derive(Debug)]
pub(in crate::scan) struct Entrant {
    pub(in crate::scan) outcomes: UnboundedSender<Outcome>,
    /// Who asks; without a name the scan is its own submitter.
    pub(in crate::scan) submitter: Option<Arc<str>>,
    pub(in crate::scan) freshness: Freshness,
    pub(in crate::scan) detail: Detail,
    pub(in crate::scan) patience: Patience,
    pub(in crate::scan) deadline: Option<BootTime>,
}

#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) scans: HashMap<ScanId, Line>,
    pub(super) turns: Turns,
    last_scan: ScanId,
}

#[derive(Debug)]
pub(super) struct Line {
    // May hold hashes that were answered or sent meanwhile: they are passed
    // over when their turn comes.
    pub(super) hashes: VecDeque<FileHash>,
    /// How many flights of this scan wait.
    pub(super) waiting: u64,
    pub(super) submitter: Submitter,
    /// Whether it has asked everything that it will ask.
    complete: bool,
    /// Whether it wants nothing any more but what is under way.
    withdrawn: bool,
    /// None while it is bulk because it has not yet been small. Decided once,
    /// so that nobody gets a large scan through as many small ones.
    decided: Option<Class>,
    freshness: Freshness,
    pub(super) detail: Detail,
    pub(super) patience: Patience,
    pub(super) deadline: Option<BootTime>,
    outcomes: UnboundedSender<Outcome>,
}

impl Lines {
    pub(super) fn enter(&mut self, entrant: Entrant) -> ScanId {
        self.last_scan += 1;
        let scan = self.last_scan;
        let submitter = entrant.submitter;
        let line = Line {
            hashes: VecDeque::new(),
            waiting: 0,
            submitter: submitter.map_or(Submitter::Scan(scan), Submitter::Named),
            complete: false,
            withdrawn: false,
            decided: None,
            freshness: entrant.freshness,
            detail: entrant.detail,
            patience: entrant.patience,
            deadline: entrant.deadline,
            outcomes: entrant.outcomes,
        };
        self.scans.insert(scan, line);
        scan
    }

    /// Lets a scan go, and says what is in its line.
    pub(super) fn leave(&mut self, scan: ScanId) -> Option<VecDeque<FileHash>> {
        let line = self.scans.remove(&scan)?;
        self.turns.leave(line.class(), &line.submitter, scan);
        Some(line.hashes)
    }

    /// Notes that a scan asks nothing more.
    pub(super) fn complete(&mut self, scan: ScanId) {
        if let Some(line) = self.scans.get_mut(&scan) {
            line.complete = true;
            self.decide(scan);
        }
    }

    /// Notes that a scan wants nothing any more but what is under way, and says
    /// what was in its line.
    pub(super) fn withdraw(&mut self, scan: ScanId) -> VecDeque<FileHash> {
        let Some(line) = self.scans.get_mut(&scan) else {
            return VecDeque::new();
        };
        line.withdrawn = true;
        std::mem::take(&mut line.hashes)
    }

    /// Takes all out of a scan's line, of which some may not wait any more.
    pub(super) fn empty(&mut self, scan: ScanId) -> VecDeque<FileHash> {
        let line = self.scans.get_mut(&scan);
        line.map(|line| std::mem::take(&mut line.hashes))
            .unwrap_or_default()
    }

    pub(super) fn has_withdrawn(&self, scan: ScanId) -> bool {
        self.scans.get(&scan).is_some_and(|line| line.withdrawn)
    }

    /// Puts a hash that the scan is not yet in line for into its line.
    pub(super) fn line_up(&mut self, scan: ScanId, join: impl FnOnce(&mut VecDeque<FileHash>)) {
        let Some(line) = self.scans.get_mut(&scan) else {
            return;
        };
        join(&mut line.hashes);
        line.waiting += 1;
        if line.waiting == 1 {
            self.turns.join(line.class(), &line.submitter, scan);
        }
    }

    /// Notes that a hash of this scan waits no longer. It stays in the line
    /// until it would have its turn.
    pub(super) fn no_longer_waits(&mut self, scan: ScanId) {
        let Some(line) = self.scans.get_mut(&scan) else {
            return;
        };
        line.waiting -= 1;
        if line.waiting == 0 {
            self.turns.leave(line.class(), &line.submitter, scan);
        }
        self.decide(scan);
    }

    /// Whose turn it is; `waits` says whether a scan still waits for a hash.
    pub(super) fn next(&mut self, waits: impl Fn(ScanId, &FileHash) -> bool) -> Option<Turn> {
        for class in Class::ALL {
            let Some(scan) = self.turns.first(class) else {
                continue;
            };
            let line = self.scans.get_mut(&scan)?;
            while let Some(&hash) = line.hashes.front() {
                if waits(scan, &hash) {
                    return Some(Turn { class, scan, hash });
                }
                line.hashes.pop_front();
            }
        }
        None
    }

    /// Ends a turn. One whose scan has gone meanwhile costs its submitter
    /// nothing.
    pub(super) fn pass(&mut self, turn: Turn) {
        if let Some(line) = self.scans.get(&turn.scan) {
            self.turns.pass(turn.class, &line.submitter, turn.scan);
        }
    }

    /// Whether an answer from the cache is good enough for a scan.
    pub(super) fn accepts(&self, scan: ScanId, entry: &Entry, now: DateTime<Utc>) -> bool {
        let line = self.scans.get(&scan);
        line.is_none_or(|line| line.freshness.is_fresh(entry, now) && entry.has(line.detail))
    }

    pub(super) fn tell(&self, scan: ScanId, outcome: Outcome) {
        if let Some(letter) = self.letter(scan, outcome) {
            letter.deliver();
        }
    }

    /// An outcome for a scan, if that is still there.
    pub(super) fn letter(&self, scan: ScanId, outcome: Outcome) -> Option<Letter> {
        let line = self.scans.get(&scan)?;
        Some(Letter::new(line.outcomes.clone(), outcome))
    }

    /// What is sent before this scan has its answers.
    pub(super) fn ahead(&self, scan: ScanId) -> Ahead {
        let own = self.scans.get(&scan);
        own.map_or_else(Ahead::default, |own| Ahead::of(own, self.scans.values()))
    }

    /// Settles a scan's class as soon as it is complete and small.
    fn decide(&mut self, scan: ScanId) {
        let Some(line) = self.scans.get(&scan) else {
            return;
        };
        if !line.complete || line.decided.is_some() || line.waiting > INTERACTIVE {
            return;
        }
        let others = self.turns.of(Class::Interactive, &line.submitter);
        let waiting = others.filter_map(|other| Some(self.scans.get(&other)?.waiting));
        let fits = waiting.sum::<u64>() + line.waiting <= INTERACTIVE;
        let Some(line) = self.scans.get_mut(&scan) else {
            return;
        };
        if !fits {
            line.decided = Some(Class::Bulk);
            return;
        }
        self.turns.leave(line.class(), &line.submitter, scan);
        line.decided = Some(Class::Interactive);
        if line.waiting > 0 {
            self.turns.join(Class::Interactive, &line.submitter, scan);
        }
    }
}

impl Line {
    pub(super) fn class(&self) -> Class {
        self.decided.unwrap_or(Class::Bulk)
    }

    /// How many of its hashes are sent as bulk.
    pub(super) fn bulk(&self) -> u64 {
        match self.decided {
            None => self.waiting.saturating_sub(INTERACTIVE),
            Some(Class::Bulk) => self.waiting,
            Some(Class::Interactive) => 0,
        }
    }
}
