//! A mail that is owed, and what becomes of it.

use std::{fmt, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Unsent;
use crate::{App, moment::Moment, problem::Problem};

/// How long is waited after each try that failed for now; the last again and
/// again.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
    LONGEST_PAUSE,
];
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3_600);
/// After that there is no more trying.
const PATIENCE: Duration = Duration::from_secs(48 * 3_600);

/// A mail that is owed to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The address, which was looked at.
    pub(crate) to: String,
    /// How often it was tried.
    pub(crate) tries: u32,
    pub(crate) state: State,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It is sent when the report is ready, but not before this.
    Owed { not_before: DateTime<Utc> },
    /// The mail server took it.
    Sent { at: DateTime<Utc> },
    /// It cannot be sent, and why.
    Failed { why: String },
}

impl Delivery {
    /// A mail to this address, if this server sends any and has not sent too
    /// many to it, or for that network.
    pub(crate) fn to(app: &App, address: &str, network: &str) -> Result<Self, Problem> {
        let Some(mail) = &app.inner.parts.mail else {
            return Err(Problem::bad(
                "This server sends no mail. Leave the address out, and keep the link.",
            ));
        };
        let to = mail
            .recipient(address)
            .map_err(|why| Problem::bad(format!("That e-mail address cannot be used: {why}.")))?;
        app.inner.allowance.take(&to, network, app.now())?;
        Ok(Self {
            to: to.to_string(),
            tries: 0,
            state: State::Owed {
                not_before: app.now(),
            },
        })
    }

    /// How long it is until the mail is to be tried, if it is owed.
    pub(super) fn due_in(&self, now: DateTime<Utc>) -> Option<Duration> {
        let State::Owed { not_before } = self.state else {
            return None;
        };
        // Further ahead than any pause is a clock that was wrong when it was
        // noted.
        let wait = (not_before - now).to_std().unwrap_or_default();
        Some(if wait > LONGEST_PAUSE {
            Duration::ZERO
        } else {
            wait
        })
    }

    /// The same mail after a try.
    pub(super) fn after(mut self, tried: Result<(), Unsent>, now: DateTime<Utc>) -> Self {
        self.tries = self.tries.saturating_add(1);
        self.state = match (tried, pause(self.tries)) {
            (Ok(()), _) => State::Sent { at: now },
            (Err(Unsent::Never(why)), _) => State::Failed { why },
            (Err(Unsent::Later(_)), Some(pause)) => State::Owed {
                not_before: now + pause,
            },
            (Err(Unsent::Later(why)), None) => State::Failed {
                why: format!("{why}, and so it was for two days"),
            },
        };
        self
    }
}

/// How long is waited after so many tries; none if they took too long.
fn pause(tries: u32) -> Option<TimeDelta> {
    let pauses = PAUSES.into_iter().chain(std::iter::repeat(LONGEST_PAUSE));
    let mut waited = Duration::ZERO;
    for (pause, tried) in pauses.zip(1..) {
        waited += pause;
        if waited > PATIENCE {
            break;
        }
        if tried == tries {
            return TimeDelta::from_std(pause).ok();
        }
    }
    None
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Owed { .. } if self.tries == 0 => {
                f.write_str("A mail is sent when it is ready.")
            }
            State::Owed { not_before } => write!(
                f,
                "The mail could not be sent yet; it is tried again at {} UTC.",
                Moment(*not_before).minute()
            ),
            State::Sent { at } => write!(f, "A mail was sent at {} UTC.", Moment(*at).minute()),
            State::Failed { why } => write!(f, "The mail could not be sent: {why}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed() -> Delivery {
        Delivery {
            to: "a@example.org".to_owned(),
            tries: 0,
            state: State::Owed {
                not_before: DateTime::UNIX_EPOCH,
            },
        }
    }

    #[test]
    fn a_mail_is_tried_for_two_days_at_growing_distances_and_then_failed() {
        let (mut mail, mut now) = (owed(), DateTime::UNIX_EPOCH);
        let mut waits = Vec::new();
        while let Some(wait) = mail.due_in(now) {
            now += wait;
            waits.push(wait.as_secs() / 60);
            mail = mail.after(Err(Unsent::Later("nobody answers".to_owned())), now);
        }
        assert_eq!(waits, [0, 1, 5, 30, 120, 360, 360, 360, 360, 360, 360, 360]);
        let hours = (now - DateTime::UNIX_EPOCH).num_hours();
        assert!((42..=48).contains(&hours), "{hours}");
        let told = mail.to_string();
        assert_eq!(
            told,
            "The mail could not be sent: nobody answers, and so it was for two days."
        );
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again_nor_what_was_sent() {
        let now = DateTime::UNIX_EPOCH;
        let refused = owed().after(Err(Unsent::Never("refused (550)".to_owned())), now);
        assert_eq!(refused.due_in(now + TimeDelta::days(9)), None);
        let sent = owed().after(Ok(()), now);
        assert_eq!((sent.due_in(now), sent.tries), (None, 1));
        assert_eq!(sent.to_string(), "A mail was sent at 1970-01-01 00:00 UTC.");
    }

    #[test]
    fn a_clock_that_was_years_ahead_holds_no_mail_back() {
        let mut mail = owed();
        let now = DateTime::UNIX_EPOCH;
        mail.state = State::Owed {
            not_before: now + TimeDelta::days(3_000),
        };
        assert_eq!(mail.due_in(now), Some(Duration::ZERO));
    }
}
