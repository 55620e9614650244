//! Accounts in memory.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{
    Account, Attempt, KeyId, Ledger, LedgerError, Permit, Quota, Reservation, Spend, Spent, Usage,
};
use crate::time::{Clock, SystemClock};

/// A [`Ledger`] that lives as long as the process.
///
/// After a restart it knows nothing: use it where the day's limit is far
/// away, or where losing it is acceptable. Cloning clones the handle.
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    clock: Arc<dyn Clock>,
    accounts: Arc<Mutex<HashMap<KeyId, Account>>>,
}

impl MemoryLedger {
    /// An empty ledger on the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty ledger on another clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            accounts: Arc::default(),
        }
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<KeyId, Account>> {
        // No method of `Account` can panic half-way through a change.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("in memory")
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let account = accounts.entry(spend.key).or_default();
        Ok(match account.reserve(now, &spend.quota, spend.deadline) {
            Ok(charge) => Reservation::Granted(Permit::new(spend.key, charge)),
            Err(wait) => Reservation::Wait(wait),
        })
    }

    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let mut accounts = self.accounts();
        let account = accounts.entry(permit.key()).or_default();
        account.finish(now, permit.charge(), attempt);
        Ok(())
    }

    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.accounts().entry(key).or_default().block(now, duration);
        Ok(())
    }

    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.accounts().entry(key).or_default().raise(now, &seen);
        Ok(())
    }

    async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError> {
        let now = self.clock.now();
        Ok(self.accounts().entry(key).or_default().usage(now, quota))
    }
}
