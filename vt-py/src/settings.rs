//! What a scanner is made of.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::PyString,
};
use vt_core::{
    cache::{self, Cache},
    client::{
        ApiKey, Client, ClientBuilder, DEFAULT_BASE_URL, Proxy, TransportError, transport_fn,
    },
    quota::{Ledger, MemoryLedger},
    scan::{BulkPace, Scanner},
};
use vt_sim::Simulator;

use crate::{cache as caches, error, memory::MemoryCache, quota::Quota, sqlite::SqliteStore};

/// The arguments of `Scanner` that are about the way to VirusTotal.
pub(crate) struct Connection {
    pub(crate) api_key: Option<String>,
    pub(crate) quota: Option<Quota>,
    pub(crate) base_url: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) proxy: String,
    pub(crate) timeout: Option<Seconds>,
    pub(crate) offline: bool,
    pub(crate) simulator: Option<Simulator>,
}

impl Connection {
    /// Whose answers these are.
    pub(crate) fn base_url(&self) -> &str {
        let usual = match self.simulator {
            Some(_) => "https://simulator.invalid",
            None => DEFAULT_BASE_URL,
        };
        self.base_url.as_deref().unwrap_or(usual)
    }

    pub(crate) fn client(self) -> PyResult<Client> {
        let mut builder = self.builder()?.base_url(self.base_url());
        if let Some(quota) = &self.quota {
            builder = builder.quota(quota.limits());
        }
        if let Some(user) = self.user {
            builder = builder.user(user);
        }
        if let Some(Seconds(timeout)) = self.timeout {
            builder = builder.deadline(timeout).idle_timeout(timeout);
        }
        let agent = self
            .user_agent
            .unwrap_or_else(|| concat!("vt-core-python/", env!("CARGO_PKG_VERSION")).to_owned());
        let built = builder.user_agent(agent).proxy(proxy(&self.proxy)?).build();
        built.map_err(|error| error::build(&error))
    }

    fn builder(&self) -> PyResult<ClientBuilder> {
        if let Some(simulator) = &self.simulator {
            let key = self.api_key.as_deref().unwrap_or("simulated");
            let builder = ApiKey::new(key).map(Client::builder).map_err(error::key)?;
            return Ok(builder.transport(Arc::new(simulator.clone())));
        }
        let key = match &self.api_key {
            Some(key) => ApiKey::new(key.as_str()),
            None => ApiKey::from_env(),
        };
        if !self.offline {
            return key.map(Client::builder).map_err(error::key);
        }
        // Whoever may not ask needs no key, and has nowhere to send one to.
        let key = key
            .or_else(|_| ApiKey::new("offline"))
            .map_err(error::key)?;
        let nowhere = transport_fn(|_| async {
            Err(TransportError::Connect {
                reason: "offline".into(),
            })
        });
        Ok(Client::builder(key).transport(nowhere))
    }
}

fn proxy(text: &str) -> PyResult<Proxy> {
    match text {
        "system" => Ok(Proxy::System),
        "off" => Ok(Proxy::Off),
        // The URL may hold a password: it is not repeated.
        url => url
            .parse()
            .map(Proxy::Url)
            .map_err(|_| error::config("proxy takes \"system\", \"off\" or a URL")),
    }
}

/// Where answers and books are kept.
pub(crate) struct Storage {
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) ledger: Arc<dyn Ledger>,
    /// How the cache shows itself.
    pub(crate) shown: String,
}

impl Storage {
    /// A file keeps the books too, unless another place is named for them.
    pub(crate) fn of(
        cache: Option<&Bound<'_, PyAny>>,
        ledger: Option<&Bound<'_, PyAny>>,
        base_url: &str,
        py: Python<'_>,
    ) -> PyResult<Self> {
        let cache = match cache {
            None => Bound::new(py, MemoryCache::usual())?.into_any(),
            Some(cache) => opened(cache, base_url)?,
        };
        let ledger = match ledger {
            None => cache.clone(),
            Some(ledger) => opened(ledger, base_url)?,
        };
        let books: Arc<dyn Ledger> = match ledger.cast::<SqliteStore>() {
            Ok(store) => Arc::new(store.get().store_of(base_url)?.clone()),
            Err(_) if ledger.is(&cache) => Arc::new(MemoryLedger::new()),
            Err(_) => {
                let kind = ledger.get_type().name()?;
                return Err(PyTypeError::new_err(format!(
                    "books are kept in a SqliteStore or the path of one, not in {kind}"
                )));
            }
        };
        if let Ok(store) = cache.cast::<SqliteStore>() {
            store.get().store_of(base_url)?;
        }
        Ok(Self {
            cache: caches::of(&cache)?,
            ledger: books,
            shown: cache.repr()?.to_string(),
        })
    }
}

/// The file at a path; anything else as it is.
fn opened<'py>(object: &Bound<'py, PyAny>, base_url: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let is_path =
        object.is_instance_of::<PyString>() || object.hasattr(intern!(py, "__fspath__"))?;
    if !is_path {
        return Ok(object.clone());
    }
    let store = SqliteStore::open(py, object.extract::<PathBuf>()?, base_url, None)?;
    Ok(Bound::new(py, store)?.into_any())
}

/// The arguments of `Scanner` that are about how it asks.
pub(crate) struct Asking {
    pub(crate) freshness: Option<Freshness>,
    pub(crate) pace: String,
    pub(crate) offline: bool,
    pub(crate) max_in_flight: Option<NonZeroUsize>,
    pub(crate) check_quota: bool,
}

impl Asking {
    pub(crate) fn scanner(self, client: Client, storage: Storage) -> PyResult<Scanner> {
        let pace = match self.pace.as_str() {
            "greedy" => BulkPace::Greedy,
            "spread" => BulkPace::Spread,
            _ => return Err(error::config("pace takes \"greedy\" or \"spread\"")),
        };
        let freshness = self.freshness.map_or_else(
            || {
                if self.offline {
                    cache::Freshness::ANY
                } else {
                    cache::Freshness::default()
                }
            },
            |freshness| freshness.lives(),
        );
        let mut builder = Scanner::builder(client)
            .cache(storage.cache)
            .ledger(storage.ledger)
            .freshness(freshness)
            .bulk_pace(pace)
            .offline(self.offline)
            .check_quota(self.check_quota);
        if let Some(most) = self.max_in_flight {
            builder = builder.max_in_flight(most);
        }
        Ok(builder.build())
    }
}

/// `vt_core.Freshness`.
#[derive(FromPyObject)]
pub(crate) struct Freshness {
    found: Seconds,
    not_found: Seconds,
    pending: Seconds,
}

impl Freshness {
    fn lives(&self) -> cache::Freshness {
        cache::Freshness {
            found: self.found.0,
            not_found: self.not_found.0,
            pending: self.pending.0,
            since: None,
        }
    }
}

/// A time, as a `timedelta` or as a number of seconds.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Duration);

impl<'py> FromPyObject<'_, 'py> for Seconds {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(seconds) = object.extract::<f64>() {
            return Duration::try_from_secs_f64(seconds)
                .map(Self)
                .map_err(|_| PyValueError::new_err("a time is not negative, and not endless"));
        }
        object.extract::<Duration>().map(Self)
    }
}
