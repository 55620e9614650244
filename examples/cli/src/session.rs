//! A scanner as the options ask for it.

use std::{num::NonZeroUsize, sync::Arc};

use vt_core::{
    cache::{Detail, Freshness, MemoryCache},
    client::{ApiKey, Client, TransportError, transport_fn},
    job::{JobStore, MemoryJobStore},
    scan::{BulkPace, Scanner},
    time::{Clock, SystemClock},
};
use vt_setup::{ConnectionArgs, Database, Owner};

use crate::{args::AgeArgs, books::Books, exit::Failure};

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
        const AGENT: &str = concat!("vt-batch/", env!("CARGO_PKG_VERSION"));

        let client = if wanted.offline && !args.demo {
            nobody()?
        } else {
            args.client(AGENT)?
        };
        // One after the other, so that it shows what a free key gets: a reply
        // answers every other digest of its file.
        let max_in_flight = args.demo.then_some(NonZeroUsize::MIN);
        let mut builder = Scanner::builder(client).check_quota(args.user.is_some());
        if let Some(requests) = args.max_in_flight.or(max_in_flight) {
            builder = builder.max_in_flight(requests);
        }
        let owner = if wanted.offline && !args.demo && args.database.db.is_some() {
            // Nothing can get in that does not belong there.
            Owner::Any
        } else {
            args.owner()
        };
        let database = Database::open(&args.database, &owner).await?;
        if let Some(notice) = database.notice() {
            tell!("{notice}");
        }
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
