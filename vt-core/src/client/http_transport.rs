//! The real thing: HTTP over TLS by reqwest.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH},
};

use self::packed::Unpacker;
use super::{BuildError, Proxy, Transport, TransportError};

mod cause;
mod packed;

/// How much is set aside for a body before it comes, whatever length it is said
/// to have.
const MOST_AHEAD: u64 = 64 * 1024;

const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// A [`Transport`] over the network.
#[derive(Debug)]
pub(super) struct HttpTransport {
    client: Mutex<reqwest::Client>,
    unpacker: Unpacker,
    settings: Settings,
}

/// What [`HttpTransport`] is made of.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) proxy: Proxy,
    /// Plain HTTP, for a server on this machine.
    pub(super) loopback: bool,
    pub(super) connect_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) max_body: usize,
}

impl Settings {
    /// reqwest's limit for standing still runs while it connects, too. The limit
    /// for connecting has to be over first: what ends there has cost nothing.
    fn connect_timeout(&self) -> Duration {
        const EARLIER: Duration = Duration::from_millis(250);
        let earlier = EARLIER.min(self.idle_timeout / 4);
        self.connect_timeout.min(self.idle_timeout - earlier)
    }

    fn client(&self) -> Result<reqwest::Client, BuildError> {
        let builder = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout())
            .read_timeout(self.idle_timeout)
            // Unpacked here, all at once.
            .no_gzip()
            .referer(false)
            // A redirect would take the key along.
            .redirect(reqwest::redirect::Policy::none())
            // What reqwest repeats on its own is quota that nobody counts.
            .retry(reqwest::retry::never())
            .https_only(!self.loopback);
        let builder = match &self.proxy {
            _ if self.loopback => builder.no_proxy(),
            Proxy::Off => builder.no_proxy(),
            Proxy::System => builder,
            Proxy::Url(url) => {
                let proxy = reqwest::Proxy::all(url.as_str()).map_err(|_| BuildError::Proxy)?;
                builder.proxy(proxy)
            }
        };
        builder.build().map_err(|error| BuildError::Tls {
            reason: cause::root(&error),
        })
    }
}

impl HttpTransport {
    pub(super) fn new(settings: Settings) -> Result<Self, BuildError> {
        Ok(Self {
            client: Mutex::new(settings.client()?),
            unpacker: Unpacker::default(),
            settings,
        })
    }

    fn client(&self) -> reqwest::Client {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }

    /// Uses no connection any more that is there.
    fn reconnect(&self) {
        if let Ok(client) = self.settings.client() {
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
        }
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let ahead = response.content_length().map_or(0, |it| it.min(MOST_AHEAD));
        let mut body = BytesMut::with_capacity(usize::try_from(ahead).unwrap_or_default());
        while let Some(chunk) = response.chunk().await.map_err(cause::explain)? {
            if body.len() + chunk.len() > self.settings.max_body {
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
        let mut request = request.map(|()| reqwest::Body::default());
        let headers = request.headers_mut();
        headers.entry(ACCEPT_ENCODING).or_insert(GZIP);
        let request = reqwest::Request::try_from(request).map_err(cause::explain)?;
        let response = self.client().execute(request).await;
        let mut response = response.map_err(cause::explain)?;
        if response.status() == StatusCode::MISDIRECTED_REQUEST {
            self.reconnect();
        }
        let mut reply = Response::new(Bytes::new());
        *reply.status_mut() = response.status();
        *reply.headers_mut() = std::mem::take(response.headers_mut());
        let is_packed = takes_off_gzip(reply.headers_mut());
        let body = self.body(response).await.and_then(|body| match is_packed {
            true => self.unpacker.unpack(&body, self.settings.max_body),
            false => Ok(body),
        });
        *reply.body_mut() = match body {
            Ok(body) => body,
            Err(error) if reply.status() == StatusCode::OK => return Err(error),
            // The status says it all: VirusTotal sends refusals with a gzip
            // header and a plain body, for one.
            Err(_) => Bytes::new(),
        };
        Ok(reply)
    }
}

/// Whether the body is to be unpacked. Afterwards the headers speak of what is
/// unpacked.
fn takes_off_gzip(headers: &mut HeaderMap) -> bool {
    let is_packed = headers.get(CONTENT_ENCODING).is_some_and(|it| it == GZIP);
    if is_packed {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    is_packed
}
