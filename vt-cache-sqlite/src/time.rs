//! Time that means the same to every process that has the file open.

use std::{sync::Arc, time::Duration};

use vt_core::time::{BootTime, Clock, Now};

/// A clock, and which run of the machine it counts from.
#[derive(Clone, Debug)]
pub(crate) struct SharedTime {
    clock: Arc<dyn Clock>,
    boot_id: Arc<str>,
}

impl SharedTime {
    pub(crate) fn new(clock: Arc<dyn Clock>, boot_id: Option<String>) -> Self {
        let boot_id = boot_id.or_else(linux_boot_id).unwrap_or_default();
        Self {
            clock,
            boot_id: boot_id.into(),
        }
    }

    pub(crate) fn boot_id(&self) -> &str {
        &self.boot_id
    }

    pub(crate) fn now(&self) -> Now {
        let now = self.clock.now();
        if !self.boot_id.is_empty() {
            return now;
        }
        // Each process counts from a start of its own here: the wall clock is
        // the only one they share.
        let since_1970 = u64::try_from(now.wall.timestamp_millis()).unwrap_or_default();
        let boot = BootTime::from_start(Duration::from_millis(since_1970));
        Now { boot, ..now }
    }
}

fn linux_boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}
