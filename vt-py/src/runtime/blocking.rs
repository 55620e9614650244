//! The driver of synchronous calls.
//!
//! Not tokio's: that one refuses a call within a call, which a callback or a
//! finalizer may make, and lets a future that is always ready keep every other
//! from being looked at.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use pyo3::prelude::*;
use vt_core::time::{Clock, SystemClock};

use super::{Running, caught, stand_still};
use crate::error;

/// How often a synchronous call looks whether Ctrl-C was pressed.
const SIGNAL_POLL: Duration = Duration::from_millis(20);

/// Runs a future to its end on this thread, without holding Python's lock.
/// Ctrl-C drops it.
pub(crate) fn block_on<T: Send>(
    py: Python<'_>,
    future: impl Future<Output = PyResult<T>> + Send,
) -> PyResult<T> {
    let Running { handle, gate } = Running::here(py)?;
    py.detach(|| {
        let _entered = handle.enter();
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(caught(future));
        let mut looked = SystemClock.boot();
        loop {
            match gate.pass(|| future.as_mut().poll(&mut context)) {
                Some(Poll::Ready(result)) => return result,
                Some(Poll::Pending) => thread::park_timeout(SIGNAL_POLL),
                None => {
                    stand_still();
                    return Err(error::ending());
                }
            }
            // Not at every turn: it takes Python's lock.
            let now = SystemClock.boot();
            if now.saturating_since(looked) >= SIGNAL_POLL {
                Python::attach(|py| py.check_signals())?;
                looked = now;
            }
        }
    })
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
