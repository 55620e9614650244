//! What is sent before a scan is done.

use super::{
    lines::Line,
    turns::{Class, Submitter},
};

/// How many requests are sent before a scan has its answers, in this order,
/// if nobody else comes or goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::scan) struct Ahead {
    pub(in crate::scan) interactive: u64,
    pub(in crate::scan) bulk: u64,
    /// The rest of a large scan, when it has become small.
    pub(in crate::scan) rest: u64,
}

/// A line as its submitter's turns see it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Share<'a> {
    submitter: &'a Submitter,
    /// How many turns it takes.
    turns: u64,
    /// How many are sent after these without taking turns: the end of a large
    /// scan goes first, as small ones do.
    rest: u64,
}

impl Ahead {
    pub(super) fn of<'a>(own: &'a Line, lines: impl Iterator<Item = &'a Line> + Clone) -> Self {
        let class = own.class();
        let peers = lines.clone().filter(|line| line.class() == class);
        let in_turn = in_turn(own, peers);
        if class == Class::Interactive {
            return Self {
                interactive: in_turn,
                ..Self::default()
            };
        }
        let first = lines.filter(|line| line.class() == Class::Interactive);
        let rest = own.waiting - own.bulk();
        Self {
            interactive: first.map(|line| line.waiting).sum(),
            bulk: in_turn - rest,
            rest,
        }
    }

    pub(in crate::scan) const fn total(&self) -> u64 {
        self.interactive + self.bulk + self.rest
    }
}

/// How many requests of one class are sent until `own` is done.
fn in_turn<'a>(own: &'a Line, peers: impl Iterator<Item = &'a Line>) -> u64 {
    let own = Share::of(own);
    let mut shares: Vec<Share<'_>> = peers.map(Share::of).collect();
    shares.sort_unstable();
    let beside = shares
        .iter()
        .filter(|share| share.submitter == own.submitter);
    let rounds = beside.map(|share| share.turns.min(own.turns)).sum();
    shares
        .chunk_by(|one, other| one.submitter == other.submitter)
        .map(|shares| sent(shares, rounds))
        .sum()
}

/// How many requests of one submitter, whose shortest line stands first, are
/// sent in so many turns of that submitter.
fn sent(shares: &[Share<'_>], mut turns: u64) -> u64 {
    let (mut sent, mut level) = (0, 0);
    for (done, share) in shares.iter().enumerate() {
        let lines = (shares.len() - done) as u64;
        let until_done = (share.turns - level) * lines;
        if until_done > turns {
            return sent + turns;
        }
        turns -= until_done;
        sent += until_done + share.rest;
        level = share.turns;
    }
    sent
}

impl<'a> Share<'a> {
    fn of(line: &'a Line) -> Self {
        let turns = match line.class() {
            Class::Interactive => line.waiting,
            Class::Bulk => line.bulk(),
        };
        Self {
            submitter: &line.submitter,
            turns,
            rest: line.waiting - turns,
        }
    }
}
