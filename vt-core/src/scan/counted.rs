//! What VirusTotal itself has counted: a question that costs nothing.

use std::sync::{Arc, atomic::Ordering};

use super::{Error, core::Core};
use crate::{
    quota::Spent,
    report::{Allowance, Allowances},
};

impl Core {
    /// Asks VirusTotal what the key has spent, and corrects the books upwards.
    pub(super) async fn check_quota(&self) -> Result<Allowances, Error> {
        let allowances = self.client.allowances().await?;
        if let Some(seen) = spent(&allowances) {
            self.ledger.raise(self.client.key_id(), seen).await?;
        }
        Ok(allowances)
    }

    /// The same beside everything else, if that is wanted and not under way. A
    /// server that does not know the question is not asked again.
    pub(super) fn check_quota_meanwhile(self: &Arc<Self>) {
        if !self.checks_quota || self.is_checking.swap(true, Ordering::AcqRel) {
            return;
        }
        let core = Arc::clone(self);
        tokio::spawn(async move {
            let is_known = match core.check_quota().await {
                Ok(allowances) => {
                    let used = |allowance: Option<Allowance>| allowance.map(|it| it.used);
                    let [day, month] = [allowances.daily, allowances.monthly].map(used);
                    tracing::debug!(day, month, "VirusTotal counted");
                    // It may have ended an outage.
                    core.wake.notify_one();
                    true
                }
                Err(error) => {
                    tracing::debug!(%error, "VirusTotal does not say what it counted");
                    error.is_retryable()
                }
            };
            core.is_checking.store(!is_known, Ordering::Release);
        });
    }
}

fn spent(allowances: &Allowances) -> Option<Spent> {
    let used = |allowance: Option<Allowance>| {
        let own = allowance.filter(|allowance| !allowance.is_shared)?;
        Some(u32::try_from(own.used).unwrap_or(u32::MAX))
    };
    Some(Spent {
        day: used(allowances.daily),
        month: used(allowances.monthly),
        server_time: allowances.server_time?,
    })
}
