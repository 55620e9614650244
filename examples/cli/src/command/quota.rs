//! `vt-batch quota`

use std::num::NonZeroU32;

use vt_core::{quota::Usage, report::Allowance};

use crate::{
    args::QuotaArgs,
    exit::{Exit, Failure},
    output::Output,
    session::{Session, Wanted},
};

pub(crate) async fn run(args: QuotaArgs) -> Result<Exit, Failure> {
    let session = Session::open(&args.connection, &Wanted::default()).await?;
    let scanner = &session.scanner;
    let usage = scanner.usage().await.map_err(failed)?;
    let theirs = scanner.check_quota().await.map_err(failed)?;
    let raised = scanner.usage().await.map_err(failed)?;
    let quota = &usage.quota;
    let rows = [
        ("minute", ours(usage.minute, quota.per_minute), None),
        ("hour", "-".to_owned(), theirs.hourly),
        ("day", ours(usage.day, quota.per_day), theirs.daily),
        ("month", ours(usage.month, quota.per_month), theirs.monthly),
    ];
    Output::Stdout.write(|out| {
        writeln!(out, "{:<8} {:<20} VirusTotal's count", "", "this program")?;
        rows.iter().try_for_each(|(period, ours, theirs)| {
            writeln!(out, "{period:<8} {ours:<20} {}", count(*theirs))
        })
    })?;
    if is_dearer(&raised, &usage) {
        tell!(
            "VirusTotal counted more than this program, which now takes {} requests \
             for spent today and {} this month",
            raised.day,
            raised.month
        );
    }
    Ok(Exit::Complete)
}

const fn is_dearer(now: &Usage, before: &Usage) -> bool {
    now.day > before.day || now.month > before.month
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::failed(error.to_string())
}

fn ours(used: u32, limit: Option<NonZeroU32>) -> String {
    limit.map_or_else(
        || format!("{used}, no limit"),
        |limit| format!("{used} of {limit}"),
    )
}

fn count(allowance: Option<Allowance>) -> String {
    allowance.map_or_else(
        || "-".to_owned(),
        |each| format!("{} of {}", each.used, each.allowed),
    )
}
