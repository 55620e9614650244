//! The page of a report.

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::Extensions,
    response::{Html, IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;

use crate::{
    App,
    app::Report,
    download::{self, FORMATS},
    guard,
    intake::Found,
    link::Link,
    moment::Moment,
    problem::Problem,
    progress::Progress,
    selection::Selection,
    table::Table,
    visitor::network,
};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    is_demo: bool,
    link: &'a Link,
    name: &'a str,
    created: Moment,
    expires: Moment,
    found: &'a Found,
    progress: Progress,
    selection: Selection,
    known_engines: Vec<String>,
    formats: [&'static str; FORMATS.len()],
    mail: Option<String>,
    table: Table,
}

#[derive(Template)]
#[template(path = "rows.html")]
struct Rows {
    table: Table,
}

/// `GET /reports/{link}`, and with an ending the report as a file.
pub(crate) async fn report(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    extensions: Extensions,
) -> Result<Response, Problem> {
    let (link, format) = download::split(&name);
    let report = find(&app, link, &extensions).await?;
    let selection = Selection::parse(query.as_deref(), &app.settings().engines);
    if let Some(format) = format {
        return download::download(&app, &report, format, selection.engines).await;
    }
    Ok(page(&app, &report, selection).await?.into_response())
}

async fn page(app: &App, report: &Report, selection: Selection) -> Result<Html<String>, Problem> {
    let settings = app.settings();
    let created = report.job.created_at;
    let retention = TimeDelta::from_std(settings.retention).unwrap_or_default();
    let table = Table::of(app, report, &selection).await?;
    let page = Page {
        is_demo: settings.is_demo,
        link: &report.link,
        name: &report.job.spec.name,
        created: Moment(created),
        expires: Moment(created + retention),
        found: &report.memo.found,
        progress: Progress::of(app, report).await,
        known_engines: app.engines(&report.job).await,
        selection,
        formats: FORMATS.map(|format| format.as_str()),
        mail: report.memo.delivery.as_ref().map(ToString::to_string),
        table,
    };
    Ok(Html(page.render()?))
}

/// `GET /reports/{link}/rows`: the table alone.
pub(crate) async fn rows(
    State(app): State<App>,
    Path(link): Path<String>,
    RawQuery(query): RawQuery,
    extensions: Extensions,
) -> Result<Html<String>, Problem> {
    let report = find(&app, &link, &extensions).await?;
    let selection = Selection::parse(query.as_deref(), &app.settings().engines);
    let table = Table::of(&app, &report, &selection).await?;
    Ok(Html(Rows { table }.render()?))
}

/// `POST /reports/{link}/start`: somebody agrees to how long it takes.
pub(crate) async fn start(
    State(app): State<App>,
    Path(link): Path<String>,
    extensions: Extensions,
) -> Result<Redirect, Problem> {
    let report = find(&app, &link, &extensions).await?;
    app.begin(report.job.id).await?;
    Ok(Redirect::to(&format!("/reports/{}", report.link)))
}

/// `POST /reports/{link}/delete`
pub(crate) async fn delete(
    State(app): State<App>,
    Path(link): Path<String>,
    extensions: Extensions,
) -> Result<Redirect, Problem> {
    let report = find(&app, &link, &extensions).await?;
    app.delete(report.job.id).await?;
    Ok(Redirect::to("/reports"))
}

/// The report that a link is for. Who tries many that are none is guessing.
pub(crate) async fn find(
    app: &App,
    link: &str,
    extensions: &Extensions,
) -> Result<Report, Problem> {
    let found = match link.parse() {
        Ok(link) => app.report(link).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        let network = guard::origin(extensions).map_or_else(String::new, network);
        if app.inner.limits.may_miss(&network) {
            Problem::missing()
        } else {
            Problem::too_many(
                "Too many links that lead nowhere came from your network. Wait a minute.",
            )
        }
    })
}
