//! Who takes mails.

use std::fmt::{Debug, Display};

use async_trait::async_trait;

use super::Letter;

mod folder;
mod smtp;

pub use folder::Folder;
pub use smtp::{NoSmtp, Smtp};

/// Takes mails and sees that they arrive.
#[async_trait]
pub trait Post: Debug + Display + Send + Sync + 'static {
    /// Hands a mail over. Once this says that it went well the mail is not sent
    /// again.
    ///
    /// # Errors
    ///
    /// When it is not taken, for now or for ever.
    ///
    /// # Cancel safety
    ///
    /// The mail of a call that is dropped was handed over or not.
    async fn send(&self, letter: &Letter) -> Result<(), Unsent>;
}

/// Why a mail was not taken, for whoever waits for it: no words of others, and
/// no names of machines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// It may be taken later.
    #[error("{0}")]
    Later(String),
    /// It will never be taken.
    #[error("{0}")]
    Never(String),
}
