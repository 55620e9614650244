//! A row of the table: what happens, and what must come of it.

use std::time::Duration;

use futures::future::LocalBoxFuture;
use vt_sim::{Fault, Specimen};

/// One entry; a row of the matrix that knows several cases has several.
pub(crate) struct Row {
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    pub(crate) stimulus: Stimulus,
    pub(crate) expect: Expect,
}

/// What happens. Of several faults each seed takes one.
pub(crate) enum Stimulus {
    /// The truth about such a file.
    File(Specimen),
    /// Every request meets it.
    Always(fn() -> Vec<Fault>),
    /// So many requests meet it, and the truth comes after them.
    Times(u32, fn() -> Vec<Fault>),
    /// A piece of its own, from a seed.
    Played(Play),
    /// One that takes days, and so not every seed.
    Long(&'static Self),
}

pub(crate) type Play = fn(u64) -> LocalBoxFuture<'static, Observed>;

impl Stimulus {
    /// What happens, however long it takes.
    pub(crate) const fn itself(&self) -> &Self {
        match self {
            Self::Long(stimulus) => stimulus,
            stimulus => stimulus,
        }
    }
}

/// What must come of it.
pub(crate) struct Expect {
    /// Each attempt: at least and at most so many seconds after the one
    /// before, or after the beginning, and what the server's log says of it:
    /// a status, `silence`, or `no connection`. An `x` is any digit.
    pub(crate) events: &'static [(f64, f64, &'static str)],
    /// What the day and the month are charged.
    pub(crate) charged: u32,
    pub(crate) stored: Stored,
    /// What one exchange gives, and after `then` the lookup if that is
    /// something else.
    pub(crate) surfaced: &'static str,
    /// What becomes of a job's item while this lasts, and afterwards.
    pub(crate) item: Item,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Nothing,
    /// The object, under all digests that the answer names, and how many
    /// minutes it answers for.
    Minutes(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Done,
    /// There is no answer and will be none, after so many requests at most.
    Failed(u64),
    /// Open as long as it lasts, and done afterwards without anybody's help.
    Open,
    /// Open, and done when somebody starts the job anew.
    Paused,
    /// Still open after that.
    Lost,
    /// This row is not about items.
    None,
}

/// What did come of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observed {
    pub(crate) events: Vec<(Duration, String)>,
    pub(crate) charged: u32,
    pub(crate) stored: Stored,
    pub(crate) surfaced: String,
    pub(crate) item: Item,
}

impl Row {
    /// Where what came first differs from what must come.
    pub(crate) fn complaint(&self, observed: &Observed) -> Option<String> {
        let expect = &self.expect;
        let (events, surfaced) = (&observed.events, &observed.surfaced);
        if !are_like(events, expect.events) {
            return Some(format!("{events:?} is not {:?}", expect.events));
        }
        if observed.charged != expect.charged {
            return Some(format!(
                "{} are charged, not {}",
                observed.charged, expect.charged
            ));
        }
        if observed.stored != expect.stored {
            return Some(format!(
                "{:?} is stored, not {:?}",
                observed.stored, expect.stored
            ));
        }
        if !is_like(surfaced, expect.surfaced) {
            return Some(format!(
                "a caller is told {surfaced}, not {}",
                expect.surfaced
            ));
        }
        if !expect.item.allows(observed.item) {
            return Some(format!(
                "the item is {:?}, not {:?}",
                observed.item, expect.item
            ));
        }
        None
    }
}

impl Item {
    fn allows(self, observed: Self) -> bool {
        match (self, observed) {
            (Self::Failed(most), Self::Failed(requests)) => (1..=most).contains(&requests),
            // Who goes on without help has not lost anything either.
            (Self::Paused, Self::Open) => true,
            _ => self == observed,
        }
    }
}

fn are_like(events: &[(Duration, String)], expected: &[(f64, f64, &str)]) -> bool {
    // Time is told in milliseconds.
    const ROUNDING: f64 = 0.005;
    let matches = |((after, what), (from, to, like)): (&(Duration, String), &(f64, f64, &str))| {
        let after = after.as_secs_f64();
        after >= from - ROUNDING && after <= to + ROUNDING && is_like(what, like)
    };
    events.len() == expected.len() && events.iter().zip(expected).all(matches)
}

fn is_like(text: &str, pattern: &str) -> bool {
    let matches = |(char, like): (char, char)| char == like || like == 'x' && char.is_ascii_digit();
    text.chars().count() == pattern.chars().count()
        && text.chars().zip(pattern.chars()).all(matches)
}
