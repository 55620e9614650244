//! The same for programs: JSON under `/api/v1`.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::get,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::App;

mod body;
mod reports;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "vt-web",
        description = "Lists of file hashes become VirusTotal reports. \
            Whoever has a report's link may read and delete it; there are no accounts. \
            Errors are problem details (RFC 9457)."
    ),
    tags((name = "reports", description = "Reports on lists of file hashes"))
)]
struct Document;

/// The routes of the API, and the document that describes them.
pub(crate) fn router(app: App, most: DefaultBodyLimit) -> Router {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(reports::create))
        .routes(routes!(reports::show, reports::delete))
        .routes(routes!(reports::start))
        .routes(routes!(reports::rows))
        .routes(routes!(reports::file))
        .routes(routes!(reports::events))
        .layer(most)
        .split_for_parts();
    let served = async move |State(_): State<App>| Json(document.clone());
    router
        .route("/api/v1/openapi.json", get(served))
        .with_state(app)
}
