//! How much one client may ask of this server.

use std::{fmt, num::NonZeroU32};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// How many wrong links a network may try in a minute.
const MISSES: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// More than that is no limit.
const MOST: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
/// After so many clients those are forgotten that have all their allowance.
const CLIENTS: usize = 10_000;

/// Allowances, for each network that clients come from.
pub(crate) struct Limits {
    uploads: DefaultKeyedRateLimiter<String>,
    misses: DefaultKeyedRateLimiter<String>,
}

impl Limits {
    /// So many uploads a network may send at once, and then one a minute.
    pub(crate) fn new(uploads: NonZeroU32) -> Self {
        // The limiter reckons in nanoseconds, which are so many and no more.
        let uploads = uploads.min(MOST);
        let a_minute = NonZeroU32::MIN;
        Self {
            uploads: RateLimiter::keyed(Quota::per_minute(a_minute).allow_burst(uploads)),
            misses: RateLimiter::keyed(Quota::per_minute(MISSES)),
        }
    }

    /// Whether a network may upload once more.
    pub(crate) fn may_upload(&self, network: &str) -> bool {
        allows(&self.uploads, network)
    }

    /// Whether a network may try one more link that is none.
    pub(crate) fn may_miss(&self, network: &str) -> bool {
        allows(&self.misses, network)
    }
}

fn allows(limiter: &DefaultKeyedRateLimiter<String>, network: &str) -> bool {
    if limiter.len() > CLIENTS {
        limiter.retain_recent();
    }
    limiter.check_key(&network.to_owned()).is_ok()
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_has_had_its_share_does_not_take_that_of_others() {
        let limits = Limits::new(NonZeroU32::new(30).unwrap());
        let allowed = (0..100).filter(|_| limits.may_upload("a")).count();
        assert_eq!(allowed, 30);
        assert!(limits.may_upload("b") && limits.may_miss("a"));
    }
}
