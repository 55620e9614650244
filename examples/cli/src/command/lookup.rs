//! `vt-batch lookup`

use std::{
    collections::HashMap,
    io::{self, Write},
};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use vt_core::{
    cache::Detail,
    hash::FileHash,
    report::{EngineOutcome, FileReport, Lookup},
    scan::{Error, Outcome},
};
use vt_report::escape::{display_safe, write_json};

use crate::{
    args::LookupArgs,
    exit::{Exit, Failure},
    output::Output,
    session::{Session, Wanted},
};

pub(crate) async fn run(args: LookupArgs) -> Result<Exit, Failure> {
    let wanted = Wanted::new(&args.age, Detail::Full);
    let session = Session::open(&args.connection, &wanted).await?;
    let outcomes = session
        .scanner
        .scan(args.hashes.clone())
        .map(|outcome| (outcome.hash, outcome));
    let outcomes: HashMap<FileHash, Outcome> = outcomes.collect().await;
    let in_order: Vec<&Outcome> = args
        .hashes
        .iter()
        .filter_map(|hash| outcomes.get(hash))
        .collect();
    Output::Stdout.write(|out| {
        for outcome in &in_order {
            if args.json {
                json(out, outcome)?
            } else {
                text(out, outcome)?
            }
        }
        Ok(())
    })?;
    let mut failed = 0;
    for (hash, error) in in_order.iter().filter_map(|outcome| failure(outcome)) {
        tell!("{hash}: {error}");
        failed += 1;
    }
    Ok(match failed {
        0 => Exit::Complete,
        _ if failed == in_order.len() => Exit::Failed,
        _ => Exit::Incomplete,
    })
}

fn failure(outcome: &Outcome) -> Option<(FileHash, &Error)> {
    Some((outcome.hash, outcome.result.as_ref().err()?))
}

/// VirusTotal's answer, its strings made harmless.
fn json(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let Ok(answer) = &outcome.result else {
        return Ok(());
    };
    match &answer.lookup {
        Lookup::Found(report) => {
            let body = report.raw().map_or(&b"null"[..], |body| body);
            let value: serde_json::Value = serde_json::from_slice(body)?;
            write_json(out, &value)?;
        }
        Lookup::NotFound => {
            let hash = outcome.hash;
            write_json(
                out,
                &serde_json::json!({ "hash": hash, "status": "not_found" }),
            )?;
        }
    }
    writeln!(out)
}

fn text(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let Ok(answer) = &outcome.result else {
        return Ok(());
    };
    writeln!(out, "{}", outcome.hash)?;
    match &answer.lookup {
        Lookup::Found(report) => found(out, report)?,
        Lookup::NotFound => field(out, "status", "not found on VirusTotal")?,
    }
    field(out, "fetched", &time(answer.fetched_at))?;
    writeln!(out)
}

fn found(out: &mut dyn Write, report: &FileReport) -> io::Result<()> {
    let stats = &report.stats;
    let detected = format!("{} of {} engines", stats.malicious, stats.total());
    field(out, "detected by", &detected)?;
    for (name, hash) in ["MD5", "SHA-1", "SHA-256"].into_iter().zip(report.hashes()) {
        field(out, name, &hash.to_string())?;
    }
    let text = |text: Option<&str>| text.map(str::to_owned);
    let optional = [
        ("threat", text(report.threat_label.as_deref())),
        ("name", text(report.name())),
        ("type", text(report.type_description.as_deref())),
        ("size", report.size.map(|size| format!("{size} bytes"))),
        (
            "reputation",
            report.reputation.map(|score| score.to_string()),
        ),
        (
            "tags",
            Some(report.tags.join(", ")).filter(|tags| !tags.is_empty()),
        ),
        ("first sent", report.first_submission.map(time)),
        ("last sent", report.last_submission.map(time)),
        ("scanned", report.scan_date.map(time)),
        (
            "link",
            Some(format!(
                "https://www.virustotal.com/gui/file/{}",
                report.sha256
            )),
        ),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            field(out, name, &value)?;
        }
    }
    for other in report
        .names
        .iter()
        .filter(|name| Some(name.as_str()) != report.name())
    {
        field(out, "also known as", other)?;
    }
    for engine in &report.engines {
        if let EngineOutcome::Detected(name) = engine.outcome() {
            field(out, engine.key, name)?;
        }
    }
    Ok(())
}

fn field(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {:<22} {}", display_safe(name), display_safe(value))
}

fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
