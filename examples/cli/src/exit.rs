//! How the program ends.

use std::process::ExitCode;

use vt_core::job::JobError;

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that was asked for is there.
    Complete = 0,
    /// Nothing useful came of it.
    Failed = 1,
    /// It was called in a way that cannot work.
    Usage = 2,
    /// Some hashes have no answer.
    Incomplete = 3,
    /// A file is detected, and `--fail-on-detection` was given.
    Detections = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why the program ends early: one line for the user, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: Option<String>,
}

impl Failure {
    /// It could not be done.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: Some(message.into()),
        }
    }

    /// It was called in a way that cannot work.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: Some(message.into()),
        }
    }

    /// The user was told already.
    pub(crate) const fn silent(exit: Exit) -> Self {
        Self {
            exit,
            message: None,
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<vt_setup::Failure> for Failure {
    fn from(failure: vt_setup::Failure) -> Self {
        if failure.is_usage() {
            Self::usage(failure.to_string())
        } else {
            Self::failed(failure.to_string())
        }
    }
}
