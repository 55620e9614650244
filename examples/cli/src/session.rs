//! A scanner as the options ask for it.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
};

use vt_core::{
    cache::{Detail, Freshness, MemoryCache},
    client::{ApiKey, BuildError, Client, Proxy, TransportError, transport_fn},
    job::{JobStore, MemoryJobStore},
    quota::Quota,
    scan::{BulkPace, Scanner},
    time::{Clock, SystemClock},
};
use vt_sim::Simulator;

use crate::{
    args::{AgeArgs, ConnectionArgs},
    books::Books,
    database::{Database, Owner},
    exit::Failure,
    key,
};

/// A scanner, on VirusTotal or on the simulator.
pub(crate) struct Session {
    pub(crate) scanner: Scanner,
    /// One on the same cache that asks for nothing.
    pub(crate) cached: Scanner,
    pub(crate) jobs: Arc<dyn JobStore>,
    pub(crate) is_demo: bool,
}

/// How old answers may be, and how much of them is wanted.
#[derive(Default)]
pub(crate) struct Wanted {
    freshness: Freshness,
    offline: bool,
    detail: Detail,
    pub(crate) pace: BulkPace,
}

impl Wanted {
    pub(crate) fn new(age: &AgeArgs, detail: Detail) -> Self {
        let freshness = match age.max_age {
            Some(age) => Freshness::all(age),
            None if age.refresh => Freshness::since(SystemClock.wall()),
            // Whoever cannot ask is glad of whatever is there.
            None if age.offline => Freshness::ANY,
            None => Freshness::default(),
        };
        Self {
            freshness,
            offline: age.offline,
            detail,
            pace: BulkPace::Greedy,
        }
    }

    pub(crate) const fn freshness(&self) -> Freshness {
        self.freshness
    }
}

impl Session {
    pub(crate) async fn open(args: &ConnectionArgs, wanted: &Wanted) -> Result<Self, Failure> {
        let (client, max_in_flight) = if args.demo {
            // One after the other, so that it shows what a free key gets: a
            // reply answers every other digest of its file.
            (demo(args)?, Some(NonZeroUsize::MIN))
        } else if wanted.offline {
            (nobody()?, None)
        } else {
            (real(args)?, None)
        };
        let mut builder = Scanner::builder(client);
        if let Some(requests) = args.max_in_flight.or(max_in_flight) {
            builder = builder.max_in_flight(requests);
        }
        let owner = if args.demo {
            Owner::Demo
        } else if wanted.offline && args.database.db.is_some() {
            // Nothing can get in that does not belong there.
            Owner::Any
        } else {
            Owner::of(&args.base_url)
        };
        let database = Database::open(&args.database, &owner).await?;
        builder = match database.store() {
            Some(store) => {
                let books = Books::new(store.clone());
                builder.cache(store.clone()).ledger(books)
            }
            None => builder.cache(MemoryCache::new()),
        };
        let builder = builder
            .freshness(wanted.freshness)
            .detail(wanted.detail)
            .bulk_pace(wanted.pace);
        Ok(Self {
            scanner: builder.clone().offline(wanted.offline).build(),
            cached: builder.offline(true).build(),
            jobs: match database.store() {
                Some(store) => Arc::new(store.clone()),
                None => Arc::new(MemoryJobStore::new()),
            },
            is_demo: args.demo,
        })
    }
}

/// A client for those who may not ask.
fn nobody() -> Result<Client, Failure> {
    let nowhere = transport_fn(|_| async {
        Err(TransportError::Connect {
            reason: "offline".into(),
        })
    });
    let cannot = |error: &dyn std::fmt::Display| Failure::failed(error.to_string());
    let key = ApiKey::new("offline").map_err(|error| cannot(&error))?;
    Client::builder(key)
        .transport(nowhere)
        .build()
        .map_err(|error| cannot(&error))
}

fn real(args: &ConnectionArgs) -> Result<Client, Failure> {
    let key = key::read(args.key_file.as_deref())?;
    let mut builder = Client::builder(key)
        .base_url(&args.base_url)
        .quota(quota(Quota::PUBLIC, args))
        .user_agent(concat!("vt-batch/", env!("CARGO_PKG_VERSION")))
        .proxy(proxy(&args.proxy)?)
        .deadline(args.timeout)
        .idle_timeout(args.timeout);
    if let Some(user) = &args.user {
        builder = builder.user(user);
    }
    builder.build().map_err(|error| match error {
        BuildError::Tls { .. } => Failure::failed(error.to_string()),
        error => Failure::usage(error.to_string()),
    })
}

/// A client of a simulator in this process. Unless told, there is no limit:
/// nobody wants to wait for made-up answers.
fn demo(args: &ConnectionArgs) -> Result<Client, Failure> {
    let quota = quota(Quota::UNLIMITED, args);
    let limit = |limit: Option<NonZeroU32>| limit.map(NonZeroU32::get);
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot start the simulator: {error}"))
    };
    let simulator = Simulator::builder()
        .start_now()
        .per_minute(limit(quota.per_minute))
        .per_day(limit(quota.per_day))
        .per_month(limit(quota.per_month))
        .build()
        .map_err(|error| cannot(&error))?;
    let key = ApiKey::new("demo").map_err(|error| cannot(&error))?;
    Client::builder(key)
        .transport(Arc::new(simulator))
        .quota(quota)
        .build()
        .map_err(|error| cannot(&error))
}

fn quota(base: Quota, args: &ConnectionArgs) -> Quota {
    let mut quota = base;
    if let Some(limit) = args.per_minute {
        quota = quota.per_minute(limit);
    }
    if let Some(limit) = args.per_day {
        quota = quota.per_day(limit);
    }
    if let Some(limit) = args.per_month {
        quota = quota.per_month(limit);
    }
    quota
}

fn proxy(text: &str) -> Result<Proxy, Failure> {
    match text {
        "system" => Ok(Proxy::System),
        "off" => Ok(Proxy::Off),
        // The URL may hold a password: it is not repeated.
        url => url
            .parse()
            .map(Proxy::Url)
            .map_err(|_| Failure::usage("--proxy takes `system`, `off` or a URL")),
    }
}
