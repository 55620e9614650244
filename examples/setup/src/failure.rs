//! Why a program cannot begin.

use std::fmt;

/// Why a program cannot begin: one line for whoever called it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    is_usage: bool,
    message: String,
}

impl Failure {
    /// It could not be done.
    #[must_use]
    pub fn failed(message: impl fmt::Display) -> Self {
        Self {
            is_usage: false,
            message: message.to_string(),
        }
    }

    /// It was called in a way that cannot work.
    #[must_use]
    pub fn usage(message: impl fmt::Display) -> Self {
        Self {
            is_usage: true,
            message: message.to_string(),
        }
    }

    /// Whether it was called in a way that cannot work.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        self.is_usage
    }
}
