//! `vt-batch report`

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use vt_core::{
    cache::Detail,
    hash::FileHash,
    job::JobSpec,
    scan::BulkPace,
    time::{Clock, SystemClock},
};
use vt_report::{Row, Status, Summary};

use crate::{
    args::ReportArgs,
    exit::{Exit, Failure},
    input::Input,
    output::Output,
    progress::about,
    session::{Session, Wanted},
};

mod cached;
mod identity;
mod work;

use cached::Cached;
use work::{End, Work};

pub(crate) async fn run(args: ReportArgs) -> Result<Exit, Failure> {
    let mut wanted = Wanted::new(&args.age, Detail::Summary);
    if args.spread {
        wanted.pace = BulkPace::Spread;
    }
    let session = Session::open(&args.connection, &wanted).await?;
    let input = Input::read(&args.input.files)?;
    if !args.quiet {
        input.notes().iter().for_each(|note| tell!("{note}"));
    }
    let hashes: Vec<FileHash> = input.hashes().collect();
    if hashes.is_empty() {
        return Err(Failure::failed(format!(
            "no file hashes in {}",
            input.names()
        )));
    }
    let mut output = args.document.open()?;
    if session.is_demo && !args.quiet {
        tell!("demo: the answers are made up, nothing leaves this machine");
    }
    let id = identity::of(&hashes, &args.age);
    let spec = JobSpec {
        name: input.names(),
        submitter: "vt-batch".to_owned(),
        freshness: wanted.freshness(),
        memo: String::new(),
    };
    let mut work = Work::new(&session, id, &args);
    if args.age.offline || !work.resume(&hashes).await? {
        // Where nothing is to be asked, there is nothing to come back to.
        output = match cached::report(&session, &hashes, &args, output).await? {
            Cached::Written(summary) => return Ok(exit(&summary, &End::Complete, &args)),
            Cached::Whole(rows, output) => {
                return finish(&args, &session, &input, rows, output, &End::Complete).await;
            }
            Cached::Missing(output) => output,
        };
        work.begin(&spec, &hashes).await?;
        announce(&session, hashes.len(), &args).await;
    }
    let end = work.run().await?;
    let rows = work.rows().await?;
    finish(&args, &session, &input, rows, output, &end).await
}

async fn announce(session: &Session, hashes: usize, args: &ReportArgs) {
    let now = SystemClock.wall();
    let usage = session.scanner.usage().await.ok();
    let latency = Duration::from_millis(500);
    let requests = hashes as u64;
    let eta = usage.and_then(|usage| match args.spread {
        true => usage.forecast_spread(requests, latency),
        false => usage.forecast(requests, latency),
    });
    // Who waits less than a minute needs no forecast.
    let eta = eta.filter(|eta| (*eta - now).num_seconds() >= 60);
    if let Some(eta) = eta.filter(|_| !args.quiet) {
        tell!("{hashes} hashes, done {}", about(eta, now));
    }
}

async fn finish(
    args: &ReportArgs,
    session: &Session,
    input: &Input,
    rows: Vec<Row>,
    output: Output,
    end: &End,
) -> Result<Exit, Failure> {
    let now = SystemClock.wall();
    let mut report = args.document.report(now, rows, session.is_demo);
    report.skipped = Some(input.skipped());
    report.requests = Some(session.scanner.requests());
    let summary = report.summary();
    let blocked = session.scanner.usage().await.map(|usage| usage.blocked_for);
    let advice = advice(blocked.unwrap_or_default(), now);
    if summary.answered == 0 {
        match end {
            End::Refused(error) => return Err(Failure::failed(error.to_string())),
            End::Unreachable(error) => {
                return Err(Failure::failed(format!("{error}; {advice}")));
            }
            _ => {}
        }
    }
    args.document.write(&report, output)?;
    let (answered, all) = (summary.answered, report.rows.len());
    match end {
        End::Complete => {}
        End::Unanswered(_) if args.quiet => {}
        End::Unanswered(open) => tell!("{open} of {all} have no answer; {advice}"),
        End::Unreachable(error) => tell!("stopped early: {error}; {advice}"),
        End::Refused(error) => tell!("stopped early: {error}"),
        End::TooLong(until) => tell!(
            "stopped early: the next request is allowed {}; run again then",
            about(*until, now)
        ),
        End::Interrupted => {
            tell!("interrupted: {answered} of {all} answered; run it again to go on")
        }
    }
    Ok(exit(&summary, end, args))
}

/// What to do about hashes without an answer, while nothing may be asked for so
/// long.
fn advice(blocked: Duration, now: DateTime<Utc>) -> String {
    let advice = "run the same command again to go on";
    let blocked = TimeDelta::from_std(blocked).unwrap_or(TimeDelta::MAX);
    match now.checked_add_signed(blocked) {
        Some(until) if until > now => {
            format!("{advice}; nothing is asked before {}", about(until, now))
        }
        _ => advice.to_owned(),
    }
}

/// A detection is certain, whatever else is missing: it comes first.
fn exit(summary: &Summary, end: &End, args: &ReportArgs) -> Exit {
    if matches!(end, End::Interrupted) {
        Exit::Interrupted
    } else if args.fail_on_detection && summary.count(Status::Detected) > 0 {
        Exit::Detections
    } else if summary.is_complete() {
        Exit::Complete
    } else {
        Exit::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_says_how_long_running_again_would_wait() {
        let now = "2026-03-10T12:00:00Z".parse().unwrap();
        let go_on = "run the same command again to go on";
        assert_eq!(advice(Duration::ZERO, now), go_on);
        assert_eq!(
            advice(Duration::from_secs(55), now),
            format!("{go_on}; nothing is asked before about 12:00 UTC, in 55s")
        );
    }
}
