//! Answers on their way to those who asked.

use std::sync::Mutex;

use tokio::sync::mpsc::UnboundedSender;

use super::{Outcome, core::lock};

/// An outcome, and where it goes.
#[derive(Debug)]
pub(super) struct Letter {
    scan: UnboundedSender<Outcome>,
    outcome: Outcome,
}

impl Letter {
    pub(super) const fn new(scan: UnboundedSender<Outcome>, outcome: Outcome) -> Self {
        Self { scan, outcome }
    }

    pub(super) fn deliver(self) {
        // Whoever dropped the receiver is about to leave.
        let _ = self.scan.send(self.outcome);
    }
}

/// What several requests have to hand over at the same time.
///
/// Whoever waits for it may have to be woken, which costs more than all else
/// that becomes of an answer: so once for all of them, and under no lock that
/// others need.
#[derive(Debug, Default)]
pub(super) struct Mail(Mutex<Vec<Letter>>);

impl Mail {
    pub(super) fn post(&self, letters: Vec<Letter>) {
        lock(&self.0).extend(letters);
    }

    /// Hands over what was posted, whoever posted it.
    pub(super) fn deliver(&self) {
        let letters = std::mem::take(&mut *lock(&self.0));
        letters.into_iter().for_each(Letter::deliver);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{FutureExt, StreamExt};
    use http::Response;
    use tokio::{runtime, sync::mpsc::unbounded_channel, task::yield_now};

    use super::*;
    use crate::{
        client::{ApiKey, Client, transport_fn},
        hash::FileHash,
        quota::Quota,
        scan::{Error, Scanner},
    };

    fn outcome(tag: u8) -> Outcome {
        Outcome {
            hash: FileHash::md5([tag; 16]),
            result: Err(Error::Cancelled),
        }
    }

    #[test]
    fn what_several_posted_is_handed_over_by_the_first_to_come() {
        let (sender, mut outcomes) = unbounded_channel();
        let mail = Mail::default();
        for tags in [[1, 2], [3, 4]] {
            let letters = tags.map(|tag| Letter::new(sender.clone(), outcome(tag)));
            mail.post(letters.into());
        }
        assert!(outcomes.is_empty());
        mail.deliver();
        assert_eq!(outcomes.len(), 4);
        mail.deliver();
        assert_eq!(outcomes.len(), 4);
        for tag in 1..=4 {
            assert_eq!(outcomes.try_recv().unwrap().hash, outcome(tag).hash);
        }
    }

    #[test]
    fn whenever_the_runtime_ends_each_hash_has_one_outcome() {
        const HASHES: u8 = 3;
        let mut answered = 0;
        for steps in 0..40 {
            let runtime = runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            let (mut scan, mut told) = runtime.block_on(async {
                let mut scan = scanner().scan((0..HASHES).map(|tag| FileHash::md5([tag; 16])));
                // In line from the first poll on.
                let mut told = Vec::from_iter(scan.next().now_or_never().flatten());
                for _ in 0..steps {
                    yield_now().await;
                }
                told.extend(scan.next().now_or_never().flatten());
                (scan, told)
            });
            drop(runtime);
            while let Some(outcome) = scan.next().now_or_never().expect("nobody is waited for") {
                told.push(outcome);
            }
            let mut hashes: Vec<FileHash> = told.iter().map(|outcome| outcome.hash).collect();
            hashes.sort_unstable();
            hashes.dedup();
            assert_eq!((told.len(), hashes.len()), (3, 3), "{steps} steps");
            answered += told.iter().filter(|told| told.result.is_ok()).count();
        }
        // Before, within and after.
        assert!((3..117).contains(&answered), "{answered}");
    }

    fn scanner() -> Scanner {
        let transport = transport_fn(|_| async {
            yield_now().await;
            let body = Bytes::from_static(br#"{"error": {"code": "NotFoundError"}}"#);
            Ok(Response::builder().status(404).body(body).unwrap())
        });
        let client = Client::builder(ApiKey::new("0123").unwrap())
            .transport(transport)
            .quota(Quota::UNLIMITED)
            .build();
        Scanner::builder(client.unwrap()).build()
    }
}
