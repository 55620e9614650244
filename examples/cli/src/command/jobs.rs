//! `vt-batch jobs`

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    job::{Job, JobFilter, JobStore},
    time::{Clock, SystemClock},
};
use vt_setup::Database;

use crate::{
    args::{JobsCommand, JobsDeleteArgs, JobsListArgs, JobsShowArgs},
    exit::{Exit, Failure},
    output::Output,
    rows,
};

pub(crate) async fn run(command: JobsCommand) -> Result<Exit, Failure> {
    match command {
        JobsCommand::List(args) => list(&Database::kept(&args.database).await?, &args).await,
        JobsCommand::Show(args) => show(&Database::kept(&args.database).await?, &args).await,
        JobsCommand::Delete(args) => delete(&Database::kept(&args.database).await?, &args).await,
    }
}

async fn list(store: &SqliteStore, args: &JobsListArgs) -> Result<Exit, Failure> {
    let jobs = store.jobs(&JobFilter::default()).await?;
    Output::Stdout.write(|out| {
        if args.json {
            return jobs
                .iter()
                .try_for_each(|job| writeln!(out, "{}", object(job)));
        }
        let [id, begun, answered, detected] = ["id", "begun (UTC)", "answered", "detected"];
        writeln!(
            out,
            "{id:<12}  {begun:<16}  {answered:>15}  {detected:>8}  input"
        )?;
        jobs.iter().try_for_each(|job| {
            let id = job.id.to_string();
            let begun = job.created_at.format("%Y-%m-%d %H:%M");
            let answered = format!("{} of {}", job.tally.answered(), job.tally.total);
            let detected = job.tally.detected;
            let name = vt_report::escape::display_safe(&job.spec.name);
            let id = &id[..12];
            writeln!(out, "{id}  {begun}  {answered:>15}  {detected:>8}  {name}")
        })
    })?;
    Ok(Exit::Complete)
}

fn object(job: &Job) -> serde_json::Value {
    let iso = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let tally = &job.tally;
    json!({
        "id": job.id.to_string(),
        "input": job.spec.name,
        "begun_at": iso(job.created_at),
        "finished_at": job.finished_at.map(iso),
        "total": tally.total,
        "answered": tally.answered(),
        "detected": tally.detected,
        "clean": tally.clean,
        "not_found": tally.not_found,
        "pending": tally.pending,
        "error": tally.failed,
    })
}

async fn show(store: &SqliteStore, args: &JobsShowArgs) -> Result<Exit, Failure> {
    let job = find(store, &args.id).await?;
    let output = args.document.open()?;
    let engines = &args.document.engine;
    let rows = rows::of_job(store, job.id, &HashMap::new(), engines).await?;
    let report = args.document.report(SystemClock.wall(), rows, false);
    args.document.write(&report, output)?;
    Ok(if report.summary().is_complete() {
        Exit::Complete
    } else {
        Exit::Incomplete
    })
}

async fn delete(store: &SqliteStore, args: &JobsDeleteArgs) -> Result<Exit, Failure> {
    let mut doomed = Vec::new();
    for id in &args.ids {
        doomed.push(find(store, id).await?.id);
    }
    if args.finished {
        let jobs = store.jobs(&JobFilter::default()).await?;
        let finished = jobs.iter().filter(|job| job.finished_at.is_some());
        doomed.extend(finished.map(|job| job.id));
    }
    let mut deleted = 0;
    for id in doomed {
        deleted += u64::from(store.delete(id).await?);
    }
    Output::Stdout.write(|out| writeln!(out, "{deleted} jobs deleted"))?;
    Ok(Exit::Complete)
}

/// The one job whose id begins like this.
async fn find(store: &SqliteStore, prefix: &str) -> Result<Job, Failure> {
    let prefix = prefix.to_ascii_lowercase();
    let jobs = store.jobs(&JobFilter::default()).await?;
    let mut found = jobs
        .into_iter()
        .filter(|job| job.id.to_string().starts_with(&prefix));
    let shown = vt_report::escape::display_safe(&prefix);
    match (found.next(), found.next()) {
        (Some(job), None) => Ok(job),
        (None, _) => Err(Failure::failed(format!(
            "no job {shown}: see `vt-batch jobs list`"
        ))),
        _ => Err(Failure::usage(format!(
            "more than one job begins with {shown}: give more digits"
        ))),
    }
}
