//! What to do after a failed attempt: a decision, without doing it.
//!
//! [`Rule::of`] is the table, one line for each kind of failure, and [`next`]
//! makes a decision of it. What a failure means for *other* questions is not
//! here: that is [`quota::Reply`](crate::quota::Reply), which everybody shares
//! who spends with the same key.

use std::time::Duration;

use super::{ConnectStage, Error, ProtocolError};
use crate::report::ReportError;

mod budget;

pub use budget::Budget;

/// How often one question is sent at most before whoever asked is told, the
/// first time included.
pub const MAX_ATTEMPTS: u32 = 3;

/// How long a question whose attempts all failed is left alone by those who
/// can wait, each time. After the last the failure is the result.
pub const LATER: [Duration; 8] = {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 3_600;
    [
        Duration::from_secs(MINUTE),
        Duration::from_secs(5 * MINUTE),
        Duration::from_secs(30 * MINUTE),
        Duration::from_secs(2 * HOUR),
        Duration::from_secs(6 * HOUR),
        Duration::from_secs(6 * HOUR),
        Duration::from_secs(6 * HOUR),
        Duration::from_secs(6 * HOUR),
    ]
};

const SHORTEST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// A server that asks for more is asked again by whoever can wait: nobody
/// else shall wait for a day because one server is down.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);
/// How long somebody needs to log in, or to put a certificate right.
const PAUSE: Duration = Duration::from_secs(300);

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// It may pass by itself.
    Transient,
    /// The key has used up its quota. It says nothing about the question.
    Quota,
    /// The key is refused: every other question would be too.
    Auth,
    /// The same question has the same end.
    Permanent,
}

/// How one kind of failure is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// What kind of failure it is.
    pub class: Class,
    /// How often the question is sent before whoever asked is told.
    pub attempts: u32,
    /// After how many attempts in all a transient failure is permanent.
    pub settled_after: u32,
    /// How long the question is left alone at least by those who can wait.
    pub pause: Duration,
    /// Whether other questions may meet it too, so that many in a row are an
    /// outage.
    pub is_shared: bool,
    /// Whether to ask again without compression.
    pub asks_plain: bool,
}

impl Rule {
    const PERMANENT: Self = Self {
        class: Class::Permanent,
        attempts: 1,
        settled_after: 1,
        pause: Duration::ZERO,
        is_shared: false,
        asks_plain: false,
    };
    const TRANSIENT: Self = Self {
        class: Class::Transient,
        attempts: MAX_ATTEMPTS,
        settled_after: u32::MAX,
        is_shared: true,
        ..Self::PERMANENT
    };
    /// Replies that are wrong in themselves are seldom better the third time.
    const ONCE_MORE: Self = Self {
        attempts: 2,
        ..Self::TRANSIENT
    };
    /// A second try in the next seconds would be in vain.
    const PAUSED: Self = Self {
        attempts: 1,
        pause: PAUSE,
        ..Self::TRANSIENT
    };
    const STRANGE: Self = Self {
        settled_after: 2,
        ..Self::ONCE_MORE
    };

    /// The rule for an error.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Quota { .. } => Self {
                class: Class::Quota,
                ..Self::PERMANENT
            },
            Error::Auth { .. } => Self {
                class: Class::Auth,
                ..Self::PERMANENT
            },
            Error::Forbidden { .. } => Self::PERMANENT,
            Error::Upstream {
                status: 400, code, ..
            } if code.as_deref() == Some("NotAvailableYet") => Self {
                is_shared: false,
                ..Self::PAUSED
            },
            Error::Upstream { status, .. } => Self::of_status(*status),
            Error::Connect { stage, .. } => match stage {
                ConnectStage::Network => Self::TRANSIENT,
                // Somebody has to do something about it.
                ConnectStage::Proxy | ConnectStage::Tls => Self::PAUSED,
            },
            Error::Timeout { .. } | Error::Interrupted { .. } => Self::TRANSIENT,
            Error::Protocol(error) => Self::of_protocol(error),
        }
    }

    const fn of_status(status: u16) -> Self {
        match status {
            408 | 425 | 500 | 502..=504 | 520..=526 | 529 | 599 => Self::TRANSIENT,
            // Not VirusTotal's own 404, which is an answer.
            404 | 421 | 424 => Self::ONCE_MORE,
            _ => Self::PERMANENT,
        }
    }

    const fn of_protocol(error: &ProtocolError) -> Self {
        match error {
            ProtocolError::Redirect(_) => Self {
                is_shared: true,
                ..Self::PERMANENT
            },
            ProtocolError::Status(200..=299) => Self {
                attempts: 1,
                ..Self::STRANGE
            },
            ProtocolError::Status(_) | ProtocolError::TooLarge { .. } => Self::PERMANENT,
            // A page: there is a log-in or a block in between.
            ProtocolError::Intermediary(_) | ProtocolError::ContentType(_) => Self::PAUSED,
            ProtocolError::Report(ReportError::NoReport) | ProtocolError::NotHttp { .. } => {
                Self::ONCE_MORE
            }
            ProtocolError::Report(_) | ProtocolError::HashMismatch => Self::STRANGE,
            ProtocolError::Encoding => Self {
                asks_plain: true,
                ..Self::ONCE_MORE
            },
        }
    }
}

/// How often a question was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Since somebody was told last, or since it was first asked.
    pub now: u32,
    /// Before that.
    pub before: u32,
}

impl Attempts {
    /// How often it was sent in all.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.before.saturating_add(self.now)
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again, this much later at the earliest.
    Again {
        /// How much later.
        after: Duration,
        /// Whether to ask without compression.
        plain: bool,
    },
    /// Tell those who want to know by now, and ask again for those who can
    /// wait: no earlier than after this pause.
    Later(Duration),
    /// Put the question back in line, as if it had not been sent: the ledger
    /// knows when the key may be used again.
    Requeue,
    /// Report the error: asking again would not help.
    GiveUp,
    /// Report the error for this and for every other question: the key is
    /// refused.
    Stop,
}

/// Decides what to do after `error`.
///
/// `attempts` are those of this question, the present one included.
/// `may_retry` is whether there is a token left in the [`Budget`]. `random` is
/// from 0 to 1 and spreads the waits.
#[must_use]
pub fn next(error: &Error, attempts: Attempts, may_retry: bool, random: f64) -> Next {
    let rule = Rule::of(error);
    let wanted = error.retry_after().unwrap_or_default();
    match rule.class {
        Class::Auth => Next::Stop,
        Class::Quota => Next::Requeue,
        Class::Permanent => Next::GiveUp,
        Class::Transient if attempts.total() >= rule.settled_after => Next::GiveUp,
        Class::Transient
            if attempts.now >= rule.attempts || !may_retry || wanted > LONGEST_RETRY_AFTER =>
        {
            Next::Later(rule.pause.max(wanted))
        }
        Class::Transient => Next::Again {
            after: backoff(attempts.now).mul_f64(random).max(wanted),
            plain: rule.asks_plain,
        },
    }
}

/// The longest back-off after so many attempts.
fn backoff(attempts: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
    (SHORTEST_BACKOFF * factor).min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests;
