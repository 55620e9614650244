//! Large quotas spread over their minute.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    NotUntil, RateLimiter,
    clock::{self, Clock as _, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};

use super::{Quota, WINDOW};
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
        let limit = quota.per_minute?;
        let per_second = NonZeroU32::new(limit.get() / 60)?;
        // By the minute, not by the second: a whole number of requests a
        // second would leave up to half of the limit unused.
        let quota = governor::Quota::with_period(WINDOW / limit.get())?.allow_burst(per_second);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use chrono::{DateTime, Utc};

    use super::*;
    use crate::time::SystemClock;

    /// A clock that stands still until it is told.
    #[derive(Debug, Default)]
    struct Still(AtomicU64);

    impl Still {
        fn pass(&self, time: Duration) {
            let nanos = u64::try_from(time.as_nanos()).unwrap();
            self.0.fetch_add(nanos, Ordering::Relaxed);
        }
    }

    impl Clock for Still {
        fn wall(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }

        fn boot(&self) -> BootTime {
            BootTime::from_start(Duration::from_nanos(self.0.load(Ordering::Relaxed)))
        }
    }

    #[test]
    fn a_minute_s_requests_are_spread_over_the_minute_and_all_of_them_fit() {
        for limit in [60, 100, 119, 120, 1_000, 60_000] {
            let clock = Arc::new(Still::default());
            let quota = Quota::UNLIMITED.per_minute(limit);
            let pacer = Pacer::new(&quota, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
            let mut seconds = vec![0; 61];
            while clock.boot().since_start() <= WINDOW {
                match pacer.take() {
                    Ok(()) => seconds[clock.boot().since_start().as_secs() as usize] += 1,
                    Err(wait) => clock.pass(wait),
                }
            }
            let total: u32 = seconds.iter().sum();
            assert!(
                (limit..=limit + limit / 60 + 1).contains(&total),
                "{total} of {limit}"
            );
            let most = seconds.iter().max().unwrap();
            assert!(*most <= 2 * limit / 60 + 1, "{most} in a second of {limit}");
        }
    }

    #[test]
    fn small_quotas_and_none_are_not_paced() {
        for quota in [
            Quota::PUBLIC,
            Quota::UNLIMITED,
            Quota::PUBLIC.per_minute(59),
        ] {
            assert!(Pacer::new(&quota, Arc::new(SystemClock)).is_none());
        }
    }
}
