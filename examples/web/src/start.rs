//! An application as the options ask for it.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use tempfile::TempDir;
use vt_core::{
    cache::Freshness,
    client::Client,
    scan::{BulkPace, Scanner},
    time::{Clock, SystemClock},
};
use vt_setup::{Database, DatabaseArgs, Failure, connection};
use vt_sim::Simulator;
use vt_web::{App, Parts, Secret, Settings};

use crate::{args::Args, post};

const AGENT: &str = concat!("vt-web/", env!("CARGO_PKG_VERSION"));
/// So long takes an answer of the demo, and so many come at once: one shall see
/// the rows arrive.
const DEMO_LATENCY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(200)..=Duration::from_millis(900);
const DEMO_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// An application, and what is thrown away with it.
pub(crate) struct Started {
    pub(crate) app: App,
    _folder: Option<TempDir>,
}

pub(crate) async fn start(args: &Args, public_url: String) -> Result<Started, Failure> {
    let connection = &args.connection;
    let (mut database, mut folder) = (connection.database.clone(), None);
    if connection.demo {
        let made = tempfile::tempdir().map_err(Failure::failed)?;
        database
            .db
            .get_or_insert_with(|| made.path().join("demo.db"));
        folder = Some(made);
    }
    let mail = post::mail(args, folder.as_ref().map(TempDir::path))?;
    let database = open(&database, args).await?;
    let store = database.store().ok_or_else(|| {
        Failure::usage("reports have to be kept somewhere: --db takes a file here")
    })?;
    let mut builder = Scanner::builder(client(args)?)
        .cache(store.clone())
        .ledger(store.clone())
        .check_quota(connection.user.is_some())
        .bulk_pace(if args.greedy {
            BulkPace::Greedy
        } else {
            BulkPace::Spread
        })
        .freshness(freshness(args));
    let in_flight = connection.demo.then_some(DEMO_IN_FLIGHT);
    if let Some(requests) = connection.max_in_flight.or(in_flight) {
        builder = builder.max_in_flight(requests);
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let parts = Parts {
        scanner: builder.build(),
        cache: Arc::new(store.clone()),
        jobs: Arc::new(store.clone()),
        clock,
        secret: secret(args, store.path())?,
        mail,
    };
    let app = App::new(settings(args, public_url)?, parts);
    let begun = app.resume().await.map_err(Failure::failed)?;
    if begun > 0 {
        tracing::info!(reports = begun, "going on with what was begun");
    }
    Ok(Started {
        app,
        _folder: folder,
    })
}

async fn open(database: &DatabaseArgs, args: &Args) -> Result<Database, Failure> {
    let database = Database::open(database, &args.connection.owner()).await?;
    if let Some(notice) = database.notice() {
        tracing::warn!("{notice}");
    }
    Ok(database)
}

fn client(args: &Args) -> Result<Client, Failure> {
    if args.connection.demo {
        let simulator = Simulator::builder().latency(DEMO_LATENCY);
        return connection::demo(&args.connection, simulator);
    }
    args.connection.client(AGENT)
}

fn secret(args: &Args, database: &std::path::Path) -> Result<Secret, Failure> {
    let path = match &args.secret_file {
        Some(path) => path.clone(),
        None => database.with_extension("secret"),
    };
    Secret::open(&path).map_err(|error| {
        let path = path.display();
        Failure::failed(format!("cannot use the secret in {path}: {error}"))
    })
}

fn freshness(args: &Args) -> Freshness {
    args.max_age.map_or_else(Freshness::default, Freshness::all)
}

fn settings(args: &Args, public_url: String) -> Result<Settings, Failure> {
    Ok(Settings {
        public_url,
        max_upload: args.max_upload << 20,
        upload_burst: args.upload_burst,
        max_hashes: args.max_hashes,
        consent_after: args.consent_after,
        longest_wait: args.longest_wait,
        retention: args.retention,
        freshness: freshness(args),
        engines: args.engine.clone(),
        spreads: !args.greedy,
        public_dashboard: args.public_dashboard,
        metrics_token: args.metrics_token_file.as_deref().map(token).transpose()?,
        is_demo: args.connection.demo,
    })
}

fn token(path: &std::path::Path) -> Result<String, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path);
    let text =
        text.map_err(|error| Failure::usage(format!("cannot read the token in {shown}: {error}")))?;
    match text.trim() {
        token if token.len() >= 16 => Ok(token.to_owned()),
        _ => Err(Failure::usage(format!(
            "the token in {shown} is shorter than 16 characters"
        ))),
    }
}
