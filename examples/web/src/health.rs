//! What those need who run the server: whether it is well, and numbers.

use std::num::NonZeroU32;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics::{counter, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use sha2::{Digest, Sha256};
use vt_core::job::JobId;

use crate::{App, problem::Problem};

/// `GET /healthz`: the process is there.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database can be read, and the server is not about to end.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let is_ending = app.inner.stop.is_cancelled();
    let nobody = JobId::from_bytes([0; 16]);
    if !is_ending && app.jobs().job(nobody).await.is_ok() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
}

/// `GET /metrics`, for whoever has the token.
pub(crate) async fn metrics(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(token) = &app.settings().metrics_token else {
        return Err(Problem::missing());
    };
    if !has_token(&headers, token) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "These numbers are not for everybody",
            "Send the token: Authorization: Bearer …",
        ));
    }
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((content_type, render(&app).await?).into_response())
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let sent = headers.get(header::AUTHORIZATION);
    let sent = sent.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    // How long it takes says nothing of the token, as digests are compared.
    sent.is_some_and(|sent| Sha256::digest(sent) == Sha256::digest(token))
}

/// All numbers as they are now.
async fn render(app: &App) -> Result<String, Problem> {
    let scanner = &app.inner.parts.scanner;
    let done = scanner.metrics();
    let usage = scanner.usage().await?;
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    with_local_recorder(&recorder, || {
        let counts = [
            ("vt_requests_total", done.requests),
            ("vt_retries_total", done.retries),
            ("vt_cached_total", done.cached),
            ("vt_joined_total", done.joined),
            ("vt_errors_total", done.errors),
            ("vt_refused_total", done.refused),
            ("vt_failed_transient_total", done.transient),
            ("vt_failed_permanent_total", done.permanent),
            ("vt_unauthorized_total", done.unauthorized),
        ];
        for (name, count) in counts {
            counter!(name).absolute(count);
        }
        let waits = [
            ("minute", done.minute_waits),
            ("day", done.day_waits),
            ("refusal", done.refusal_waits),
            ("outage", done.outage_waits),
            ("pace", done.pace_waits),
        ];
        for (cause, count) in waits {
            counter!("vt_waits_total", "cause" => cause).absolute(count);
        }
        let used = [
            ("minute", usage.minute, usage.quota.per_minute),
            ("day", usage.day, usage.quota.per_day),
            ("month", usage.month, usage.quota.per_month),
        ];
        for (period, used, limit) in used {
            gauge!("vt_quota_used", "period" => period).set(used);
            if let Some(limit) = limit.map(NonZeroU32::get) {
                gauge!("vt_quota_limit", "period" => period).set(limit);
            }
        }
        gauge!("vt_blocked_seconds").set(usage.blocked_for.as_secs_f64());
        let at_work = u32::try_from(app.inner.workers.count()).unwrap_or(u32::MAX);
        gauge!("vt_web_reports_at_work").set(at_work);
        let open = u32::try_from(app.inner.workers.open()).unwrap_or(u32::MAX);
        gauge!("vt_web_hashes_open").set(open);
    });
    Ok(handle.render())
}
