//! A slow model of whose turn it is: while somebody waits, nobody else of the
//! same rank has two turns.

use std::collections::{HashMap, HashSet};

use super::super::{Board, ScanId, State, Turn, lines::Line, turns::Submitter};
use crate::scan::board::Class;

/// Who had a turn since somebody waits, or had one.
#[derive(Default)]
pub(super) struct Order {
    submitters: HashMap<(Class, Submitter), HashSet<Submitter>>,
    scans: HashMap<(Class, ScanId), HashSet<ScanId>>,
}

impl Order {
    /// Forgets those who wait no longer.
    pub(super) fn look(&mut self, board: &Board) {
        let waiting = waiting(board);
        let submitter = |line: &Line| (line.class(), line.submitter.clone());
        let submitters: HashSet<_> = waiting.values().map(|line| submitter(line)).collect();
        self.submitters.retain(|one, _| submitters.contains(one));
        for one in submitters {
            self.submitters.entry(one).or_default();
        }
        let scan = |(scan, line): (&ScanId, &&Line)| (line.class(), *scan);
        let scans: HashSet<_> = waiting.iter().map(scan).collect();
        self.scans.retain(|one, _| scans.contains(one));
        for one in scans {
            self.scans.entry(one).or_default();
        }
    }

    /// Checks a turn that was found just now.
    pub(super) fn check(&self, board: &Board, turn: Option<Turn>) {
        let waiting = waiting(board);
        let first = waiting.values().map(|line| line.class()).min();
        assert_eq!(turn.map(|turn| turn.class), first, "the wrong class");
        let Some(turn) = turn else {
            return;
        };
        let line = waiting[&turn.scan];
        for ((class, other), since) in &self.submitters {
            let twice = *class == turn.class && since.contains(&line.submitter);
            assert!(!twice, "{other:?} waits, and {turn:?} is its second");
        }
        for ((class, other), since) in &self.scans {
            let twice = *class == turn.class && since.contains(&turn.scan);
            assert!(!twice, "scan {other} waits, and {turn:?} is its second");
        }
    }

    /// Notes that a turn was used. One whose scan has gone meanwhile was used
    /// by nobody.
    pub(super) fn note(&mut self, turn: Turn, board: &Board) {
        let Some(line) = board.lines.scans.get(&turn.scan) else {
            return;
        };
        let submitter = &line.submitter;
        for ((class, _), since) in &mut self.submitters {
            if *class == turn.class {
                since.insert(submitter.clone());
            }
        }
        for ((class, other), since) in &mut self.scans {
            let beside = board.lines.scans.get(other);
            if *class == turn.class && beside.is_some_and(|line| line.submitter == *submitter) {
                since.insert(turn.scan);
            }
        }
        if let Some(since) = self.submitters.get_mut(&(turn.class, submitter.clone())) {
            since.clear();
        }
        if let Some(since) = self.scans.get_mut(&(turn.class, turn.scan)) {
            since.clear();
        }
    }
}

/// The lines in which something waits.
fn waiting(board: &Board) -> HashMap<ScanId, &Line> {
    let flights = board.flights.values();
    let in_line = flights.filter(|flight| flight.state == State::Waiting);
    let scans = in_line.flat_map(|flight| flight.askers.iter().map(|asker| asker.scan));
    scans
        .map(|scan| (scan, &board.lines.scans[&scan]))
        .collect()
}
