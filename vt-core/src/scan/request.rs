//! One request: a task of its own, so that no caller's end is its end.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Error, core::Core};
use crate::{
    cache::Entry,
    client::{
        self, Exchange,
        retry::{self, Next},
    },
    hash::FileHash,
    quota::{Attempt, Ending, Permit},
    report::Lookup,
};

/// A request that is paid for.
pub(super) struct Request {
    hash: FileHash,
    permit: Permit,
    landing: Landing,
}

impl Request {
    pub(super) const fn new(
        core: Arc<Core>,
        hash: FileHash,
        permit: Permit,
        seat: OwnedSemaphorePermit,
    ) -> Self {
        let landing = Landing {
            core,
            hash,
            landed: false,
            seat: Some(seat),
        };
        Self {
            hash,
            permit,
            landing,
        }
    }

    pub(super) async fn run(self) {
        let Self {
            hash,
            permit,
            mut landing,
        } = self;
        let core = Arc::clone(&landing.core);
        let start = core.clock.boot();
        core.count_request();
        let refusals = core.refusals();
        let exchange = core.client.exchange(&hash).await;
        core.note_latency(core.clock.boot().saturating_since(start));
        let attempt = attempt(&exchange);
        match exchange.result {
            Ok(lookup) => answer(&core, hash, lookup, (permit, attempt)).await,
            Err(error) => {
                core.finish(permit, attempt).await;
                fail(&core, hash, error, refusals).await;
            }
        }
        landing.landed = true;
    }
}

/// How an exchange ended, as the ledger sees it.
fn attempt(exchange: &Exchange) -> Attempt {
    let unsent = exchange
        .result
        .as_ref()
        .is_err_and(|error| !error.was_sent());
    Attempt {
        ending: if unsent {
            Ending::NotSent
        } else {
            Ending::Sent
        },
        server_time: exchange.server_time,
    }
}

async fn answer(core: &Core, hash: FileHash, lookup: Lookup, end: (Permit, Attempt)) {
    core.forget_refusals();
    let entry = Entry::new(hash, lookup, core.clock.wall());
    let (permit, attempt) = end;
    // First kept, then told: whoever is told may ask the cache next. At once
    // with the books: where both are in one file, that is one write to disk.
    tokio::join!(core.keep(&entry), core.finish(permit, attempt));
    core.board().answer(hash, &entry);
}

/// `refusals` is how many there had been when the request was sent.
async fn fail(core: &Core, hash: FileHash, error: client::Error, refusals: u32) {
    let refusals = match error {
        client::Error::Quota { .. } => core.count_refusal(refusals),
        _ => refusals,
    };
    let attempts = core.board().attempts(&hash);
    let next = retry::next(&error, attempts, refusals, core.random());
    tracing::debug!(%hash, %error, ?next, "no answer");
    match next {
        Next::Block(wait) => {
            core.block(wait).await;
            core.board().requeue(hash);
        }
        Next::Retry(wait) => {
            if !error.was_sent() {
                core.pause(wait);
            }
            core.board().delay(hash, core.clock.boot() + wait);
        }
        Next::GiveUp => {
            let mut board = core.board();
            board.remember(hash, error.clone(), core.clock.boot());
            board.fail(hash, &error.into());
        }
        Next::Stop => {
            let mut board = core.board();
            board.fail(hash, &error.clone().into());
            board.refuse(error.into());
        }
    }
}

/// Gives the seat back however the request ends, and tells those who wait
/// if it ends in no other way.
struct Landing {
    core: Arc<Core>,
    hash: FileHash,
    landed: bool,
    seat: Option<OwnedSemaphorePermit>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.landed {
            let error = if std::thread::panicking() {
                Error::Internal("a request panicked".into())
            } else {
                Error::Cancelled
            };
            self.core.board().fail(self.hash, &error);
        }
        // Free before the scheduler looks for one.
        drop(self.seat.take());
        self.core.wake.notify_one();
    }
}
