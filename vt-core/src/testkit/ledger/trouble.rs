//! What one request tells all others.
#![expect(clippy::missing_panics_doc, reason = "tests panic")]

use std::{sync::Arc, time::Duration};

use super::{SENT, granted, refused, reserve};
use crate::{
    quota::{
        Attempt, FAILURES_IN_A_ROW, KeyId, Ledger, Limit, Permit, Quota, Refusal, RefusalKind,
        Reply, Wait,
    },
    testkit::VirtualClock,
};

/// Rules 9 and 12.
pub async fn refusals_and_outages_hold_for_everybody_until_one_is_answered(
    ledger: Arc<dyn Ledger>,
    _: VirtualClock,
) {
    let refused_for = Refusal {
        kind: RefusalKind::Rate,
        retry_after: None,
        jitter: Duration::from_secs(3),
    };
    let cases = [
        (Reply::Refused(refused_for), 1, Limit::Server, 63),
        (Reply::Failed, FAILURES_IN_A_ROW, Limit::Outage, 60),
    ];
    for (reply, times, limit, seconds) in cases {
        for _ in 0..times {
            let permit = granted(&*ledger, Quota::UNLIMITED).await;
            told(&*ledger, permit, reply).await;
        }
        let duration = Duration::from_secs(seconds);
        let expected = Wait { limit, duration };
        assert_eq!(refused(&*ledger, Quota::UNLIMITED).await, expected);
        let other = KeyId::from_bytes([2; 16]);
        drop(
            reserve(&*ledger, other, Quota::UNLIMITED)
                .await
                .expect("a grant"),
        );
        tokio::time::advance(duration).await;
        let probe = granted(&*ledger, Quota::UNLIMITED).await;
        assert_eq!(refused(&*ledger, Quota::UNLIMITED).await.limit, limit);
        told(&*ledger, probe, Reply::Answered).await;
        drop(granted(&*ledger, Quota::UNLIMITED).await);
        drop(granted(&*ledger, Quota::UNLIMITED).await);
    }
}

async fn told(ledger: &dyn Ledger, permit: Permit, reply: Reply) {
    let attempt = Attempt { reply, ..SENT };
    ledger
        .finish(permit, attempt)
        .await
        .expect("a working ledger");
}
