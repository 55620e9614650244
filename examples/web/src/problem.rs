//! Answers that say what went wrong, as a page or as JSON.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use vt_core::{job::JobError, quota::LedgerError};

/// What went wrong, and what to do next.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
}

/// The same as JSON (RFC 9457).
#[derive(Debug)]
pub(crate) struct ApiProblem(pub(crate) Problem);

/// What went wrong, and what to do next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// The HTTP status.
    status: u16,
    /// The kind of problem.
    title: &'static str,
    /// What happened here.
    detail: String,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    problem: &'a Problem,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
        }
    }

    /// There is nothing under that link, or is not any more: nobody is told
    /// which.
    pub(crate) fn missing() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no such report",
            "The link is wrong, or the report has been deleted or has expired. \
             Upload the list once more: what is known of its hashes costs nothing.",
        )
    }

    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "That cannot be used",
            detail,
        )
    }

    pub(crate) fn too_many(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "That is too much at once",
            detail,
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong in this server",
            "Nothing is lost. Try it once more; the server's log says what it was.",
        )
    }

    /// For whoever reads the log there is more than for whoever asks.
    pub(crate) fn logged(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a request failed");
        Self::internal()
    }
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        if let JobError::Store { cause, .. } = &error
            && let Some(vt_cache_sqlite::Error::Full) = cause.downcast_ref()
        {
            tracing::error!(%error, "a request failed");
            return Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "This server has no room left",
                "What is there can be read. Tell whoever runs it.",
            );
        }
        Self::logged(&error)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        Self::logged(&error)
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::logged(&error)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::logged(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let page = Page { problem: &self }.render();
        let page = page.unwrap_or_else(|_| self.title.to_owned());
        (self.status, Html(page)).into_response()
    }
}

impl<E: Into<Problem>> From<E> for ApiProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let body = ProblemBody {
            status: problem.status.as_u16(),
            title: problem.title,
            detail: problem.detail,
        };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let headers = [(header::CONTENT_TYPE, "application/problem+json")];
        (problem.status, headers, body).into_response()
    }
}
