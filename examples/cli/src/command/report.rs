//! `vt-batch report`

use std::{collections::HashMap, io, path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use vt_core::{
    cache::Detail,
    client,
    hash::FileHash,
    scan::{Error, Outcome, Scan, Scanner},
    time::{Clock, SystemClock},
};
use vt_report::{Format, Report, Row, Status, WriteOptions};

use crate::{
    args::ReportArgs,
    exit::{Exit, Failure},
    input::Input,
    output::Output,
    progress::{Bar, about},
    session::{Session, Wanted},
};

/// So many hashes in a row without a connection, and the rest is not tried.
const TRIES: u32 = 3;

pub(crate) async fn run(args: ReportArgs) -> Result<Exit, Failure> {
    let wanted = Wanted::new(&args.age, Detail::Summary);
    let session = Session::open(&args.connection, &wanted).await?;
    let input = Input::read(&args.input.files)?;
    let hashes = input.hashes();
    if !args.look.quiet {
        input
            .notes()
            .iter()
            .for_each(|note| eprintln!("vt-batch: {note}"));
    }
    if hashes.is_empty() {
        return Err(Failure::failed(format!(
            "no file hashes in {}",
            input.names()
        )));
    }
    let output = Output::open(args.output.as_deref())?;
    if !args.look.quiet {
        announce(&session, hashes.len()).await;
    }
    let bar = Bar::new(hashes.len(), args.look.quiet);
    let mut gathering = Gathering::new(&hashes, &args.engine);
    let scan = session.scanner.scan(hashes);
    let patience = Patience::new(&session.scanner, args.max_wait);
    let end = gathering.run(scan, &bar, &patience).await;
    // What is paid for is brought home, unless the user insists.
    session.scanner.idle().await;
    bar.finish();
    if let End::Refused(error) = &end
        && gathering.answered == 0
    {
        return Err(Failure::failed(error.to_string()));
    }
    let mut report = Report::new(SystemClock.wall(), args.engine.clone(), gathering.rows());
    report.skipped = Some(input.skipped());
    report.requests = Some(session.scanner.requests());
    if let Some(title) = title(&args, session.is_demo) {
        report.title = title;
    }
    let exit = exit(&report, &end, args.fail_on_detection);
    write(&args, &report, output)?;
    match end {
        End::Refused(error) => eprintln!("vt-batch: stopped early: {error}"),
        End::TooLong(until) => {
            let until = about(until, SystemClock.wall());
            eprintln!(
                "vt-batch: stopped early: the next request is allowed {until}; run again then"
            );
        }
        End::Interrupted => {
            let answered = report.summary().answered;
            let all = report.rows.len();
            eprintln!("vt-batch: interrupted: {answered} of {all} answered; run it again to go on");
        }
        End::Complete => {}
    }
    Ok(exit)
}

/// How long the next request is waited for.
struct Patience<'a> {
    scanner: &'a Scanner,
    longest: Option<TimeDelta>,
}

impl<'a> Patience<'a> {
    fn new(scanner: &'a Scanner, longest: Option<Duration>) -> Self {
        let longest = longest.map(|wait| TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX));
        Self { scanner, longest }
    }

    /// When the next request is allowed, if that is too long to wait.
    async fn exceeded(&self) -> Option<DateTime<Utc>> {
        let longest = self.longest?;
        let usage = self.scanner.usage().await.ok()?;
        let next = usage.forecast(1, Duration::ZERO)?;
        (next - SystemClock.wall() > longest).then_some(next)
    }
}

async fn announce(session: &Session, hashes: usize) {
    if session.is_demo {
        eprintln!("vt-batch: demo: the answers are made up, nothing leaves this machine");
    }
    let now = SystemClock.wall();
    let usage = session.scanner.usage().await.ok();
    let latency = Duration::from_millis(500);
    let eta = usage.and_then(|usage| usage.forecast(hashes as u64, latency));
    // Who waits less than a minute needs no forecast.
    if let Some(eta) = eta.filter(|eta| (*eta - now).num_seconds() >= 60) {
        eprintln!("vt-batch: {hashes} hashes, done {}", about(eta, now));
    }
}

/// How the gathering of answers ended.
enum End {
    /// Every hash has its outcome.
    Complete,
    /// VirusTotal cannot be reached, or refuses the key.
    Refused(Error),
    /// The next request is not allowed for longer than the user will wait.
    TooLong(DateTime<Utc>),
    /// Ctrl-C.
    Interrupted,
}

