//! The pages that people see.

mod api;
mod dashboard;
mod home;
mod report;

pub(crate) use api::api;
pub(crate) use dashboard::dashboard;
pub(crate) use home::home;
pub(crate) use report::{delete, find, report, rows, start};

use crate::{app::Report, link::Link, moment::Moment};

/// A report in a list.
struct Line {
    link: Link,
    name: String,
    digest: String,
    created: Moment,
    state: String,
    total: u64,
    detected: u64,
}

impl From<Report> for Line {
    fn from(report: Report) -> Self {
        let tally = report.job.tally;
        let done = tally.total - tally.open();
        Self {
            state: match report.job.finished_at {
                Some(_) => "ready".to_owned(),
                None if report.memo.is_held => "to be confirmed".to_owned(),
                None => format!("{} %", (done * 100).checked_div(tally.total).unwrap_or(100)),
            },
            link: report.link,
            name: report.job.spec.name,
            digest: report.memo.found.digest,
            created: Moment(report.job.created_at),
            total: tally.total,
            detected: tally.detected,
        }
    }
}
