//! How a request reaches a server.

use std::{fmt, future::Future, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// Carries one HTTP request to a server and its reply back.
///
/// # Contract
///
/// 1. One call sends at most one request: nothing is repeated, no redirect is
///    followed.
/// 2. The body comes back decoded, whatever its `Content-Encoding`. Of a reply
///    with another status than 200 the body may be left out.
/// 3. An error that says [`Connect`](TransportError::Connect),
///    [`Proxy`](TransportError::Proxy), [`Tls`](TransportError::Tls) or
///    [`ConnectTimeout`](TransportError::ConnectTimeout) means that no byte of
///    the request was sent.
/// 4. A request that names its `accept-encoding` gets that one and no other.
/// 5. The request's `x-apikey` header, and its address, are secrets: they are
///    not logged and go to no other host.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request and reads the whole reply.
    ///
    /// # Errors
    ///
    /// When there is no whole reply.
    async fn send(&self, request: Request<()>) -> Result<Response<Bytes>, TransportError>;
}

/// Why there is no reply.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection: nothing was sent.
    Connect {
        /// What went wrong, without the URL.
        reason: Arc<str>,
    },
    /// The proxy lets nothing through: nothing was sent.
    Proxy {
        /// What went wrong, without the URL.
        reason: Arc<str>,
    },
    /// The server cannot be trusted: nothing was sent.
    Tls {
        /// What went wrong, without the URL.
        reason: Arc<str>,
    },
    /// No connection in time: nothing was sent.
    ConnectTimeout,
    /// The exchange broke off.
    Interrupted {
        /// What went wrong, without the URL.
        reason: Arc<str>,
    },
    /// No reply in time.
    Timeout,
    /// The body is larger than the transport accepts.
    TooLarge,
    /// The body does not decode.
    Encoding,
    /// What came back is not HTTP, or more of it than the transport accepts.
    NotHttp {
        /// What is wrong with it.
        reason: Arc<str>,
    },
}

/// A [`Transport`] that is a function: a server in the same process, or an
/// HTTP stack of one's own.
pub fn transport_fn<F, R>(send: F) -> Arc<dyn Transport>
where
    F: Fn(Request<()>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'static,
{
    Arc::new(FnTransport(send))
}

struct FnTransport<F>(F);

impl<F> fmt::Debug for FnTransport<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FnTransport")
    }
}

#[async_trait]
impl<F, R> Transport for FnTransport<F>
where
    F: Fn(Request<()>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'static,
{
    async fn send(&self, request: Request<()>) -> Result<Response<Bytes>, TransportError> {
        (self.0)(request).await
    }
}
