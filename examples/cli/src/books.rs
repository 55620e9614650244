//! The books of a key, with somebody who hears when nothing can be charged.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use vt_core::quota::{
    Attempt, KeyId, Ledger, LedgerError, Permit, Quota, Reservation, Spend, Spent, Usage,
};

/// A ledger that tells of its trouble once until it is over: a scanner tries
/// again for a while, and does so in silence.
#[derive(Debug)]
pub(crate) struct Books<L> {
    ledger: L,
    is_failing: AtomicBool,
    tell: fn(&LedgerError),
}

impl<L: Ledger> Books<L> {
    /// Tells the user, who may be able to do something about it meanwhile.
    pub(crate) fn new(ledger: L) -> Self {
        Self::telling(ledger, |error| tell!("{error} (waiting meanwhile)"))
    }

    fn telling(ledger: L, tell: fn(&LedgerError)) -> Self {
        Self {
            ledger,
            is_failing: AtomicBool::new(false),
            tell,
        }
    }
}

impl<L: Ledger> fmt::Display for Books<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ledger, f)
    }
}

#[async_trait]
impl<L: Ledger> Ledger for Books<L> {
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
        let reserved = self.ledger.reserve(spend).await;
        let was_failing = self.is_failing.swap(reserved.is_err(), Ordering::Relaxed);
        if let Err(error) = &reserved
            && !was_failing
        {
            (self.tell)(error);
        }
        reserved
    }

    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
        self.ledger.finish(permit, attempt).await
    }

    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
        self.ledger.block(key, duration).await
    }

    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
        self.ledger.raise(key, seen).await
    }

    async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError> {
        self.ledger.usage(key, quota).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU32};

    use vt_core::quota::MemoryLedger;

    use super::*;

    /// A ledger that cannot be charged from time to time.
    #[derive(Debug, Default)]
    struct Moody {
        ledger: MemoryLedger,
        is_full: AtomicBool,
    }

    impl fmt::Display for Moody {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("vt.db")
        }
    }

    #[async_trait]
    impl Ledger for Moody {
        async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
            if self.is_full.load(Ordering::Relaxed) {
                return Err(LedgerError::new(self, "no room"));
            }
            self.ledger.reserve(spend).await
        }

        async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
            self.ledger.finish(permit, attempt).await
        }

        async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
            self.ledger.block(key, duration).await
        }

        async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
            self.ledger.raise(key, seen).await
        }

        async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError> {
            self.ledger.usage(key, quota).await
        }
    }

    #[tokio::test]
    async fn trouble_is_told_once_until_it_is_over() {
        static TOLD: AtomicU32 = AtomicU32::new(0);
        let moody = Arc::new(Moody::default());
        let books = Books::telling(Arc::clone(&moody), |error| {
            assert!(error.to_string().contains("vt.db cannot be used: no room"));
            TOLD.fetch_add(1, Ordering::Relaxed);
        });
        let spend = Spend {
            key: KeyId::from_bytes([7; 16]),
            quota: Quota::UNLIMITED,
            deadline: Duration::from_secs(30),
        };
        for (is_full, told) in [(false, 0), (true, 1), (true, 1), (false, 1), (true, 2)] {
            moody.is_full.store(is_full, Ordering::Relaxed);
            assert_eq!(books.reserve(&spend).await.is_err(), is_full);
            assert_eq!(TOLD.load(Ordering::Relaxed), told);
        }
    }
}
