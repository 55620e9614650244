//! What every request has to pass, and what every answer carries.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer, timeout::RequestBodyTimeoutLayer};

use crate::problem::Problem;

mod hosts;
mod limits;
mod origin;

pub use hosts::Hosts;
pub(crate) use limits::Limits;
pub(crate) use origin::origin;

/// How long an upload may stand still.
const IDLE: Duration = Duration::from_secs(10);

/// Scripts and styles are files of this server; there is nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // The link is the right to read: no other host may learn it.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "private, no-store"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Puts the guards around an application.
pub(crate) fn around(router: Router, hosts: Hosts, proxies: &[IpNet]) -> Router {
    let proxies: Arc<[IpNet]> = proxies.into();
    router
        .layer(CatchPanicLayer::custom(|_| {
            Problem::internal().into_response()
        }))
        // Requests of other sites, by what the browser says of them. Programs
        // that are no browsers say nothing, and have no cookies to abuse.
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(
            Arc::new(hosts),
            refuse_other_hosts,
        ))
        .layer(middleware::from_fn(refuse_packed))
        .layer(middleware::from_fn_with_state(proxies, origin::note))
        .layer(RequestBodyTimeoutLayer::new(IDLE))
        .layer(middleware::map_response(add_headers))
}

/// A name that somebody else's DNS points here is none of ours: the pages of
/// that name could read what is on this server.
async fn refuse_other_hosts(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| hosts.has(host)) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "This server is not known by that name",
        "Open it by the address it was started with, or have it started with --allow-host.",
    )
    .into_response()
}

/// Whoever unpacks what strangers have packed unpacks bombs.
async fn refuse_packed(request: Request, next: Next) -> Response {
    let mut codings = request.headers().get_all(header::CONTENT_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That is compressed",
            "Send it as it is: this server unpacks nothing.",
        )
        .into_response();
    }
    next.run(request).await
}

async fn add_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
