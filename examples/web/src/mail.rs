//! Mails that tell of finished reports.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{App, problem::Problem};

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
    /// A mail to this address, if this server sends any.
    pub(crate) fn to(app: &App, address: &str) -> Result<Self, Problem> {
        let _ = (app, address);
        Err(Problem::bad(
            "This server sends no mail. Leave the address out, and keep the link.",
        ))
    }
}

impl std::fmt::Display for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.state {
            State::Owed { .. } => f.write_str("A mail is sent when it is ready."),
            State::Sent { at } => write!(
                f,
                "A mail was sent at {} UTC.",
                crate::moment::Moment(*at).minute()
            ),
            State::Failed { why } => write!(f, "The mail could not be sent: {why}."),
        }
    }
}
