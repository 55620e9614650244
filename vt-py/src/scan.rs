//! Outcomes as they come, for `for` and for `async for`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream::Fuse};
use pyo3::prelude::*;
use tokio::time::Interval;
use vt_core::scan;
use vt_report::Rows;

use crate::{
    outcome::Outcome,
    process::Owned,
    progress::{Place, Teller},
    runtime::{awaitable, block_on},
};

/// How often a caller is told how far a scan is.
const TELL: Duration = Duration::from_millis(250);

/// How many outcomes that are there already are taken at once.
const BATCH: usize = 256;

/// One scan, which several threads and tasks may share: each outcome goes to
/// one of them.
pub(crate) struct Shared {
    stream: tokio::sync::Mutex<Stream>,
    /// Outcomes that nobody has taken yet. What is here is not lost when the one
    /// who waited for it is cancelled.
    ready: Mutex<VecDeque<scan::Outcome>>,
    teller: Option<Teller>,
}

struct Stream {
    outcomes: Fuse<scan::Scan>,
    ticks: Option<Interval>,
}

impl Shared {
    pub(crate) fn new(scan: scan::Scan, callback: Option<Py<PyAny>>) -> Self {
        let meter = scan.meter();
        Self {
            teller: callback.map(|callback| Teller { callback, meter }),
            stream: tokio::sync::Mutex::new(Stream {
                outcomes: scan.fuse(),
                ticks: None,
            }),
            ready: Mutex::default(),
        }
    }

    /// Waits until there is an outcome to take. False if there will be none.
    async fn fill(&self, place: &Place) -> PyResult<bool> {
        let mut stream = self.stream.lock().await;
        if !self.ready().is_empty() {
            return Ok(true);
        }
        let Some(first) = self.next(&mut stream, place).await? else {
            if let Some(teller) = &self.teller {
                teller.tell(place).await?;
            }
            return Ok(false);
        };
        {
            let mut ready = self.ready();
            ready.push_back(first);
            while ready.len() < BATCH
                && let Some(Some(outcome)) = stream.outcomes.next().now_or_never()
            {
                ready.push_back(outcome);
            }
        }
        Ok(true)
    }

    /// The next outcome; whoever wants to know is told how far it is meanwhile.
    async fn next(&self, stream: &mut Stream, place: &Place) -> PyResult<Option<scan::Outcome>> {
        let Some(teller) = &self.teller else {
            return Ok(stream.outcomes.next().await);
        };
        let ticks = stream
            .ticks
            .get_or_insert_with(|| tokio::time::interval(TELL));
        loop {
            // Ticks first, or a scan that never waits would be silent.
            tokio::select! {
                biased;
                _ = ticks.tick() => {
                    teller.tell(place).await?;
                    // From now: one who takes longer than that to be told would be
                    // told again at once, and nothing else be done.
                    ticks.reset();
                }
                outcome = stream.outcomes.next() => return Ok(outcome),
            }
        }
    }

    fn take(&self) -> Option<scan::Outcome> {
        self.ready().pop_front()
    }

    /// Takes all that comes.
    pub(crate) async fn gather(&self, place: &Place, rows: &mut Rows) -> PyResult<()> {
        while self.fill(place).await? {
            let ready = std::mem::take(&mut *self.ready());
            ready.iter().for_each(|outcome| rows.take(outcome));
        }
        Ok(())
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, VecDeque<scan::Outcome>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The outcomes of a scan as they come, for `for` and for `async for`.
///
/// Several threads or tasks may share one: each outcome goes to one of them. Dropping
/// it stops what it alone was waiting for.
#[pyclass(frozen, module = "vt_core")]
pub(crate) struct Scan(Owned<Arc<Shared>>);

impl Scan {
    pub(crate) fn new(scan: scan::Scan, callback: Option<Py<PyAny>>) -> Self {
        Self(Owned::new(Arc::new(Shared::new(scan, callback))))
    }
}

#[pymethods]
impl Scan {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Outcome>> {
        let shared = self.0.get()?;
        loop {
            if let Some(outcome) = shared.take() {
                return Ok(Some(Outcome::new(py, outcome)));
            }
            if !block_on(py, shared.fill(&Place::Here))? {
                return Ok(None);
            }
        }
    }

    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// A coroutine, which takes an outcome only once it is not to be cancelled
    /// any more.
    fn __anext__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let calls = slf.py().import("vt_core._calls")?;
        calls.getattr("next_outcome")?.call1((slf,))
    }

    fn _take(&self, py: Python<'_>) -> PyResult<Option<Outcome>> {
        let outcome = self.0.get()?.take();
        Ok(outcome.map(|outcome| Outcome::new(py, outcome)))
    }

    fn _fill<'py>(&self, py: Python<'py>, event_loop: Py<PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let shared = Arc::clone(self.0.get()?);
        let place = Place::Loop(event_loop);
        awaitable(py, async move { shared.fill(&place).await })
    }

    fn __repr__(&self) -> &'static str {
        "<Scan>"
    }
}
