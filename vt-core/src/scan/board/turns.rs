//! Whose turn it is: in each class the submitters in turn, and of each
//! submitter its scans.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::Arc,
};

use super::ScanId;

/// What goes first, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::scan) enum Class {
    /// Somebody may be looking at the screen.
    Interactive,
    /// Everything else.
    Bulk,
}

impl Class {
    pub(super) const ALL: [Self; 2] = [Self::Interactive, Self::Bulk];
}

/// Who shares a turn.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Submitter {
    Named(Arc<str>),
    /// A scan whose submitter has no name.
    Scan(ScanId),
}

/// The scans with hashes in line.
///
/// Turns on two levels are stride scheduling with equal weights: whoever joins
/// starts at the end of the round, which is where the others stand.
#[derive(Debug, Default)]
pub(super) struct Turns {
    interactive: Round,
    bulk: Round,
}

#[derive(Debug, Default)]
struct Round {
    submitters: Queue<Submitter>,
    // Of each submitter above, and never empty.
    scans: HashMap<Submitter, Queue<ScanId>>,
}

impl Turns {
    /// Puts a scan at the end of its submitter's line.
    pub(super) fn join(&mut self, class: Class, submitter: &Submitter, scan: ScanId) {
        let round = self.round_mut(class);
        if let Some(scans) = round.scans.get_mut(submitter) {
            return scans.push(scan);
        }
        let mut scans = Queue::default();
        scans.push(scan);
        round.scans.insert(submitter.clone(), scans);
        round.submitters.push(submitter.clone());
    }

    /// Takes a scan out, whether it is its turn or not.
    pub(super) fn leave(&mut self, class: Class, submitter: &Submitter, scan: ScanId) {
        let round = self.round_mut(class);
        let Some(scans) = round.scans.get_mut(submitter) else {
            return;
        };
        scans.remove(&scan);
        if scans.first().is_none() {
            round.scans.remove(submitter);
            round.submitters.remove(submitter);
        }
    }

    /// The scan whose turn it is.
    pub(super) fn first(&self, class: Class) -> Option<ScanId> {
        let round = self.round(class);
        let scans = round.scans.get(round.submitters.first()?)?;
        scans.first().copied()
    }

    /// Ends the turn of a scan and its submitter: others go first now.
    pub(super) fn pass(&mut self, class: Class, submitter: &Submitter, scan: ScanId) {
        let round = self.round_mut(class);
        if let Some(scans) = round.scans.get_mut(submitter) {
            scans.move_to_end(&scan);
            round.submitters.move_to_end(submitter);
        }
    }

    /// The scans of a submitter in a class.
    pub(super) fn of(&self, class: Class, submitter: &Submitter) -> impl Iterator<Item = ScanId> {
        let scans = self.round(class).scans.get(submitter);
        scans.into_iter().flat_map(Queue::iter).copied()
    }

    const fn round(&self, class: Class) -> &Round {
        match class {
            Class::Interactive => &self.interactive,
            Class::Bulk => &self.bulk,
        }
    }

    const fn round_mut(&mut self, class: Class) -> &mut Round {
        match class {
            Class::Interactive => &mut self.interactive,
            Class::Bulk => &mut self.bulk,
        }
    }
}

/// First come, first served, and anybody may go at any time.
#[derive(Debug)]
struct Queue<T> {
    by_ticket: BTreeMap<u64, T>,
    tickets: HashMap<T, u64>,
    last_ticket: u64,
}

impl<T: Clone + Eq + Hash> Queue<T> {
    fn push(&mut self, one: T) {
        self.last_ticket += 1;
        self.tickets.insert(one.clone(), self.last_ticket);
        self.by_ticket.insert(self.last_ticket, one);
    }

    fn remove(&mut self, one: &T) -> Option<T> {
        let ticket = self.tickets.remove(one)?;
        self.by_ticket.remove(&ticket)
    }

    fn move_to_end(&mut self, one: &T) {
        if let Some(one) = self.remove(one) {
            self.push(one);
        }
    }

    fn first(&self) -> Option<&T> {
        self.iter().next()
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.by_ticket.values()
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            by_ticket: BTreeMap::new(),
            tickets: HashMap::new(),
            last_ticket: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(ScanId, &str); 5] = [
        (1, "many"),
        (2, "many"),
        (3, "many"),
        (10, "few"),
        (20, "one"),
    ];

    fn submitter(scan: ScanId) -> Submitter {
        let (_, name) = NAMES.iter().find(|(each, _)| *each == scan).unwrap();
        Submitter::Named((*name).into())
    }

    fn joined(scans: &[ScanId]) -> Turns {
        let mut turns = Turns::default();
        for scan in scans {
            turns.join(Class::Bulk, &submitter(*scan), *scan);
        }
        turns
    }

    /// The next scans, each of which sends something.
    fn next(turns: &mut Turns, count: usize) -> Vec<ScanId> {
        let next = |_| {
            let first = turns.first(Class::Bulk).unwrap();
            turns.pass(Class::Bulk, &submitter(first), first);
            first
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn submitters_take_turns_and_so_do_the_scans_of_each() {
        let mut turns = joined(&[1, 2, 3, 10]);
        assert_eq!(next(&mut turns, 8), [1, 10, 2, 10, 3, 10, 1, 10]);
        turns.join(Class::Bulk, &submitter(20), 20);
        assert_eq!(next(&mut turns, 6), [2, 10, 20, 3, 10, 20]);
    }

    #[test]
    fn a_scan_that_is_done_leaves_its_turn_to_its_submitter() {
        let mut turns = joined(&[1, 10, 2]);
        turns.leave(Class::Bulk, &submitter(1), 1);
        assert_eq!(next(&mut turns, 3), [2, 10, 2]);
        turns.leave(Class::Bulk, &submitter(10), 10);
        assert_eq!(next(&mut turns, 2), [2, 2]);
        turns.leave(Class::Bulk, &submitter(2), 2);
        assert_eq!(turns.first(Class::Bulk), None);
        assert!(turns.is_empty());
    }

    #[test]
    fn classes_do_not_see_each_other() {
        let mut turns = joined(&[1]);
        turns.join(Class::Interactive, &submitter(2), 2);
        assert_eq!(turns.first(Class::Interactive), Some(2));
        turns.leave(Class::Interactive, &submitter(2), 2);
        assert_eq!(turns.first(Class::Interactive), None);
        assert_eq!(turns.first(Class::Bulk), Some(1));
    }

    impl Turns {
        pub(in super::super) fn is_empty(&self) -> bool {
            let rounds = [&self.interactive, &self.bulk];
            rounds.iter().all(|round| {
                let nobody = round.submitters.tickets.is_empty();
                nobody && round.submitters.by_ticket.is_empty() && round.scans.is_empty()
            })
        }
    }
}
