//! The simulator's time: elapsed time by tokio's clock, calendar time from a given start.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A point in the simulator's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) since_start: Duration,
    pub(crate) wall: DateTime<Utc>,
}

/// Tells the time; a paused tokio clock stops it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    start_wall: DateTime<Utc>,
}

impl Clock {
    pub(crate) fn starting_at(start_wall: DateTime<Utc>) -> Self {
        Self {
            start: Instant::now(),
            start_wall,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        let since_start = self.start.elapsed();
        Moment {
            since_start,
            wall: self.wall_after(since_start),
        }
    }

    pub(crate) fn start_wall(&self) -> DateTime<Utc> {
        self.start_wall
    }

    pub(crate) fn wall_after(&self, elapsed: Duration) -> DateTime<Utc> {
        TimeDelta::from_std(elapsed)
            .ok()
            .and_then(|elapsed| self.start_wall.checked_add_signed(elapsed))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Reads the real time of day.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the real clock comes in, for a simulator that serves real clients"
)]
pub(crate) fn real_time() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}
