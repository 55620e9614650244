//! The first page: a form, and what this browser uploaded last.

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Html};

use super::Line;
use crate::{App, problem::Problem};

/// How many reports it shows.
const RECENT: usize = 5;

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    is_demo: bool,
    max_mib: u64,
    max_hashes: usize,
    sends_mail: bool,
    allowance: String,
    recent: Vec<Line>,
}

/// `GET /`
pub(crate) async fn home(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Html<String>, Problem> {
    let settings = app.settings();
    let recent = match app.inner.visitors.known(&headers) {
        Some(visitor) => app.reports(Some(&visitor.0)).await?,
        None => Vec::new(),
    };
    let page = Page {
        is_demo: settings.is_demo,
        max_mib: settings.max_upload >> 20,
        max_hashes: settings.max_hashes,
        sends_mail: app.sends_mail(),
        allowance: allowance(&app).await,
        recent: recent.into_iter().take(RECENT).map(Line::from).collect(),
    };
    Ok(Html(page.render()?))
}

/// What the key may still ask today, in a sentence.
async fn allowance(app: &App) -> String {
    let left = app
        .inner
        .parts
        .scanner
        .usage()
        .await
        .ok()
        .and_then(|usage| usage.left());
    match left {
        Some(1) => "1 more question may be asked today.".to_owned(),
        Some(left) => format!("{left} more questions may be asked today; known hashes cost none."),
        None => "Known hashes cost no question.".to_owned(),
    }
}
