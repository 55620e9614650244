//! What the server notes of a job besides its hashes and results.

use serde::{Deserialize, Serialize};
use vt_core::job::Job;

use crate::{intake::Found, link::Seed, mail::Delivery};

/// Kept as the job's memo, in JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memo {
    /// What the link is made of.
    pub(crate) seed: Seed,
    /// Who uploaded it, by a digest of their cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) visitor: Option<String>,
    /// What was found in the upload.
    pub(crate) found: Found,
    /// Whether it is not to be begun before somebody has agreed to the wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_held: bool,
    /// The mail that is to be sent when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<Delivery>,
}

impl Memo {
    /// The memo of a job, if this program made it.
    pub(crate) fn of(job: &Job) -> Option<Self> {
        serde_json::from_str(&job.spec.memo).ok()
    }

    pub(crate) fn to_text(&self) -> String {
        // Only keys that are no text could fail, and there are none.
        serde_json::to_string(self).unwrap_or_default()
    }
}
