//! Telling a caller how far a scan is.

use pyo3::prelude::*;
use vt_core::scan::{Meter, Progress};

use crate::{error, runtime::visit, value};

/// On which thread a caller is told.
pub(crate) enum Place {
    /// On this one, which waits for the scan.
    Here,
    /// On the thread of this event loop.
    Loop(Py<PyAny>),
}

/// Whom to tell.
pub(crate) struct Teller {
    pub(crate) callback: Py<PyAny>,
    pub(crate) meter: Meter,
}

impl Teller {
    /// Says how far the scan is now.
    pub(crate) async fn tell(&self, place: &Place) -> PyResult<()> {
        let progress = self.meter.read().await;
        let progress = progress.map_err(|error| error::scan(&error))?;
        Python::attach(|py| {
            let progress = progress_value(py, &progress)?;
            match place {
                Place::Here => visit(py, || self.callback.call1(py, (progress,))),
                Place::Loop(event_loop) => event_loop.call_method1(
                    py,
                    "call_soon_threadsafe",
                    (self.callback.bind(py), progress),
                ),
            }
            .map(drop)
        })
    }
}

fn progress_value<'py>(py: Python<'py>, progress: &Progress) -> PyResult<Bound<'py, PyAny>> {
    let fields = (
        progress.total,
        progress.done,
        progress.cached,
        progress.found,
        progress.not_found,
        progress.errors,
        progress.requests_left,
        progress.waits_for.map(|cause| cause.to_string()),
        progress.waits_until,
        progress.eta,
    );
    value::make(py, "Progress", fields)
}
