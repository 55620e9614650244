//! What to do after a failed attempt: a decision, without doing it.

use std::time::Duration;

use super::Error;

/// How often one question is sent at most, the first time included.
pub const MAX_ATTEMPTS: u32 = 3;

const SHORTEST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// A server that asks for more is asked again by whoever asks next: nobody
/// shall wait for a day because one server is down.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);
/// What is added to a block, so that several machines do not come back at
/// the same moment.
const BLOCK_JITTER: Duration = Duration::from_secs(5);

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again, this much later at the earliest.
    Retry(Duration),
    /// Send nothing with this key for this long, then ask again. It does not
    /// count as an attempt.
    Block(Duration),
    /// Report the error: asking again would not help.
    GiveUp,
    /// Report the error for this and for every other question: the key is
    /// refused.
    Stop,
}

/// Decides what to do after `error`.
///
/// `attempts` is how often this question was sent, `refusals` how many
/// replies in a row said that the quota is used up, both with the present
/// one. `random` is from 0 to 1 and spreads the waits.
#[must_use]
pub fn next(error: &Error, attempts: u32, refusals: u32, random: f64) -> Next {
    match error {
        Error::Auth { .. } => Next::Stop,
        Error::Quota { code, retry_after } => {
            let wait = refusal(code, refusals).max(retry_after.unwrap_or_default());
            Next::Block(wait + BLOCK_JITTER.mul_f64(random))
        }
        _ if !error.is_retryable() || attempts >= most(error) => Next::GiveUp,
        _ if error.retry_after() > Some(LONGEST_RETRY_AFTER) => Next::GiveUp,
        _ => {
            let ceiling = SHORTEST_BACKOFF * 2_u32.saturating_pow(attempts.saturating_sub(1));
            let wait = ceiling.min(LONGEST_BACKOFF).mul_f64(random);
            Next::Retry(wait.max(error.retry_after().unwrap_or_default()))
        }
    }
}

/// How long VirusTotal is left alone after this many refusals in a row.
fn refusal(code: &str, refusals: u32) -> Duration {
    const MINUTE: Duration = Duration::from_secs(60);
    if code.starts_with("TooManyRequests") {
        return (MINUTE * 2_u32.saturating_pow(refusals.saturating_sub(1).min(10)))
            .min(MINUTE * 30);
    }
    // The reply does not say which limit it is. The minute's is over in one;
    // then it is the day's, and one probe an hour finds out when that ends.
    match refusals {
        0 | 1 => MINUTE,
        2 => MINUTE * 5,
        3 => MINUTE * 30,
        _ => MINUTE * 60,
    }
}

/// Replies that are wrong in themselves are seldom better the third time.
const fn most(error: &Error) -> u32 {
    match error {
        Error::Protocol(_)
        | Error::Upstream {
            status: 404 | 421 | 424,
            ..
        } => 2,
        _ => MAX_ATTEMPTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::ProtocolError, report::ReportError};

    fn upstream(status: u16, retry_after: Option<u64>) -> Error {
        Error::Upstream {
            status,
            code: None,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn quota(code: &str, retry_after: Option<u64>) -> Error {
        Error::Quota {
            code: code.into(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn a_busy_server_is_asked_three_times_with_growing_waits() {
        let waits = [1, 2, 3].map(|attempts| next(&upstream(503, None), attempts, 0, 1.0));
        let expected = [
            Next::Retry(Duration::from_secs(1)),
            Next::Retry(Duration::from_secs(2)),
            Next::GiveUp,
        ];
        assert_eq!(waits, expected);
        assert_eq!(
            next(&upstream(503, None), 1, 0, 0.0),
            Next::Retry(Duration::ZERO)
        );
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait() {
        let decided = |seconds| next(&upstream(503, Some(seconds)), 1, 0, 0.5);
        assert_eq!(decided(120), Next::Retry(Duration::from_secs(120)));
        assert_eq!(decided(300), Next::Retry(Duration::from_secs(300)));
        assert_eq!(decided(301), Next::GiveUp);
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        for status in [400, 403, 405, 410, 451, 501, 505] {
            assert_eq!(
                next(&upstream(status, None), 1, 0, 0.5),
                Next::GiveUp,
                "{status}"
            );
        }
        let redirect = Error::Protocol(ProtocolError::Redirect(302));
        assert_eq!(next(&redirect, 1, 0, 0.5), Next::GiveUp);
    }

    #[test]
    fn a_garbled_reply_is_asked_for_once_more() {
        let error = Error::Protocol(ProtocolError::Report(ReportError::NoReport));
        assert!(matches!(next(&error, 1, 0, 0.5), Next::Retry(_)));
        assert_eq!(next(&error, 2, 0, 0.5), Next::GiveUp);
    }

    #[test]
    fn a_refused_key_stops_everything() {
        let error = Error::Auth {
            code: "WrongCredentialsError".into(),
        };
        assert_eq!(next(&error, 1, 0, 0.5), Next::Stop);
    }

    #[test]
    fn refusals_are_left_alone_longer_and_longer() {
        let block = |code, refusals| match next(&quota(code, None), 9, refusals, 0.0) {
            Next::Block(wait) => wait.as_secs() / 60,
            other => panic!("{other:?}"),
        };
        let quota = [1, 2, 3, 4, 40].map(|refusals| block("QuotaExceededError", refusals));
        assert_eq!(quota, [1, 5, 30, 60, 60]);
        let rate = [1, 2, 3, 6, 40].map(|refusals| block("TooManyRequestsError", refusals));
        assert_eq!(rate, [1, 2, 4, 30, 30]);
    }

    #[test]
    fn a_retry_after_never_shortens_a_block() {
        let jitter = Duration::from_millis(2_500);
        let decided = |retry_after| next(&quota("QuotaExceededError", retry_after), 1, 1, 0.5);
        assert_eq!(
            decided(Some(7)),
            Next::Block(Duration::from_secs(60) + jitter)
        );
        assert_eq!(
            decided(Some(700)),
            Next::Block(Duration::from_secs(700) + jitter)
        );
    }
}
