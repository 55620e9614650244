//! What programs can do, for people.

use askama::Template;
use axum::{extract::State, response::Html};

use crate::{App, problem::Problem};

#[derive(Template)]
#[template(path = "api.html")]
struct Page<'a> {
    url: &'a str,
}

/// `GET /api`
pub(crate) async fn api(State(app): State<App>) -> Result<Html<String>, Problem> {
    let url = &app.settings().public_url;
    Ok(Html(Page { url }.render()?))
}
