//! The exact minute: which places are taken, and until when.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::time::BootTime;

/// Places that are taken, each by one charge until a moment.
///
/// A charge that is gone from here, because its time was over, can no longer
/// be found: whatever comes back for it later frees nobody else's place.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(BootTime, u64)>", into = "Vec<(BootTime, u64)>")]
pub(super) struct Window {
    by_time: BTreeSet<(BootTime, u64)>,
    by_charge: HashMap<u64, BootTime>,
}

impl From<Vec<(BootTime, u64)>> for Window {
    fn from(places: Vec<(BootTime, u64)>) -> Self {
        let mut window = Self::default();
        for (free_at, charge) in places {
            window.take(charge, free_at);
        }
        window
    }
}

impl From<Window> for Vec<(BootTime, u64)> {
    fn from(window: Window) -> Self {
        window.by_time.into_iter().collect()
    }
}

impl Window {
    /// Makes every place free at one moment.
    pub(super) fn move_all_to(&mut self, free_at: BootTime) {
        let charges: Vec<u64> = self.by_charge.keys().copied().collect();
        for charge in charges {
            self.move_to(charge, free_at);
        }
    }

    /// Takes a place until `free_at`.
    pub(super) fn take(&mut self, charge: u64, free_at: BootTime) {
        self.by_time.insert((free_at, charge));
        self.by_charge.insert(charge, free_at);
    }

    /// Moves the moment at which a place gets free. False if the charge has
    /// no place any more.
    pub(super) fn move_to(&mut self, charge: u64, free_at: BootTime) -> bool {
        let held = self.release(charge);
        if held {
            self.take(charge, free_at);
        }
        held
    }

    /// Frees a place. False if the charge has none any more.
    pub(super) fn release(&mut self, charge: u64) -> bool {
        let free_at = self.by_charge.remove(&charge);
        free_at.is_some_and(|free_at| self.by_time.remove(&(free_at, charge)))
    }

    /// Forgets the places that are free at `now`, and says whose they were.
    pub(super) fn advance(&mut self, now: BootTime) -> impl Iterator<Item = u64> {
        std::iter::from_fn(move || {
            let &(free_at, charge) = self.by_time.first()?;
            if free_at > now {
                return None;
            }
            self.by_time.pop_first();
            self.by_charge.remove(&charge);
            Some(charge)
        })
    }

    /// How many places are taken at `now`.
    pub(super) fn taken(&self, now: BootTime) -> usize {
        self.by_time.len()
            - self
                .by_time
                .iter()
                .take_while(|(free_at, _)| *free_at <= now)
                .count()
    }

    /// How long until the first place that is taken at `now` is free.
    pub(super) fn first_free_in(&self, now: BootTime) -> Duration {
        let mut taken = self
            .by_time
            .iter()
            .skip_while(|(free_at, _)| *free_at <= now);
        taken
            .next()
            .map_or(Duration::ZERO, |(free_at, _)| free_at.saturating_since(now))
    }

    /// How long until one of `places` is free; zero if one is.
    pub(super) fn wait(&self, now: BootTime, places: usize) -> Duration {
        let over = (self.by_time.len() + 1).saturating_sub(places);
        let Some(nth) = over.checked_sub(1) else {
            return Duration::ZERO;
        };
        let frees = self.by_time.iter().nth(nth);
        frees.map_or(Duration::ZERO, |(free_at, _)| free_at.saturating_since(now))
    }
}
