//! For tests: VirusTotal's stand-in, the contract of caches, and a defect.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pyo3::{
    exceptions::{PyAssertionError, PyValueError},
    prelude::*,
    types::PyTuple,
};
use vt_core::testkit::cache::RULES;
use vt_sim::{Fault, Running, Trigger};

use crate::{
    cache, error,
    process::Owned,
    runtime::{awaitable, block_on},
    settings::Seconds,
};

/// VirusTotal's stand-in with made-up files, or recorded reports.
///
/// Give it to a `Scanner` as `simulator=`, or take its `url` as a `base_url`: it then
/// listens on this machine until it is closed.
#[pyclass(frozen, module = "vt_core.testing")]
pub(crate) struct Simulator {
    simulator: Owned<vt_sim::Simulator>,
    // Only where somebody has asked for its address.
    running: Mutex<Option<Owned<Running>>>,
}

impl Simulator {
    pub(crate) fn inner(&self) -> PyResult<vt_sim::Simulator> {
        self.simulator.get().cloned()
    }

    /// Not to be held while anybody else may get Python's lock.
    fn running(&self) -> MutexGuard<'_, Option<Owned<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Simulator {
    #[new]
    #[pyo3(signature = (*, per_minute = None, per_day = None, per_month = None, key = None,
        reports = None, unknown = None, latency = None, seed = 0))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        per_minute: Option<u32>,
        per_day: Option<u32>,
        per_month: Option<u32>,
        key: Option<String>,
        reports: Option<PathBuf>,
        unknown: Option<f64>,
        latency: Option<Seconds>,
        seed: u64,
    ) -> PyResult<Self> {
        let mut builder = vt_sim::Simulator::builder()
            .start_now()
            .per_minute(per_minute)
            .per_day(per_day)
            .per_month(per_month)
            .seed(seed);
        if let Some(key) = key {
            builder = builder.key(key);
        }
        if let Some(folder) = reports {
            builder = builder.reports(folder);
        }
        if let Some(share) = unknown {
            builder = builder.unknown(share);
        }
        if let Some(Seconds(latency)) = latency {
            builder = builder.latency(latency);
        }
        let built = builder.build();
        Ok(Self {
            simulator: Owned::new(built.map_err(|error| error::config(error.to_string()))?),
            running: Mutex::default(),
        })
    }

    /// Serves a socket from the first time on.
    #[getter]
    fn url(&self, py: Python<'_>) -> PyResult<String> {
        if let Some(running) = &*self.running() {
            return Ok(running.get()?.url());
        }
        let simulator = self.inner()?;
        let bound = block_on(py, async move {
            let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            Ok(simulator.bind(anywhere).await?)
        })?;
        // Another thread may have been quicker: then that one's counts.
        let mut running = self.running();
        let running = running.get_or_insert_with(|| Owned::new(bound));
        Ok(running.get()?.url())
    }

    /// How many requests came in.
    #[getter]
    fn requests(&self) -> PyResult<u64> {
        Ok(self.inner()?.requests())
    }

    /// Waits until so many have come in. False if they have not in time.
    #[pyo3(signature = (requests, *, timeout = None))]
    fn wait_for_requests(
        &self,
        py: Python<'_>,
        requests: u64,
        timeout: Option<Seconds>,
    ) -> PyResult<bool> {
        let simulator = self.inner()?;
        block_on(py, async {
            let arrived = simulator.arrived(requests);
            Ok(match timeout {
                Some(Seconds(limit)) => tokio::time::timeout(limit, arrived).await.is_ok(),
                None => {
                    arrived.await;
                    true
                }
            })
        })
    }

    /// Makes the next request, every one for a hash, or every one at all fail.
    ///
    /// `fault` is written as for the program vt-sim, such as `429`, `503:html`,
    /// `hangup`, `reset` or `slow-body:1s`.
    #[pyo3(signature = (fault, *, hash = None, always = false))]
    fn fail(&self, fault: &str, hash: Option<String>, always: bool) -> PyResult<()> {
        let fault: Fault = fault
            .parse()
            .map_err(|error: vt_sim::FaultError| PyValueError::new_err(error.to_string()))?;
        let trigger = match (hash, always) {
            (Some(hash), _) => Trigger::File(hash),
            (None, true) => Trigger::Every,
            (None, false) => Trigger::Next,
        };
        self.inner()?.script(trigger, fault);
        Ok(())
    }

    /// Nothing fails any more.
    fn recover(&self) -> PyResult<()> {
        self.inner()?.clear_script();
        Ok(())
    }

    /// MD5, SHA-1 and SHA-256 of a file it knows. Number 0 is clean, 1 detected, 2
    /// unknown, 3 still being analysed; from 10 on chance decides.
    #[staticmethod]
    fn sample<'py>(py: Python<'py>, number: u64) -> PyResult<Bound<'py, PyTuple>> {
        let sample = vt_sim::sample(number);
        PyTuple::new(py, [sample.md5, sample.sha1, sample.sha256])
    }

    fn close(&self, py: Python<'_>) {
        let running = self.running().take();
        py.detach(|| drop(running));
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) {
        self.close(py);
    }
}

/// The names of the rules of the contract.
#[pyfunction]
pub(crate) fn cache_rules(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(py, RULES.iter().map(|rule| rule.name))
}

/// Holds an empty cache against one rule of the contract.
///
/// Raises `AssertionError` that says what is wrong.
#[pyfunction]
pub(crate) fn check_cache(py: Python<'_>, rule: &str, cache: &Bound<'_, PyAny>) -> PyResult<()> {
    let known = RULES.iter().find(|known| known.name == rule);
    let known = known.ok_or_else(|| PyValueError::new_err(format!("no such rule: {rule}")))?;
    let cache = cache::of(cache)?;
    block_on(py, async {
        let checked = tokio::spawn(known.run(Arc::clone(&cache))).await;
        checked.map_err(|error| match error.try_into_panic() {
            Ok(panic) => {
                let text = error::panic_text(&*panic);
                PyAssertionError::new_err(format!("{rule}: {text}"))
            }
            Err(_) => error::ending(),
        })
    })
}

/// Panics in native code, which raises `InternalError`: for tests of what a program
/// does then.
#[pyfunction]
pub(crate) fn panic(py: Python<'_>, text: String) -> PyResult<()> {
    block_on(py, async move { panic!("{text}") })
}

/// As `panic`, in a task.
#[pyfunction]
pub(crate) fn panic_async(py: Python<'_>, text: String) -> PyResult<Bound<'_, PyAny>> {
    awaitable::<()>(py, async move { panic!("{text}") })
}
