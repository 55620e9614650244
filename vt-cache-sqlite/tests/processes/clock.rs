//! The machine's clock, faster, and the same in every process.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use vt_core::time::{BootTime, Clock, SystemClock};

/// So many times as fast.
const SPEED: u32 = 60;

/// A midnight in the middle of a month.
const MIDNIGHT: i64 = 1_773_187_200;

/// A clock whose midnight is at a given moment of the machine's.
#[derive(Clone, Debug)]
pub(crate) struct FastClock {
    midnight: Duration,
}

impl FastClock {
    /// A clock that says midnight when so much of its own time has passed.
    pub(crate) fn before_midnight(time: Duration) -> Self {
        Self {
            midnight: SystemClock.boot().since_start() + time / SPEED,
        }
    }

    /// The same clock in another process.
    pub(crate) fn from_text(text: &str) -> Self {
        let midnight = Duration::from_nanos(text.parse().unwrap());
        Self { midnight }
    }

    pub(crate) fn to_text(&self) -> String {
        self.midnight.as_nanos().to_string()
    }

    /// What its wall clock says at a moment of its boot clock.
    pub(crate) fn wall_at(&self, boot: BootTime) -> DateTime<Utc> {
        let midnight = TimeDelta::from_std(self.midnight * SPEED).unwrap();
        let since_boot = TimeDelta::from_std(boot.since_start()).unwrap();
        DateTime::from_timestamp(MIDNIGHT, 0).unwrap() + since_boot - midnight
    }
}

impl Clock for FastClock {
    fn wall(&self) -> DateTime<Utc> {
        self.wall_at(self.boot())
    }

    fn boot(&self) -> BootTime {
        BootTime::from_start(SystemClock.boot().since_start() * SPEED)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration / SPEED)
    }
}
