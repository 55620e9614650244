//! The driver of coroutines.

use futures::FutureExt;
use pyo3::{IntoPyObject, IntoPyObjectExt, intern, prelude::*};
use tokio::task::AbortHandle;

use super::{Running, caught};
use crate::process::Owned;

/// Hands a future to asyncio. Cancelling whoever awaits it drops the future.
pub(crate) fn awaitable<'py, T>(
    py: Python<'py>,
    future: impl Future<Output = PyResult<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'a> IntoPyObject<'a> + Send + 'static,
{
    let Running { handle, .. } = Running::here(py)?;
    let event_loop = running_loop(py)?;
    let waiter = event_loop.call_method0(intern!(py, "create_future"))?;
    let promise = Promise {
        event_loop: event_loop.unbind(),
        waiter: waiter.clone().unbind(),
    };
    let task = handle.spawn(async move {
        let result = caught(future).await;
        // On a thread that may wait for Python's lock.
        tokio::task::spawn_blocking(move || promise.keep(result));
    });
    let stop = Stop(Owned::new(task.abort_handle()));
    waiter.call_method1(intern!(py, "add_done_callback"), (stop,))?;
    Ok(waiter)
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
    let Running { handle, gate } = Running::here(py)?;
    let mut future = Box::pin(caught(future));
    // Without Python's lock: whoever has one of the locks in there may wait for it.
    let polled = py.detach(|| {
        let _entered = handle.enter();
        gate.pass(|| future.as_mut().now_or_never())
    });
    match polled.flatten() {
        Some(result) => done(py, result),
        None => awaitable(py, future),
    }
}

/// An asyncio future that has its result.
fn done<'py, T>(py: Python<'py>, result: PyResult<T>) -> PyResult<Bound<'py, PyAny>>
where
    T: IntoPyObject<'py>,
{
    let future = running_loop(py)?.call_method0(intern!(py, "create_future"))?;
    match result {
        Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
        Err(error) => future.call_method1(intern!(py, "set_exception"), (error,))?,
    };
    Ok(future)
}

/// The event loop that runs on this thread.
pub(crate) fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "asyncio"))?
        .call_method0(intern!(py, "get_running_loop"))
}

/// A result that somebody waits for in an event loop.
struct Promise {
    event_loop: Py<PyAny>,
    waiter: Py<PyAny>,
}

impl Promise {
    fn keep<T: for<'a> IntoPyObject<'a>>(self, result: PyResult<T>) {
        // None where the interpreter has ended, and nobody waits.
        Python::try_attach(|py| {
            let given = self.give(py, result);
            given.unwrap_or_else(|error| error.write_unraisable(py, Some(self.waiter.bind(py))));
        });
    }

    fn give<'py, T: IntoPyObject<'py>>(
        &self,
        py: Python<'py>,
        result: PyResult<T>,
    ) -> PyResult<()> {
        let result = result.and_then(|value| value.into_bound_py_any(py));
        let (value, error) = match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error.into_value(py))),
        };
        let settle = py.import("vt_core._calls")?.getattr("settle")?;
        settle.call1((&self.event_loop, &self.waiter, value, error))?;
        Ok(())
    }
}

/// Told when a waiter is done: if it was cancelled, the work is too.
#[pyclass(frozen)]
struct Stop(Owned<AbortHandle>);

#[pymethods]
impl Stop {
    fn __call__(&self, _waiter: &Bound<'_, PyAny>) {
        // In a process that was forked off there is nothing to stop.
        if let Ok(task) = self.0.get() {
            task.abort();
        }
    }
}