/// Rows in the order of the input, as they come.
struct Gathering<'a> {
    places: HashMap<FileHash, usize>,
    rows: Vec<(FileHash, Option<Row>)>,
    engines: &'a [String],
    answered: usize,
    unreachable: u32,
}

impl<'a> Gathering<'a> {
    fn new(hashes: &[FileHash], engines: &'a [String]) -> Self {
        Self {
            places: hashes
                .iter()
                .enumerate()
                .map(|(place, hash)| (*hash, place))
                .collect(),
            rows: hashes.iter().map(|hash| (*hash, None)).collect(),
            engines,
            answered: 0,
            unreachable: 0,
        }
    }

    async fn run(&mut self, mut scan: Scan, bar: &Bar, patience: &Patience<'_>) -> End {
        let meter = scan.meter();
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        loop {
            tokio::select! {
                biased;
                _ = &mut interrupt => {
                    exit_at_the_next_interrupt();
                    return End::Interrupted;
                }
                outcome = scan.next() => {
                    let Some(outcome) = outcome else {
                        return End::Complete;
                    };
                    bar.advance();
                    if let Some(error) = self.take(&outcome) {
                        return End::Refused(error);
                    }
                }
                _ = tick.tick() => {
                    if let Ok(progress) = meter.read().await {
                        bar.show(&progress, SystemClock.wall());
                    }
                    if let Some(until) = patience.exceeded().await {
                        return End::TooLong(until);
                    }
                }
            }
        }
    }

    /// Keeps the row of an outcome; an error if there is no use in going on.
    fn take(&mut self, outcome: &Outcome) -> Option<Error> {
        if let Some(place) = self.places.get(&outcome.hash) {
            self.rows[*place].1 = Some(Row::new(outcome, self.engines));
        }
        let Err(error) = &outcome.result else {
            self.answered += 1;
            self.unreachable = 0;
            return None;
        };
        let stop = match error {
            Error::Client(client::Error::Auth { .. }) => true,
            Error::Client(client::Error::Connect { .. } | client::Error::Timeout { .. }) => {
                self.unreachable += 1;
                self.answered == 0 || self.unreachable >= TRIES
            }
            _ => false,
        };
        stop.then(|| error.clone())
    }

    /// All rows; those without an outcome say that they were not asked.
    fn rows(self) -> Vec<Row> {
        let Self { rows, engines, .. } = self;
        rows.into_iter()
            .map(|(hash, row)| {
                let result = Err(Error::Cancelled);
                row.unwrap_or_else(|| Row::new(&Outcome { hash, result }, engines))
            })
            .collect()
    }
}

/// Whoever presses Ctrl-C twice does not want to wait for the report.
fn exit_at_the_next_interrupt() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            #[expect(clippy::exit, reason = "the second Ctrl-C leaves at once")]
            std::process::exit(Exit::Interrupted as i32);
        }
    });
}

fn title(args: &ReportArgs, is_demo: bool) -> Option<String> {
    let demo = is_demo.then(|| format!("{} (demo: made-up answers)", vt_report::DEFAULT_TITLE));
    args.title.clone().or(demo)
}

/// A detection is certain, whatever else is missing: it comes first.
fn exit(report: &Report, end: &End, fail_on_detection: bool) -> Exit {
    let summary = report.summary();
    if matches!(end, End::Interrupted) {
        Exit::Interrupted
    } else if fail_on_detection && summary.count(Status::Detected) > 0 {
        Exit::Detections
    } else if summary.is_complete() {
        Exit::Complete
    } else {
        Exit::Incomplete
    }
}

fn write(args: &ReportArgs, report: &Report, output: Output) -> Result<(), Failure> {
    let format = args.format.or_else(|| format_of(args.output.as_deref()?));
    let mut options = WriteOptions::default();
    options.color = output.has_color(args.look.color);
    if !output.is_terminal() {
        // A file has no width, though a terminal may be near.
        options.width = Some(u16::MAX);
    }
    let format = format.unwrap_or(Format::Table);
    output.write(|out| {
        vt_report::write(report, format, &options, out).map_err(|error| match error {
            vt_report::Error::Io(error) => error,
            error => io::Error::other(error),
        })
    })
}

/// The format that a file name asks for.
fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "jsonl" => Some(Format::Ndjson),
        "htm" => Some(Format::Html),
        extension => extension.parse().ok(),
    }
}
