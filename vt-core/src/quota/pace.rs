//! Large quotas spread over their minute.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    NotUntil, RateLimiter,
    clock::{self, Clock as _, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};

use super::Quota;
use crate::time::{BootTime, Clock};

/// Keeps a key that may send thousands of requests a minute from sending them
/// all in its first second. Small quotas are not paced: their first answers
/// come at once. The limit itself is the ledger's.
#[derive(Debug)]
pub(crate) struct Pacer {
    limiter: RateLimiter<NotKeyed, InMemoryState, BootClock, NoOpMiddleware<BootInstant>>,
}

impl Pacer {
    /// A pacer for quotas of more than one request a second.
    pub(crate) fn new(quota: &Quota, clock: Arc<dyn Clock>) -> Option<Self> {
        let per_second = NonZeroU32::new(quota.per_minute?.get() / 60)?;
        let quota = governor::Quota::per_second(per_second);
        let limiter = RateLimiter::new(quota, InMemoryState::default(), BootClock(clock));
        Some(Self { limiter })
    }

    /// Takes a turn, or says how long to wait for one.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        let now = self.limiter.clock().now();
        self.limiter
            .check()
            .map_err(|turn: NotUntil<BootInstant>| turn.wait_time_from(now))
    }
}

#[derive(Clone, Debug)]
struct BootClock(Arc<dyn Clock>);

impl clock::Clock for BootClock {
    type Instant = BootInstant;

    fn now(&self) -> BootInstant {
        BootInstant(self.0.boot())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BootInstant(BootTime);

impl std::ops::Add<Nanos> for BootInstant {
    type Output = Self;

    fn add(self, nanos: Nanos) -> Self {
        Self(self.0 + Duration::from(nanos))
    }
}

impl Reference for BootInstant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_since(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0 - Duration::from(duration))
    }
}
