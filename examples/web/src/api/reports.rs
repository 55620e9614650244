//! Reports, for programs.

use std::convert::Infallible;

use axum::{
    Json,
    extract::{Path, RawQuery, Request, State},
    http::{Extensions, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use chrono::TimeDelta;
use futures::Stream;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use vt_report::{Format, WriteOptions};

use super::body;
use crate::{
    App,
    app::Report,
    download, events as news,
    intake::Found,
    moment::Moment,
    page,
    problem::{ApiProblem, Problem, ProblemBody},
    progress::Progress,
    selection::Selection,
    table::Table,
    upload,
};

/// A report, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Shown {
    /// What the report is found under. Whoever has it may read the report.
    link: String,
    /// Its page.
    url: String,
    /// What the list is called.
    name: String,
    /// When it was made, in UTC.
    created: String,
    /// When it is deleted, in UTC.
    expires: String,
    /// What was found in the list.
    found: Found,
    progress: Progress,
}

/// Some rows of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RowsShown {
    /// Which page this is, from 1.
    page: usize,
    pages: usize,
    /// As in the JSON of the whole report.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Box<RawValue>>,
}

impl Shown {
    async fn of(app: &App, report: &Report) -> Self {
        let retention = TimeDelta::from_std(app.settings().retention).unwrap_or_default();
        let created = report.job.created_at;
        Self {
            link: report.link.to_string(),
            url: format!("{}/reports/{}", app.settings().public_url, report.link),
            name: report.job.spec.name.clone(),
            created: Moment(created).iso(),
            expires: Moment(created + retention).iso(),
            found: report.memo.found.clone(),
            progress: Progress::of(app, report).await,
        }
    }
}

/// Make a report of a list.
///
/// It is begun at once, unless it takes longer than this server does without
/// being asked: then its state is `held`, and `start` begins it.
#[utoipa::path(
    post,
    path = "/api/v1/reports",
    tag = "reports",
    request_body(content(
        (String = "text/plain"),
        (body::List = "application/json"),
        (Vec<u8> = "multipart/form-data"),
    )),
    responses(
        (status = 201, body = Shown, headers(("location" = String))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    extensions: Extensions,
    request: Request,
) -> Result<Response, ApiProblem> {
    let mut wish = upload::admit(&app, &extensions)?;
    body::read(&app, request, &mut wish).await?;
    let link = upload::make(&app, wish).await?;
    let location = format!("/api/v1/reports/{link}");
    let report = app.report(link).await?.ok_or_else(Problem::missing)?;
    let shown = Json(Shown::of(&app, &report).await);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], shown).into_response())
}

/// Say how far a report is.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{link}",
    tag = "reports",
    params(("link" = String, Path)),
    responses(
        (status = 200, body = Shown),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(app): State<App>,
    Path(link): Path<String>,
    extensions: Extensions,
) -> Result<Json<Shown>, ApiProblem> {
    let report = page::find(&app, &link, &extensions).await?;
    Ok(Json(Shown::of(&app, &report).await))
}

/// Delete a report, for everybody who has the link.
#[utoipa::path(
    delete,
    path = "/api/v1/reports/{link}",
    tag = "reports",
    params(("link" = String, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    State(app): State<App>,
    Path(link): Path<String>,
    extensions: Extensions,
) -> Result<StatusCode, ApiProblem> {
    let report = page::find(&app, &link, &extensions).await?;
    app.delete(report.job.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin a report that is held because it takes long.
#[utoipa::path(
    post,
    path = "/api/v1/reports/{link}/start",
    tag = "reports",
    params(("link" = String, Path)),
    responses(
        (status = 204),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn start(
    State(app): State<App>,
    Path(link): Path<String>,
    extensions: Extensions,
) -> Result<StatusCode, ApiProblem> {
    let report = page::find(&app, &link, &extensions).await?;
    app.begin(report.job.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a page of the rows, 100 each, sorted and filtered.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{link}/rows",
    tag = "reports",
    params(
        ("link" = String, Path),
        ("show" = Option<String>, Query, description = "all, detected, clean, not_found, pending or error"),
        ("sort" = Option<String>, Query, description = "hash, detections, scan_date or status"),
        ("order" = Option<String>, Query, description = "asc or desc"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("engine" = Option<String>, Query, description = "may be given several times"),
    ),
    responses(
        (status = 200, body = RowsShown),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rows(
    State(app): State<App>,
    Path(link): Path<String>,
    RawQuery(query): RawQuery,
    extensions: Extensions,
) -> Result<Json<RowsShown>, ApiProblem> {
    let report = page::find(&app, &link, &extensions).await?;
    let selection = Selection::parse(query.as_deref(), &app.settings().engines);
    let table = Table::of(&app, &report, &selection).await?;
    let (page, pages) = (table.page, table.pages);
    let rows = table.rows.into_iter().map(|line| line.row).collect();
    let rows = json(&vt_report::Report::new(app.now(), selection.engines, rows))?;
    Ok(Json(RowsShown { page, pages, rows }))
}

/// Rows as reports write them.
fn json(report: &vt_report::Report) -> Result<Vec<Box<RawValue>>, Problem> {
    let mut lines = Vec::new();
    vt_report::write(report, Format::Ndjson, &WriteOptions::default(), &mut lines)
        .map_err(|error| Problem::logged(&error))?;
    let rows = serde_json::Deserializer::from_slice(&lines).into_iter();
    let rows = rows.collect::<Result<_, _>>();
    rows.map_err(|error| Problem::logged(&error))
}

/// Give the whole report as a file, complete or so far.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{link}/report/{format}",
    tag = "reports",
    params(
        ("link" = String, Path),
        ("format" = String, Path, description = "csv, json, ndjson, html or pdf"),
        ("engine" = Option<String>, Query, description = "may be given several times"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn file(
    State(app): State<App>,
    Path((link, format)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    extensions: Extensions,
) -> Result<Response, ApiProblem> {
    let report = page::find(&app, &link, &extensions).await?;
    let mut formats = download::FORMATS.into_iter();
    let format = formats.find(|known| known.as_str() == format);
    let format = format.ok_or_else(|| {
        let detail = "There is csv, json, ndjson, html and pdf.";
        Problem::new(StatusCode::NOT_FOUND, "There is no such format", detail)
    })?;
    let selection = Selection::parse(query.as_deref(), &app.settings().engines);
    Ok(download::download(&app, &report, format, selection.engines).await?)
}

/// Tell how far a report is as it happens: server-sent events with `progress`.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{link}/events",
    tag = "reports",
    params(("link" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    state: State<App>,
    path: Path<String>,
    extensions: Extensions,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiProblem> {
    Ok(news::events(state, path, extensions).await?)
}
