//! Who is asked, and how much.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::{Args, builder::FalseyValueParser};
use vt_core::{
    client::{ApiKey, BuildError, Client, DEFAULT_BASE_URL, Proxy},
    quota::Quota,
};
use vt_sim::Simulator;

use crate::{DatabaseArgs, Failure, Owner, key};

/// Who is asked, with which key, and how much.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Asking")]
pub struct ConnectionArgs {
    /// Ask a simulator in this process: made-up answers, no key, no network.
    #[arg(long, env = "VT_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,
    /// Where answers and books are kept.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Read the API key from this file, which nobody else may read; - is
    /// standard input.
    #[arg(long, env = "VT_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Send at most so many requests in any 60 seconds; 0 is no limit [default: 4].
    #[arg(long, env = "VT_PER_MINUTE", value_name = "N")]
    pub per_minute: Option<u32>,
    /// Send at most so many requests in a UTC day; 0 is no limit [default: 500].
    #[arg(long, env = "VT_PER_DAY", value_name = "N")]
    pub per_day: Option<u32>,
    /// Send at most so many requests in a UTC month; 0 is no limit [default: 15500].
    #[arg(long, env = "VT_PER_MONTH", value_name = "N")]
    pub per_month: Option<u32>,
    /// Have at most so many requests under way at once; by default 1 for four a
    /// minute or less, else more.
    #[arg(long, env = "VT_MAX_IN_FLIGHT", value_name = "N")]
    pub max_in_flight: Option<NonZeroUsize>,
    /// The server: https, or http on this machine.
    #[arg(
        long,
        env = "VT_BASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = DEFAULT_BASE_URL
    )]
    pub base_url: String,
    /// The proxy: `system`, `off`, or a URL.
    #[arg(
        long,
        env = "VT_PROXY",
        hide_env_values = true,
        value_name = "PROXY",
        default_value = "system"
    )]
    pub proxy: String,
    /// How long one request may take.
    #[arg(
        long,
        env = "VT_TIMEOUT",
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "30s"
    )]
    pub timeout: Duration,
    /// Your VirusTotal user name: what VirusTotal itself has counted is then asked
    /// by it, at the beginning and after a refusal, which is free. Without it the
    /// key would stand in that address, and only `vt-batch quota` asks.
    #[arg(long, env = "VT_USER", value_name = "NAME")]
    pub user: Option<String>,
}

impl ConnectionArgs {
    /// A client of whoever is to be asked, which calls itself `agent`.
    ///
    /// # Errors
    ///
    /// When there is no key, or a setting is none that works.
    pub fn client(&self, agent: &str) -> Result<Client, Failure> {
        if self.demo {
            demo(self, Simulator::builder())
        } else {
            real(self, agent)
        }
    }

    /// Whose answers these are.
    #[must_use]
    pub fn owner(&self) -> Owner {
        if self.demo {
            Owner::Demo
        } else {
            Owner::Server(self.base_url.clone())
        }
    }
}

fn real(args: &ConnectionArgs, agent: &str) -> Result<Client, Failure> {
    let key = key::read(args.key_file.as_deref())?;
    let mut builder = Client::builder(key)
        .base_url(&args.base_url)
        .quota(quota(Quota::PUBLIC, args))
        .user_agent(agent)
        .proxy(proxy(&args.proxy)?)
        .deadline(args.timeout)
        .idle_timeout(args.timeout);
    if let Some(user) = &args.user {
        builder = builder.user(user);
    }
    builder.build().map_err(|error| match error {
        BuildError::Tls { .. } => Failure::failed(error),
        error => Failure::usage(error),
    })
}

/// A client of a simulator in this process. Unless told, there is no limit:
/// nobody wants to wait for made-up answers.
///
/// # Errors
///
/// When the simulator's settings contradict each other.
pub fn demo(args: &ConnectionArgs, simulator: vt_sim::Builder) -> Result<Client, Failure> {
    let quota = quota(Quota::UNLIMITED, args);
    let limit = |limit: Option<NonZeroU32>| limit.map(NonZeroU32::get);
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot start the simulator: {error}"))
    };
    let simulator = simulator
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
