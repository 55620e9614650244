//! The scanner.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use pyo3::prelude::*;
use vt_core::{
    cache::{Detail, Freshness},
    report::Allowances,
    scan::{self, Answer, ScanOptions},
    time::{Clock, SystemClock},
};

use crate::{
    error,
    hash::AnyHash,
    outcome::Outcome,
    process::Owned,
    progress::Place,
    quota::{Deferred, Quota, allowances_value, usage_value},
    report::{Report, Wishes},
    runtime::{awaitable, awaitable_or_done, block_on, running_loop},
    scan::Scan,
    settings::{Asking, Connection, Freshness as Lives, Seconds, Storage},
    source::Hashes,
    testing::Simulator,
    value,
};

/// What `vt_core.Scanner` is made of.
#[pyclass(frozen, subclass, module = "vt_core._native")]
pub(crate) struct Scanner {
    // None once it is closed. Only locked where Python is attached, and briefly.
    scanner: Owned<Mutex<Option<scan::Scanner>>>,
    shown: String,
}

impl Scanner {
    fn open(&self) -> PyResult<scan::Scanner> {
        let scanner = self.scanner.get()?.lock();
        let scanner = scanner.unwrap_or_else(PoisonError::into_inner).clone();
        scanner.ok_or_else(|| error::closed("this scanner was closed"))
    }

    /// From now on nothing can be asked. Completes when what was paid for is
    /// kept.
    fn end(&self) -> PyResult<impl Future<Output = PyResult<()>> + Send + use<>> {
        let scanner = self.scanner.get()?.lock();
        let scanner = scanner.unwrap_or_else(PoisonError::into_inner).take();
        Ok(async move {
            if let Some(scanner) = scanner {
                scanner.idle().await;
            }
            Ok(())
        })
    }

    fn start(&self, hashes: Hashes, age: &Age, detail: Detail) -> PyResult<scan::Scan> {
        let options = age.options().detail(detail);
        Ok(self.open()?.scan_with(hashes.hashes, options))
    }
}

/// How old an answer may be for one call.
#[derive(Clone, Copy)]
pub(crate) struct Age {
    max_age: Option<Seconds>,
    refresh: bool,
}

impl Age {
    fn options(&self) -> ScanOptions {
        let options = ScanOptions::new();
        match (self.refresh, self.max_age) {
            (true, _) => options.freshness(Freshness::since(SystemClock.wall())),
            (false, Some(Seconds(age))) => options.freshness(Freshness::all(age)),
            (false, None) => options,
        }
    }
}

