//! Lists in any shape that a program may send.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
};
use futures::StreamExt;
use serde::Deserialize;
use utoipa::ToSchema;
use vt_core::hash::FileHash;

use crate::{
    App,
    intake::Part,
    problem::Problem,
    upload::{Wish, piecewise, read_form, take, too_large},
};

/// A list as JSON: hashes, or a text with hashes in it, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// MD5, SHA-1 and SHA-256 digests.
    #[serde(default)]
    hashes: Vec<String>,
    /// Any text.
    #[serde(default)]
    text: String,
    /// What the list is called.
    name: Option<String>,
    /// Whom to send the report when it is ready, if this server sends mail.
    email: Option<String>,
}

/// Reads a list as it streams in.
pub(super) async fn read(app: &App, request: Request, wish: &mut Wish) -> Result<(), Problem> {
    let body = |request: Request| piecewise(&app.inner.parts.clock, request.into_body());
    match content_type(request.headers()).as_deref() {
        Some("multipart/form-data") => read_form(app, request, wish).await,
        Some("application/json") => read_json(app, body(request), wish).await,
        Some("text/plain" | "text/csv" | "application/octet-stream") | None => {
            read_text(app, body(request), wish).await
        }
        Some(_) => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That is no list",
            "Send text/plain, application/json or multipart/form-data.",
        )),
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

async fn read_text(app: &App, body: Body, wish: &mut Wish) -> Result<(), Problem> {
    let mut part = Part::default();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let taken = take(app, &mut part, &mut wish.intake, &piece.map_err(broken)?);
        if taken.is_err() {
            // As with a form: the answer is for who has sent everything.
            let mut left = app.settings().max_upload;
            while let Some(Ok(piece)) = pieces.next().await
                && let Some(less) = left.checked_sub(piece.len() as u64)
            {
                left = less;
            }
            return taken;
        }
    }
    finish(part, wish)
}

async fn read_json(app: &App, body: Body, wish: &mut Wish) -> Result<(), Problem> {
    let limit = app.settings().max_upload;
    let mut bytes = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(broken)?);
        if bytes.len() as u64 > limit {
            return Err(too_large(limit));
        }
    }
    let list: List = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::bad(format!("The body is no such JSON: {error}.")))?;
    for text in &list.hashes {
        let hash: FileHash = text.parse().map_err(|error| {
            let shown = vt_report::escape::display_safe_within(text, 80);
            Problem::bad(format!("`{shown}` in `hashes` is none: {error}."))
        })?;
        wish.intake.add(hash);
    }
    let mut part = Part::default();
    take(app, &mut part, &mut wish.intake, list.text.as_bytes())?;
    finish(part, wish)?;
    wish.intake.name(list.name.as_deref().unwrap_or_default());
    wish.email = list.email.filter(|email| !email.is_empty());
    Ok(())
}

fn finish(part: Part, wish: &mut Wish) -> Result<(), Problem> {
    part.finish(&mut wish.intake)
        .map_err(|no| Problem::bad(format!("As to the text: {no}.")))
}

fn broken(_: axum::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "The upload broke off",
        "Send it once more; nothing was kept of it.",
    )
}
