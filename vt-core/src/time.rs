//! Where all time comes from.
//!
//! Nothing in this crate asks the operating system for the time except
//! [`SystemClock`], so that tests drive months in milliseconds.

use std::{
    fmt::Debug,
    ops::{Add, Sub},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// A source of time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall clock. It may be wrong, and it may jump.
    fn wall(&self) -> DateTime<Utc>;

    /// Time that only goes forward, and goes on while the machine sleeps.
    fn boot(&self) -> BootTime;

    /// Completes when `duration` has passed. The default sleeps on tokio's
    /// clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    /// Completes when a call to a back end has taken `duration`, and so will
    /// not return any more. A clock that jumps forward whenever nothing seems to
    /// happen has to wait here, for what happens on other threads.
    fn time_out(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep(duration)
    }

    /// Both clocks at once.
    fn now(&self) -> Now {
        Now {
            boot: self.boot(),
            wall: self.wall(),
        }
    }
}

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// By the clock that only goes forward.
    pub boot: BootTime,
    /// By the wall clock.
    pub wall: DateTime<Utc>,
}

/// A moment by a clock that only goes forward, such as the time since boot.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct BootTime(Duration);

impl BootTime {
    /// The moment `duration` after the clock's start.
    #[must_use]
    pub const fn from_start(duration: Duration) -> Self {
        Self(duration)
    }

    /// How long after the clock's start this is.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero if it is before it.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for BootTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl Sub<Duration> for BootTime {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

/// The machine's clocks.
///
/// On Linux [`boot`](Clock::boot) is `CLOCK_BOOTTIME`. Elsewhere it is the
/// time since the first use in this process, which may stand still while the
/// machine sleeps: requests are then spaced wider than needed, never closer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn wall(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[cfg(target_os = "linux")]
    fn boot(&self) -> BootTime {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
        BootTime(Duration::new(seconds, nanos))
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn boot(&self) -> BootTime {
        use std::{sync::OnceLock, time::Instant};

        static START: OnceLock<Instant> = OnceLock::new();
        BootTime(START.get_or_init(Instant::now).elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_goes_forward() {
        let first = SystemClock.now();
        let second = SystemClock.now();
        assert!(second.boot >= first.boot);
        assert!(first.wall.timestamp() > 1_700_000_000);
    }

    #[test]
    fn earlier_than_the_start_is_the_start() {
        let start = BootTime::default();
        assert_eq!(start - Duration::from_secs(1), start);
        assert_eq!(
            start.saturating_since(start + Duration::from_secs(1)),
            Duration::ZERO
        );
    }
}
