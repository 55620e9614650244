//! Finding the number of a sample by one of its digests.

use std::{collections::HashMap, sync::OnceLock};

use crate::{
    digest::{AskedHash, Digests},
    sample,
    settings::DEFAULT_SAMPLES,
};

/// Sample numbers by the first eight bytes of each digest.
type Table = HashMap<u64, u64>;

/// The samples from 0 up to a number.
#[derive(Debug)]
pub(super) struct Numbered {
    count: u64,
    /// Filled when first needed, and only for more samples than the shared table has.
    own: OnceLock<Table>,
}

impl Numbered {
    pub(super) fn new(count: u64) -> Self {
        Self {
            count,
            own: OnceLock::new(),
        }
    }

    pub(super) fn find(&self, asked: AskedHash) -> Option<(u64, Digests)> {
        let table = if self.count <= DEFAULT_SAMPLES {
            shared()
        } else {
            self.own.get_or_init(|| table(self.count))
        };
        let n = *table.get(&prefix(asked.as_bytes()))?;
        if n >= self.count {
            return None;
        }
        let digests = Digests::of(sample::content(n).as_bytes());
        digests.contains(asked).then_some((n, digests))
    }
}

/// Returns the first eight bytes of a digest as a number.
pub(super) fn prefix(digest: &[u8]) -> u64 {
    digest
        .iter()
        .take(8)
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Which samples there are never changes, so that the many simulators of a test run share one table.
fn shared() -> &'static Table {
    static SHARED: OnceLock<Table> = OnceLock::new();
    SHARED.get_or_init(|| table(DEFAULT_SAMPLES))
}

fn table(count: u64) -> Table {
    let mut table = Table::new();
    for n in 0..count {
        for hash in Digests::of(sample::content(n).as_bytes()).each() {
            table.insert(prefix(hash.as_bytes()), n);
        }
    }
    table
}
