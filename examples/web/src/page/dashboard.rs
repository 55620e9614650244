//! The list of reports.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Html,
};
use url::form_urlencoded;

use super::Line;
use crate::{App, problem::Problem};

const LINES: usize = 50;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    is_public: bool,
    recent: Vec<Line>,
    page: usize,
    pages: usize,
}

/// `GET /reports`
pub(crate) async fn dashboard(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Problem> {
    let is_public = app.settings().public_dashboard;
    let visitor = app.inner.visitors.known(&headers);
    let reports = match (is_public, visitor) {
        (true, _) => app.reports(None).await?,
        (false, Some(visitor)) => app.reports(Some(&visitor.0)).await?,
        (false, None) => Vec::new(),
    };
    let pages = reports.len().div_ceil(LINES).max(1);
    let page = number(query.as_deref()).clamp(1, pages);
    let shown = reports.into_iter().skip((page - 1) * LINES).take(LINES);
    let page = Page {
        is_public,
        recent: shown.map(Line::from).collect(),
        page,
        pages,
    };
    Ok(Html(page.render()?))
}

fn number(query: Option<&str>) -> usize {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let page = pairs.find(|(key, _)| key == "page");
    page.and_then(|(_, value)| value.parse().ok()).unwrap_or(1)
}
