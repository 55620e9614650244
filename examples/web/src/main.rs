//! `vt-web`: a web server that turns lists of file hashes into VirusTotal
//! reports.

mod args;
mod post;
mod start;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap::{CommandFactory, FromArgMatches};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use vt_setup::Failure;
use vt_web::{Hosts, router, serve};

use args::Args;

/// How long everything has to end.
const FAREWELL: Duration = Duration::from_secs(9);

fn main() -> ExitCode {
    match run(std::env::args_os().collect()) {
        Ok(code) => code,
        Err(failure) => {
            // Nobody is left to be told if this fails.
            let _ = writeln!(io::stderr(), "vt-web: {failure}");
            ExitCode::from(if failure.is_usage() { 2 } else { 1 })
        }
    }
}

fn run(args: Vec<OsString>) -> Result<ExitCode, Failure> {
    let command = vt_setup::configured(Args::command(), &args)?;
    let matches = match command.try_get_matches_from(args) {
        Ok(matches) => matches,
        // Help and version come this way too, and are no failure.
        Err(error) => {
            error.print().map_err(Failure::failed)?;
            return Ok(ExitCode::from(if error.exit_code() == 0 { 0 } else { 2 }));
        }
    };
    let args = Args::from_arg_matches(&matches).map_err(Failure::usage)?;
    log(&args);
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::failed)?;
    runtime.block_on(work(&args))?;
    // A thread that still reads or writes has nobody left to wait for it.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ExitCode::SUCCESS)
}

/// The log goes to standard error, `RUST_LOG` says how much of it.
fn log(args: &Args) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    if args.log_json {
        log.json().init();
    } else {
        log.init();
    }
}

async fn work(args: &Args) -> Result<(), Failure> {
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::failed(format!(
            "cannot listen on {}: {error}; choose another address with --listen",
            args.listen
        ))
    })?;
    let address = listener.local_addr().map_err(Failure::failed)?;
    let public_url = args
        .public_url
        .as_deref()
        .map(|url| url.trim_end_matches('/').to_owned());
    let public_url = public_url.unwrap_or_else(|| format!("http://{address}"));
    let hosts = Hosts::new(address, &public_url, &args.allow_host);
    let started = start::start(args, public_url).await?;
    let app = started.app.clone();
    let stop = CancellationToken::new();
    let router = router(app.clone(), hosts, &args.trusted_proxy);
    writeln!(io::stdout(), "vt-web listens on http://{address}").map_err(Failure::failed)?;
    let served = serve(listener, router, stop.clone());
    let end = async {
        asked_to_end().await;
        tracing::info!("ending: what is under way is brought home");
        stop.cancel();
        app.close().await;
    };
    let both = async { tokio::join!(served, end) };
    tokio::pin!(both);
    tokio::select! {
        (served, ()) = &mut both => served.map_err(Failure::failed)?,
        () = async { stop.cancelled().await; tokio::time::sleep(FAREWELL).await } => {
            tracing::warn!("not everything came home in time; it is taken up at the next start");
        }
    }
    drop(started);
    Ok(())
}

/// Completes at Ctrl-C, and where there is such a thing at SIGTERM.
async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without such signals the server ends when it is killed.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
