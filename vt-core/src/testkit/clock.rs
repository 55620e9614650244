//! Time that a test decides.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tokio::runtime::Handle;

use crate::time::{BootTime, Clock};

/// How long a call to another thread may take in real time.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A [`Clock`] on tokio's clock: under `start_paused` months pass at once.
/// Its wall clock can be set, its boot clock cannot. Cloning clones the
/// handle.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    // A thread outside of the runtime, such as a database's, would see real
    // time.
    runtime: Handle,
    start: tokio::time::Instant,
    wall_at_start: DateTime<Utc>,
    wall_offset_ms: Arc<AtomicI64>,
}

impl VirtualClock {
    /// A clock whose wall says `wall` now.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime: it is that runtime's clock.
    #[must_use]
    pub fn new(wall: DateTime<Utc>) -> Self {
        Self {
            runtime: Handle::current(),
            start: tokio::time::Instant::now(),
            wall_at_start: wall,
            wall_offset_ms: Arc::default(),
        }
    }

    /// A clock whose wall says 2026-03-10 12:00:00 UTC now.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn at_noon() -> Self {
        Self::new(DateTime::UNIX_EPOCH + TimeDelta::seconds(1_773_144_000))
    }

    /// Sets the wall clock forward or back.
    pub fn step_wall(&self, by: TimeDelta) {
        self.wall_offset_ms
            .fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    fn elapsed(&self) -> Duration {
        let _context = self.runtime.enter();
        self.start.elapsed()
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> DateTime<Utc> {
        let offset = TimeDelta::milliseconds(self.wall_offset_ms.load(Ordering::Relaxed));
        let elapsed = TimeDelta::from_std(self.elapsed()).unwrap_or_default();
        self.wall_at_start + elapsed + offset
    }

    fn boot(&self) -> BootTime {
        BootTime::from_start(self.elapsed())
    }

    // While something blocks, the paused clock stands still.
    fn time_out(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let runtime = self.runtime.clone();
        Box::pin(async move {
            let (waiting, given_up) = mpsc::channel::<()>();
            let wait = runtime.spawn_blocking(move || given_up.recv_timeout(LONGEST_WAIT));
            // It cannot panic, and what it says does not matter.
            let _ = wait.await;
            drop(waiting);
            tokio::time::sleep(duration).await;
        })
    }
}
