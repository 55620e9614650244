//! Whether this process may use SQLite at all.
//!
//! SQLite remembers in memory which locks its process has on a file. A process
//! that was forked off inherits the memory and not the locks: it would work on
//! any file that its parent has open without one, and what it writes is lost
//! when the parent closes that. And a mutex of SQLite's that another thread had
//! at that moment stays locked in it for ever.

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
};

use crate::Error;

/// The process that last opened a file, and how many it has open: in one word,
/// since a lock would have the same defect.
static OPEN: AtomicU64 = AtomicU64::new(0);

const fn word(process: u32, files: u32) -> u64 {
    (process as u64) << 32 | files as u64
}

/// Stands for a file that is open.
#[derive(Debug)]
pub(crate) struct Open {
    process: u32,
}

impl Open {
    /// Fails in a process that was forked off while a file was open.
    pub(crate) fn begin() -> Result<Self, Error> {
        let process = process::id();
        let begun = OPEN.fetch_update(SeqCst, SeqCst, |open| {
            let (owner, files) = ((open >> 32) as u32, open as u32);
            match files {
                0 => Some(word(process, 1)),
                _ if owner == process => Some(open + 1),
                _ => None,
            }
        });
        begun.map_err(|_| Error::Forked)?;
        Ok(Self { process })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.process == process::id() {
            OPEN.fetch_sub(1, SeqCst);
        }
    }
}
