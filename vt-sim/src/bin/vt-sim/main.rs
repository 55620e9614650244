//! `vt-sim`: a VirusTotal stand-in on loopback.

mod script;

use std::{
    error::Error,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::net::TcpListener;

use vt_sim::{DEFAULT_SAMPLES, DEFAULT_UNKNOWN, Latency, Minute, Simulator};

use script::Scripted;

/// A VirusTotal stand-in on loopback, for tests, benchmarks and demos.
///
/// Prints its URL as the first line and serves until Ctrl-C. Counts are at GET /sim/stats; POST /sim/reset clears them.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints hashes of files that the simulator knows by number, one per line.
    Samples(Samples),
}

#[derive(Debug, Args)]
struct Serve {
    /// Address to listen on; loopback only. Port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,
    /// Folder of recorded reports (*.json) to serve as they are.
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
    /// Requests that a key may make in a minute; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 4)]
    per_minute: u32,
    /// Requests that a key may make in a UTC day; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 500)]
    per_day: u32,
    /// Requests that a key may make in a month; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 15_500)]
    per_month: u32,
    /// Count the minute limit by the minute of the clock, not by the last 60 seconds.
    #[arg(long)]
    calendar_minute: bool,
    /// Share of unknown files, from 0 to 1. By default 0.1; with --reports 1, so that only what was recorded is known.
    #[arg(long, value_name = "SHARE")]
    unknown: Option<f64>,
    /// Time that each answer takes, as `50ms`, or a range, as `20ms..80ms`.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = latency)]
    latency: Latency,
    /// The only API key to accept (made up, never a real one); without it every key is.
    #[arg(long)]
    key: Option<String>,
    /// What to answer instead of the truth: FAULT for every request, or `FAULT for WHEN`. May be given several times.
    ///
    /// WHEN is `next`, `nth:3`, `file:HASH`, `share:0.1`, or a time since the start as `10m..15m`. FAULT is a status
    /// such as `503` or `429`, or one of many names such as `reset`, `stall`, `cut:1000` or `slow-body:5s`, and several
    /// with ` + ` between; the README lists them.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Scripted>,
    /// How many of the numbered samples to know.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SAMPLES)]
    samples: u64,
    /// Seed of everything that is made up.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Samples {
    /// How many hashes to print.
    #[arg(long, value_name = "N", default_value_t = 100)]
    count: u64,
    /// Number of the first one; those below 10 are the specimens with a fixed answer.
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// Which digest to print.
    #[arg(long, value_enum, default_value_t = Kind::Sha256)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Md5,
    Sha1,
    Sha256,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Samples(samples)) => print_samples(&samples).map_err(Into::into),
        None => serve(cli.serve).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Serve) -> Result<(), Box<dyn Error>> {
    let recorded_only = options.reports.is_some();
    let unknown = if recorded_only { 1.0 } else { DEFAULT_UNKNOWN };
    let mut builder = Simulator::builder()
        .start_now()
        .per_minute(limit(options.per_minute))
        .per_day(limit(options.per_day))
        .per_month(limit(options.per_month))
        .unknown(options.unknown.unwrap_or(unknown))
        .latency(options.latency)
        .samples(options.samples)
        .seed(options.seed);
    if options.calendar_minute {
        builder = builder.minute(Minute::Calendar);
    }
    if let Some(folder) = options.reports {
        builder = builder.reports(folder);
    }
    if let Some(key) = options.key {
        builder = builder.key(key);
    }
    let simulator = builder.build()?;
    for fault in options.faults {
        fault.set(&simulator, options.seed);
    }
    report_ignored(&simulator);
    let listener = TcpListener::bind(options.listen).await?;
    say(&format!("http://{}", listener.local_addr()?))?;
    simulator.serve(listener, interrupted()).await?;
    Ok(())
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler Ctrl-C ends the process by itself.
        std::future::pending::<()>().await;
    }
}

fn print_samples(samples: &Samples) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let end = samples.from.saturating_add(samples.count);
    for n in samples.from..end {
        let sample = vt_sim::sample(n);
        let hash = match samples.kind {
            Kind::Md5 => sample.md5,
            Kind::Sha1 => sample.sha1,
            Kind::Sha256 => sample.sha256,
        };
        match writeln!(out, "{hash}") {
            // The reader, such as `head`, has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    out.flush()
}

/// Prints a line at once, so that a script on the other end of a pipe can read the port.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

#[expect(
    clippy::print_stderr,
    reason = "a program tells its user what it leaves out"
)]
fn report_ignored(simulator: &Simulator) {
    for ignored in simulator.ignored_reports() {
        eprintln!(
            "vt-sim: not served: {}: {}",
            ignored.path.display(),
            ignored.reason
        );
    }
}

#[expect(clippy::print_stderr, reason = "a program tells its user why it ends")]
fn complain(error: &dyn Error) {
    eprintln!("vt-sim: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
}

fn limit(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let addr = text
        .parse::<SocketAddr>()
        .map_err(|error| error.to_string())?;
    if addr.ip().is_loopback() {
        Ok(addr)
    } else {
        Err(
            "this stand-in has no defences; give a loopback address such as 127.0.0.1:8080"
                .to_owned(),
        )
    }
}

fn latency(text: &str) -> Result<Latency, String> {
    let time =
        |text: &str| humantime::parse_duration(text.trim()).map_err(|error| error.to_string());
    match text.split_once("..") {
        None => Ok(time(text)?.into()),
        Some((least, most)) => {
            let range: (Duration, Duration) = (time(least)?, time(most)?);
            if range.0 > range.1 {
                return Err("the range ends before it begins".to_owned());
            }
            Ok((range.0..=range.1).into())
        }
    }
}