#[pymethods]
impl Scanner {
    #[new]
    #[pyo3(signature = (api_key = None, *, cache = None, ledger = None, quota = None, base_url = None,
        user = None, user_agent = None, proxy = "system", timeout = None, freshness = None,
        pace = "greedy", offline = false, max_in_flight = None, check_quota = None,
        simulator = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        py: Python<'_>,
        api_key: Option<String>,
        cache: Option<&Bound<'_, PyAny>>,
        ledger: Option<&Bound<'_, PyAny>>,
        quota: Option<Quota>,
        base_url: Option<String>,
        user: Option<String>,
        user_agent: Option<String>,
        proxy: &str,
        timeout: Option<Seconds>,
        freshness: Option<Lives>,
        pace: &str,
        offline: bool,
        max_in_flight: Option<NonZeroUsize>,
        check_quota: Option<bool>,
        simulator: Option<PyRef<'_, Simulator>>,
    ) -> PyResult<Self> {
        let asking = Asking {
            freshness,
            pace: pace.to_owned(),
            offline,
            max_in_flight,
            // Without a name the key would stand in the address that is asked.
            check_quota: check_quota.unwrap_or(user.is_some()),
        };
        let connection = Connection {
            api_key,
            quota,
            base_url,
            user,
            user_agent,
            proxy: proxy.to_owned(),
            timeout,
            offline,
            simulator: simulator.map(|simulator| simulator.inner()).transpose()?,
        };
        let base_url = connection.base_url().to_owned();
        // Before a file is made.
        let client = connection.client()?;
        let storage = Storage::of(cache, ledger, &base_url, py)?;
        let shown = format!("<Scanner of {base_url}, with {}>", storage.shown);
        let scanner = asking.scanner(client, storage)?;
        Ok(Self {
            scanner: Owned::new(Mutex::new(Some(scanner))),
            shown,
        })
    }

    /// Answers one hash, and waits for the quota if it has to.
    ///
    /// With a `timeout` in seconds it raises `PendingError` if there is no answer by
    /// then. `max_age` is how old an answer from the cache may be, in seconds;
    /// `refresh` takes none that is older than this call. Other threads run meanwhile,
    /// and Ctrl-C works.
    ///
    /// Raises a `VtError` that says why where there is no answer.
    #[pyo3(signature = (hash, *, timeout = None, max_age = None, refresh = false))]
    fn lookup(
        &self,
        py: Python<'_>,
        hash: AnyHash,
        timeout: Option<Seconds>,
        max_age: Option<Seconds>,
        refresh: bool,
    ) -> PyResult<Outcome> {
        let answer = lookup(self.open()?, hash, timeout, Age { max_age, refresh });
        let answer = block_on(py, answer)?;
        Ok(outcome(py, hash, answer))
    }

    #[pyo3(signature = (hash, *, timeout = None, max_age = None, refresh = false))]
    fn _lookup_async<'py>(
        &self,
        py: Python<'py>,
        hash: AnyHash,
        timeout: Option<Seconds>,
        max_age: Option<Seconds>,
        refresh: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let answer = lookup(self.open()?, hash, timeout, Age { max_age, refresh });
        awaitable_or_done(py, async move {
            let answer = answer.await?;
            Python::attach(|py| Ok(outcome(py, hash, answer)))
        })
    }

    /// Answers hashes as the answers come: one outcome for each hash given.
    ///
    /// `source` is an iterable of hashes, or any text to find them in, as for
    /// `extract_hashes`. `progress` is called four times a second on the thread that
    /// waits; in `async for` on that of its event loop.
    #[pyo3(signature = (source, *, progress = None, max_age = None, refresh = false))]
    fn scan(
        &self,
        source: &Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
        max_age: Option<Seconds>,
        refresh: bool,
    ) -> PyResult<Scan> {
        let age = Age { max_age, refresh };
        let scan = self.start(Hashes::of(source)?, &age, Detail::Full)?;
        Ok(Scan::new(scan, progress))
    }

    /// Answers hashes and makes a report of them, each once and in their order.
    ///
    /// `engines` are those whose word is shown; by default Fortinet. What has no answer
    /// is a row with an `error`. If this is interrupted, what was answered is in the
    /// cache, and the same call goes on from there.
    #[pyo3(signature = (source, *, engines = None, title = None, progress = None, max_age = None,
        refresh = false))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn report(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        engines: Option<Vec<String>>,
        title: Option<String>,
        progress: Option<Py<PyAny>>,
        max_age: Option<Seconds>,
        refresh: bool,
    ) -> PyResult<Report> {
        let hashes = Hashes::of(source)?.distinct();
        let wishes = Wishes::new(engines, title, hashes.skipped);
        let asked = hashes.hashes.clone();
        let scan = self.start(hashes, &Age { max_age, refresh }, Detail::Summary)?;
        let report = wishes.report(self.open()?, asked, scan, progress, Place::Here);
        block_on(py, report)
    }

    #[pyo3(signature = (source, *, engines = None, title = None, progress = None, max_age = None,
        refresh = false))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn _report_async<'py>(
        &self,
        py: Python<'py>,
        source: &Bound<'_, PyAny>,
        engines: Option<Vec<String>>,
        title: Option<String>,
        progress: Option<Py<PyAny>>,
        max_age: Option<Seconds>,
        refresh: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let event_loop = running_loop(py)?.unbind();
        let hashes = Hashes::of(source)?.distinct();
        let wishes = Wishes::new(engines, title, hashes.skipped);
        let asked = hashes.hashes.clone();
        let scan = self.start(hashes, &Age { max_age, refresh }, Detail::Summary)?;
        let place = Place::Loop(event_loop);
        awaitable(
            py,
            wishes.report(self.open()?, asked, scan, progress, place),
        )
    }

    /// What the key has spent, by the books.
    fn quota<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let usage = block_on(py, usage(self.open()?))?;
        usage.into_pyobject(py)
    }

    fn _quota_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable(py, usage(self.open()?))
    }

    /// What VirusTotal itself has counted, and corrects the books by it. Free.
    ///
    /// Without `user` the key is part of the address that is asked.
    fn check_quota<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let allowances = block_on(py, allowances(self.open()?))?;
        allowances.into_pyobject(py)
    }

    fn _check_quota_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable(py, allowances(self.open()?))
    }

    #[getter]
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let metrics = self.open()?.metrics();
        let fields = (
            metrics.requests,
            metrics.retries,
            metrics.cached,
            metrics.joined,
            metrics.errors,
            metrics.refused,
            metrics.transient,
            metrics.permanent,
            metrics.unauthorized,
        );
        value::make(py, "Metrics", fields)
    }

    /// Waits until what is under way, and so is paid for, is kept; from then on
    /// every call raises `ClosedError`.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        block_on(py, self.end()?)
    }

    fn _close_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable(py, self.end()?)
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> &str {
        &self.shown
    }
}

async fn lookup(
    scanner: scan::Scanner,
    hash: AnyHash,
    timeout: Option<Seconds>,
    age: Age,
) -> PyResult<Answer> {
    let limit = timeout.map(|Seconds(limit)| limit);
    let answer = scanner.lookup_with(hash.0, age.options(), limit).await;
    answer.map_err(|error| error::scan(&error))
}

fn outcome(py: Python<'_>, hash: AnyHash, answer: Answer) -> Outcome {
    let outcome = scan::Outcome {
        hash: hash.0,
        result: Ok(answer),
    };
    Outcome::new(py, outcome)
}

async fn usage(scanner: scan::Scanner) -> PyResult<Deferred<vt_core::quota::Usage>> {
    let usage = scanner.usage().await;
    usage
        .map(|usage| Deferred(usage, usage_value))
        .map_err(|error| error::ledger(&error))
}

async fn allowances(scanner: scan::Scanner) -> PyResult<Deferred<Allowances>> {
    let allowances = scanner.check_quota().await;
    allowances
        .map(|allowances| Deferred(allowances, allowances_value))
        .map_err(|error| error::scan(&error))
}
