//! A post of the test's own, which does what it is told.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vt_core::time::Clock;
use vt_web::{Letter, Post, Unsent};

/// What it does with a mail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    Take,
    /// Takes it, and says nothing of it.
    TakeSilently,
    Later,
    Never,
    Hang,
}

/// Takes mails, or not. Cloning clones a handle.
#[derive(Clone)]
pub(crate) struct Office {
    clock: Arc<dyn Clock>,
    what: Arc<dyn Fn(usize, DateTime<Utc>) -> Do + Send + Sync>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    tries: Vec<DateTime<Utc>>,
    taken: Vec<Taken>,
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Office {
    /// Does what is said for each try, by its number from 0 and its time.
    pub(crate) fn new(
        clock: &Arc<dyn Clock>,
        what: impl Fn(usize, DateTime<Utc>) -> Do + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock: Arc::clone(clock),
            what: Arc::new(what),
            state: Arc::default(),
        }
    }

    pub(crate) fn tries(&self) -> Vec<DateTime<Utc>> {
        self.state.lock().unwrap().tries.clone()
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    /// To whom mails were taken, in order.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.taken().into_iter().map(|taken| taken.to).collect()
    }

    fn take(&self, letter: &Letter) {
        self.state.lock().unwrap().taken.push(Taken {
            id: letter.id().to_owned(),
            to: letter.to().to_owned(),
            text: String::from_utf8(letter.bytes().to_vec()).unwrap(),
        });
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Office")
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a post of the test")
    }
}

#[async_trait]
impl Post for Office {
    async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        let now = self.clock.wall();
        let number = {
            let tries = &mut self.state.lock().unwrap().tries;
            tries.push(now);
            tries.len() - 1
        };
        match (self.what)(number, now) {
            Do::Take => {
                self.take(letter);
                Ok(())
            }
            Do::TakeSilently => {
                self.take(letter);
                Err(Unsent::Later(
                    "the mail server cannot be reached".to_owned(),
                ))
            }
            Do::Later => Err(Unsent::Later(
                "the mail server cannot be reached".to_owned(),
            )),
            Do::Never => Err(Unsent::Never("the mail server refuses it (550)".to_owned())),
            Do::Hang => std::future::pending().await,
        }
    }
}
