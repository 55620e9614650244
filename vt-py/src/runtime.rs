//! Where futures run, and how Python waits for them.
//!
//! One future, two drivers: [`block_on`] for synchronous calls, [`awaitable`]
//! for asyncio. All objects of a process share one runtime.

mod awaiting;
mod blocking;
mod gate;

use std::{
    mem,
    panic::AssertUnwindSafe,
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    time::Duration,
};

use futures::FutureExt;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};

use self::gate::Gate;
pub(crate) use self::{
    awaiting::{awaitable, awaitable_or_done, running_loop},
    blocking::block_on,
};
use crate::error;

/// How long the end of the interpreter waits for what is under way.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Enough for what runs here: waiting. Work is done on other threads.
const WORKERS: usize = 2;

enum State {
    /// Nobody has needed it yet.
    None,
    Open(Process),
    /// The interpreter is ending, on this thread.
    Ended(ThreadId),
}

/// What a process has of its own, however it was started.
struct Process {
    id: u32,
    gate: Arc<Gate>,
    /// None until there is a future to run.
    runtime: Option<Runtime>,
}

/// Only locked by threads that are attached to Python, and briefly: so whoever
/// forks, holding Python's own lock, forks while nobody has this one.
static STATE: Mutex<State> = Mutex::new(State::None);

fn state(_: Python<'_>) -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something with what this process has, unless the interpreter is ending.
fn with_process<T>(
    py: Python<'_>,
    work: impl FnOnce(&mut Process) -> PyResult<T>,
) -> Result<PyResult<T>, ThreadId> {
    let mut state = state(py);
    if let State::Ended(ender) = *state {
        return Err(ender);
    }
    if !matches!(&*state, State::Open(process) if process.id == process::id()) {
        let begun = State::Open(Process {
            id: process::id(),
            gate: Arc::default(),
            runtime: None,
        });
        // The threads of a runtime from before a fork are not there to be waited for.
        mem::forget(mem::replace(&mut *state, begun));
    }
    match &mut *state {
        State::Open(process) => Ok(work(process)),
        State::None | State::Ended(_) => Ok(Err(error::ending())),
    }
}

/// Where a future can be run.
struct Running {
    handle: Handle,
    gate: Arc<Gate>,
}

impl Running {
    fn here(py: Python<'_>) -> PyResult<Self> {
        let here = with_process(py, |process| {
            let runtime = match process.runtime.take() {
                Some(runtime) => runtime,
                None => Builder::new_multi_thread()
                    .worker_threads(WORKERS)
                    .thread_name("vt-core")
                    .enable_all()
                    .build()?,
            };
            let handle = process.runtime.insert(runtime).handle().clone();
            let gate = Arc::clone(&process.gate);
            Ok(Self { handle, gate })
        });
        here.unwrap_or_else(|ender| {
            if ender != thread::current().id() {
                py.detach(stand_still);
            }
            Err(error::ending())
        })
    }
}

/// Calls Python code of the user's from below a function of ours.
///
/// A thread that is in there when the interpreter ends would be ended by Python,
/// through frames of Rust, which aborts the process. So the end waits for it a
/// while.
pub(crate) fn visit<T>(py: Python<'_>, call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let gate = match with_process(py, |process| Ok(Arc::clone(&process.gate))) {
        Ok(gate) => gate?,
        Err(ender) if ender == thread::current().id() => return call(),
        Err(_) => {
            py.detach(stand_still);
            return Err(error::ending());
        }
    };
    gate.pass(call).unwrap_or_else(|| {
        py.detach(stand_still);
        Err(error::ending())
    })
}

/// Ends the runtime, and so every thread that might still want to call Python.
#[pyfunction]
#[pyo3(name = "_end")]
pub(crate) fn end(py: Python<'_>) {
    let ended = State::Ended(thread::current().id());
    let before = mem::replace(&mut *state(py), ended);
    match before {
        State::Open(process) if process.id == process::id() => py.detach(|| {
            process.gate.shut(LAST_WAIT);
            if let Some(runtime) = process.runtime {
                runtime.shutdown_timeout(LAST_WAIT);
            }
        }),
        other => mem::forget(other),
    }
}

/// For a thread that goes on while another ends the interpreter.
///
/// It is let stand for a while, as Python itself is about to do for good: else
/// every daemon would print a traceback in the last moment. Not for good here:
/// somebody may join it.
fn stand_still() {
    thread::sleep(LAST_WAIT);
}

/// The same future, with an exception in the place of a panic.
async fn caught<T>(future: impl Future<Output = PyResult<T>>) -> PyResult<T> {
    let result = AssertUnwindSafe(future).catch_unwind().await;
    result.unwrap_or_else(|panic| Err(error::panicked(&*panic)))
}
