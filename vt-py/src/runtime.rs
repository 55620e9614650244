//! Where futures run, and how Python waits for them.
//!
//! One future, two drivers: [`block_on`] for synchronous calls, [`awaitable`]
//! for asyncio. All objects of a process share one runtime.

use std::{
    mem,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures::FutureExt;
use pyo3::{IntoPyObject, intern, prelude::*};
use pyo3_async_runtimes::{
    TaskLocals,
    generic::{self, ContextExt},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::{JoinError, JoinHandle},
};

use crate::error;

/// How often a synchronous call looks whether Ctrl-C was pressed.
const SIGNAL_POLL: Duration = Duration::from_millis(20);

/// How long the end of the interpreter waits for what is under way.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Enough for what runs here: waiting. Work is done on other threads.
const WORKERS: usize = 2;

enum State {
    /// Nobody has needed it yet.
    None,
    Running {
        process: u32,
        runtime: Runtime,
    },
    /// The interpreter is ending.
    Ended,
}

/// Only locked by threads that are attached to Python, and briefly: so whoever
/// forks, holding Python's own lock, forks while nobody has this one.
static STATE: Mutex<State> = Mutex::new(State::None);

fn state(_: Python<'_>) -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The runtime of this process.
pub(crate) fn handle(py: Python<'_>) -> PyResult<Handle> {
    let mut state = state(py);
    match &*state {
        State::Running { process, runtime } if *process == process::id() => {
            return Ok(runtime.handle().clone());
        }
        State::Ended => return Err(error::closed("the interpreter is ending")),
        State::Running { .. } | State::None => {}
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("vt-core")
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    let process = process::id();
    let before = mem::replace(&mut *state, State::Running { process, runtime });
    // The threads of a runtime from before a fork are not there to be waited for.
    mem::forget(before);
    Ok(handle)
}

/// Ends the runtime, and so every thread that might still want to call Python.
#[pyfunction]
#[pyo3(name = "_end")]
pub(crate) fn end(py: Python<'_>) {
    let before = mem::replace(&mut *state(py), State::Ended);
    match before {
        State::Running { process, runtime } if process == process::id() => {
            py.detach(|| runtime.shutdown_timeout(LAST_WAIT));
        }
        other => mem::forget(other),
    }
}

/// Runs a future to its end on this thread, without holding Python's lock.
/// Ctrl-C drops it.
pub(crate) fn block_on<T: Send>(
    py: Python<'_>,
    future: impl Future<Output = PyResult<T>> + Send,
) -> PyResult<T> {
    let handle = handle(py)?;
    py.detach(|| {
        let mut future = pin!(caught(future));
        if let Some(result) = at_once(&handle, future.as_mut()) {
            return result;
        }
        handle.block_on(async {
            loop {
                tokio::select! {
                    biased;
                    result = &mut future => return result,
                    () = tokio::time::sleep(SIGNAL_POLL) => {
                        Python::attach(|py| py.check_signals())?;
                    }
                }
            }
        })
    })
}

/// Hands a future to asyncio. Cancelling whoever awaits it drops the future.
pub(crate) fn awaitable<'py, T>(
    py: Python<'py>,
    future: impl Future<Output = PyResult<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'a> IntoPyObject<'a> + Send + 'static,
{
    let handle = handle(py)?;
    let _entered = handle.enter();
    let locals = TaskLocals::with_running_loop(py)?;
    generic::future_into_py_with_locals::<Tokio, _, T>(py, locals, caught(future))
}

/// As [`awaitable`], and the event loop need not turn for what is there already:
/// an answer out of memory takes microseconds, another thread a hundred.
pub(crate) fn awaitable_or_done<'py, T>(
    py: Python<'py>,
    future: impl Future<Output = PyResult<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'a> IntoPyObject<'a> + Send + 'static,
{
    let handle = handle(py)?;
    let mut future = Box::pin(caught(future));
    // Without Python's lock: whoever has one of the locks in there may wait for it.
    match py.detach(|| at_once(&handle, future.as_mut())) {
        Some(result) => done(py, result),
        None => awaitable(py, future),
    }
}

/// An asyncio future that has its result.
fn done<'py, T>(py: Python<'py>, result: PyResult<T>) -> PyResult<Bound<'py, PyAny>>
where
    T: IntoPyObject<'py>,
{
    let event_loop = pyo3_async_runtimes::get_running_loop(py)?;
    let future = event_loop.call_method0(intern!(py, "create_future"))?;
    match result {
        Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
        Err(error) => future.call_method1(intern!(py, "set_exception"), (error,))?,
    };
    Ok(future)
}

/// The result of a future that has nothing to wait for.
fn at_once<F: Future>(handle: &Handle, future: Pin<&mut F>) -> Option<F::Output> {
    let _entered = handle.enter();
    future.now_or_never()
}

/// The same future, with an exception in the place of a panic.
async fn caught<T>(future: impl Future<Output = PyResult<T>>) -> PyResult<T> {
    let result = AssertUnwindSafe(future).catch_unwind().await;
    result.unwrap_or_else(|panic| Err(error::panicked(&*panic)))
}

/// The runtime in whose context this is called.
struct Tokio;

tokio::task_local! {
    static LOCALS: TaskLocals;
}

impl generic::Runtime for Tokio {
    type JoinError = Joined;
    type JoinHandle = Task;

    fn spawn<F>(future: F) -> Task
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Task(tokio::spawn(future))
    }

    fn spawn_blocking<F>(work: F) -> Task
    where
        F: FnOnce() + Send + 'static,
    {
        Task(tokio::task::spawn_blocking(work))
    }
}

impl ContextExt for Tokio {
    fn scope<F, R>(locals: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(LOCALS.scope(locals, future))
    }

    fn get_task_locals() -> Option<TaskLocals> {
        LOCALS.try_with(Clone::clone).ok()
    }
}

struct Task(JoinHandle<()>);

impl Future for Task {
    type Output = Result<(), Joined>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map_err(Joined)
    }
}

struct Joined(JoinError);

impl generic::JoinError for Joined {
    fn is_panic(&self) -> bool {
        self.0.is_panic()
    }

    fn into_panic(self) -> Box<dyn std::any::Any + Send + 'static> {
        self.0.into_panic()
    }
}
