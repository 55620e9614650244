//! The real thing: HTTP over TLS by reqwest.

use std::{error::Error as _, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode};

use super::{BuildError, Proxy, Transport, TransportError};

/// A [`Transport`] over the network.
#[derive(Debug)]
pub(super) struct HttpTransport {
    client: reqwest::Client,
    max_body: usize,
}

/// What [`HttpTransport`] is made of.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    pub(super) proxy: &'a Proxy,
    /// Plain HTTP, for a server on this machine.
    pub(super) loopback: bool,
    pub(super) connect_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) max_body: usize,
}

impl HttpTransport {
    pub(super) fn new(settings: &Settings<'_>) -> Result<Self, BuildError> {
        let builder = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.idle_timeout)
            .gzip(true)
            .referer(false)
            // A redirect would take the key along.
            .redirect(reqwest::redirect::Policy::none())
            // What reqwest repeats on its own is quota that nobody counts.
            .retry(reqwest::retry::never())
            .https_only(!settings.loopback);
        let builder = match settings.proxy {
            _ if settings.loopback => builder.no_proxy(),
            Proxy::Off => builder.no_proxy(),
            Proxy::System => builder,
            Proxy::Url(url) => {
                let proxy = reqwest::Proxy::all(url.as_str()).map_err(|_| BuildError::Proxy)?;
                builder.proxy(proxy)
            }
        };
        let client = builder.build().map_err(|error| BuildError::Tls {
            reason: root_cause(&error),
        })?;
        Ok(Self {
            client,
            max_body: settings.max_body,
        })
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > self.max_body {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<()>) -> Result<Response<Bytes>, TransportError> {
        let (parts, ()) = request.into_parts();
        let response = self
            .client
            .request(parts.method, parts.uri.to_string())
            .headers(parts.headers)
            .send()
            .await
            .map_err(explain)?;
        let mut reply = Response::new(Bytes::new());
        *reply.status_mut() = response.status();
        *reply.headers_mut() = response.headers().clone();
        *reply.body_mut() = match self.body(response).await {
            Ok(body) => body,
            Err(error) if reply.status() == StatusCode::OK => return Err(error),
            // The status says it all: VirusTotal sends refusals with a gzip
            // header and a plain body, for one.
            Err(_) => Bytes::new(),
        };
        Ok(reply)
    }
}

fn explain(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_connect() && error.is_timeout() {
        TransportError::ConnectTimeout
    } else if error.is_connect() {
        TransportError::Connect {
            reason: root_cause(&error),
        }
    } else if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_decode() {
        TransportError::Encoding
    } else {
        TransportError::Interrupted {
            reason: root_cause(&error),
        }
    }
}

/// The text of the innermost error: the outer ones repeat it or say nothing.
fn root_cause(error: &reqwest::Error) -> Arc<str> {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    cause
        .map_or_else(|| error.to_string(), ToString::to_string)
        .into()
}
