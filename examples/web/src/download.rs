//! Reports as files.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{TryStreamExt, pin_mut};
use vt_core::job::{JobError, JobStoreExt};
use vt_report::{Format, Row, WriteOptions};

use crate::{App, app::Report, problem::Problem};

/// What a report can be downloaded as.
pub(crate) const FORMATS: [Format; 5] = [
    Format::Csv,
    Format::Json,
    Format::Ndjson,
    Format::Html,
    Format::Pdf,
];

/// A link and the format that stands behind its dot.
pub(crate) fn split(name: &str) -> (&str, Option<Format>) {
    let split = name.rsplit_once('.');
    let known = split.and_then(|(link, ending)| {
        let format = FORMATS
            .into_iter()
            .find(|format| format.as_str() == ending)?;
        Some((link, Some(format)))
    });
    known.unwrap_or((name, None))
}

/// A report as a file, complete or so far.
pub(crate) async fn download(
    app: &App,
    report: &Report,
    format: Format,
    engines: Vec<String>,
) -> Result<Response, Problem> {
    let name = format!("vt-report-{:.8}.{format}", report.job.id.to_string());
    let bytes = write(app, report, format, engines).await?;
    let headers = [
        (header::CONTENT_TYPE, content_type(format).to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::from(bytes)).into_response())
}

/// The bytes of a report.
pub(crate) async fn write(
    app: &App,
    report: &Report,
    format: Format,
    engines: Vec<String>,
) -> Result<Vec<u8>, Problem> {
    // Each takes memory for all its rows.
    let seat = app.inner.writers.acquire().await;
    let seat = seat.map_err(|error| Problem::logged(&error))?;
    let rows = rows(app, report, &engines).await?;
    let mut document = vt_report::Report::new(app.now(), engines, rows);
    document.title.clone_from(&report.job.spec.name);
    document.skipped = Some(report.memo.found.skipped);
    if app.settings().is_demo {
        document.title.push_str(" (demo: made-up answers)");
    }
    let written = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        vt_report::write(&document, format, &WriteOptions::default(), &mut bytes).map(|()| bytes)
    });
    let bytes = written.await.map_err(|error| Problem::logged(&error))?;
    drop(seat);
    bytes.map_err(|error| Problem::logged(&error))
}

async fn rows(app: &App, report: &Report, engines: &[String]) -> Result<Vec<Row>, JobError> {
    let pages = app.jobs().pages(report.job.id, false);
    pin_mut!(pages);
    let mut rows = Vec::new();
    while let Some(items) = pages.try_next().await? {
        rows.extend(items.iter().map(|item| Row::of_item(item, engines)));
    }
    Ok(rows)
}

const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json => "application/json",
        Format::Ndjson => "application/x-ndjson",
        Format::Html => "text/html; charset=utf-8",
        Format::Pdf => "application/pdf",
        _ => "text/plain; charset=utf-8",
    }
}
