//! One request: a task of its own, so that no caller's end is its end.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Error, core::Core};
use crate::{
    cache::Entry,
    client::{
        self, Exchange, ProtocolError,
        retry::{Attempts, Next, Rule},
    },
    hash::FileHash,
    quota::{Attempt, Ending, Permit, Refusal, RefusalKind, Reply},
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
        core.counters.count_request();
        let plain = core.board().is_plain(&hash);
        let exchange = core.client.exchange_as(&hash, plain).await;
        let latency = core.clock.boot().saturating_since(start);
        core.note_latency(latency);
        if let Some(server_time) = exchange.server_time {
            core.note_server_time(server_time);
        }
        let attempt = attempt(hash, &exchange, &core);
        match exchange.result {
            Ok(lookup) => {
                let found = lookup.report().is_some();
                tracing::debug!(%hash, found, latency_ms = latency.as_millis(), "answered");
                answer(&core, hash, lookup, (permit, attempt)).await;
                landing.landed = true;
                // Others may have their answers now: they are handed over
                // together.
                tokio::task::yield_now().await;
            }
            Err(error) => {
                core.finish(permit, attempt).await;
                fail(&core, hash, error);
                landing.landed = true;
            }
        }
    }
}

/// How an exchange ended, as the ledger sees it.
fn attempt(hash: FileHash, exchange: &Exchange, core: &Core) -> Attempt {
    let error = exchange.result.as_ref().err();
    Attempt {
        ending: match error {
            Some(error) if !error.was_sent() => Ending::NotSent,
            _ => Ending::Sent,
        },
        reply: error.map_or(Reply::Answered, |error| reply(hash, error, core)),
        server_time: exchange.server_time,
    }
}

/// What a failure tells of the requests after it.
fn reply(hash: FileHash, error: &client::Error, core: &Core) -> Reply {
    match error {
        client::Error::Quota { code, retry_after } => Reply::Refused(Refusal {
            kind: if code.starts_with("TooManyRequests") {
                RefusalKind::Rate
            } else {
                RefusalKind::Quota
            },
            retry_after: *retry_after,
            jitter: core.jitter(),
        }),
        error if Rule::of(error).is_shared => {
            if core.note_trouble(hash, error) {
                Reply::Failed
            } else {
                Reply::Nothing
            }
        }
        // In VirusTotal's own words: it is there.
        client::Error::Upstream { code: Some(_), .. } => Reply::Answered,
        _ => Reply::Nothing,
    }
}

async fn answer(core: &Arc<Core>, hash: FileHash, lookup: Lookup, end: (Permit, Attempt)) {
    core.note_answer();
    let entry = Entry::new(hash, lookup, core.clock.wall());
    let (permit, attempt) = end;
    // First kept, then told: whoever is told may ask the cache next. At once
    // with the books: where both are in one file, that is one write to disk.
    tokio::join!(core.keep(&entry), core.finish(permit, attempt));
    let letters = core.board().answer(hash, &entry);
    core.mail.post(letters);
}

fn fail(core: &Arc<Core>, hash: FileHash, error: client::Error) {
    core.counters.count_failure(Rule::of(&error).class);
    let attempts = core.board().attempts(&hash);
    let next = core.decide(&error, attempts);
    log(hash, &error, attempts, next);
    let now = core.clock.boot();
    match next {
        Next::Again { after, plain } => {
            core.counters.count_retry();
            if !error.was_sent() {
                // There is no connection: the next hash would meet the same.
                core.pause(after);
            }
            let mut board = core.board();
            if plain {
                board.ask_plain(&hash);
            }
            board.tell_early(hash, &error, now + after);
            board.delay(hash, now + after);
        }
        Next::Later(pause) => core.board().put_off(hash, &error, pause, now),
        Next::Requeue => {
            // The books had room for it: they are wrong.
            core.check_quota_meanwhile();
            core.board().requeue(hash);
        }
        Next::GiveUp => give_up(core, hash, error),
        Next::Stop => stop(core, hash, error),
    }
}

/// How many hashes in a row a key may not ask about until it is the key.
const FORBIDDEN_IN_A_ROW: usize = 3;

fn give_up(core: &Core, hash: FileHash, error: client::Error) {
    let mut board = core.board();
    if let client::Error::Forbidden { code } = &error
        && board.forbid(hash) >= FORBIDDEN_IN_A_ROW
    {
        let code = code.clone();
        drop(board);
        return stop(core, hash, client::Error::Auth { code });
    }
    board.remember(hash, error.clone(), core.clock.boot());
    board.fail(hash, &error.into());
}

fn stop(core: &Core, hash: FileHash, error: client::Error) {
    tracing::error!(%error, "the key is refused");
    let error = error.into();
    let mut board = core.board();
    board.fail(hash, &error);
    board.refuse(error);
}

fn log(hash: FileHash, error: &client::Error, attempts: Attempts, next: Next) {
    let class = Rule::of(error).class;
    let attempts = attempts.total();
    if matches!(error, client::Error::Protocol(ProtocolError::HashMismatch)) {
        // Somebody may be in between.
        tracing::warn!(%hash, %error, ?class, attempts, ?next, "no answer");
    } else {
        tracing::debug!(%hash, %error, ?class, attempts, ?next, "no answer");
    }
}

/// Hands over what is to be told and gives the seat back however the request
/// ends, and tells those who wait if it ends in no other way.
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
        self.core.mail.deliver();
        // Free before the scheduler looks for one.
        drop(self.seat.take());
        self.core.wake.notify_one();
    }
}
