//! Keeps futures from being polled when their runtime is gone: tokio's timers
//! would panic.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
    time::Duration,
};

/// How often the end looks whether everybody has left.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Default)]
pub(super) struct Gate {
    shut: AtomicBool,
    inside: AtomicUsize,
}

impl Gate {
    /// Does something, unless the gate is shut.
    pub(super) fn pass<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let _inside = Inside::of(self);
        (!self.shut.load(SeqCst)).then(work)
    }

    /// Lets nobody in any more, and waits for those who are: not for ever, as one
    /// may be in a callback of the user's.
    pub(super) fn shut(&self, limit: Duration) {
        self.shut.store(true, SeqCst);
        let mut waited = Duration::ZERO;
        while self.inside.load(SeqCst) > 0 && waited < limit {
            thread::sleep(PAUSE);
            waited += PAUSE;
        }
    }
}

struct Inside<'a>(&'a Gate);

impl<'a> Inside<'a> {
    fn of(gate: &'a Gate) -> Self {
        gate.inside.fetch_add(1, SeqCst);
        Self(gate)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, SeqCst);
    }
}
