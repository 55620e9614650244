//! One request to VirusTotal, one answer.
//!
//! A [`Client`] sends exactly one request per call: no retries, no redirects,
//! no cache, and **no quota**. It is the [`Scanner`](crate::scan::Scanner)
//! that asks the ledger first, and tries again.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};

use crate::{
    hash::FileHash,
    quota::{KeyId, Quota},
    report::{Allowances, Lookup},
    time::Clock,
};

mod builder;
mod error;
#[cfg(feature = "http")]
mod http_transport;
mod key;
mod proxy;
mod retry_after;
mod status;
mod transport;

pub mod retry;

pub use builder::{BuildError, ClientBuilder};
pub use builder::{
    DEFAULT_BASE_URL, DEFAULT_CONNECT_TIMEOUT, DEFAULT_DEADLINE, DEFAULT_IDLE_TIMEOUT,
    DEFAULT_MAX_BODY,
};
pub use error::{ConnectStage, Error, ProtocolError, TimeoutPhase};
pub use key::{ApiKey, ApiKeyError};
pub use proxy::Proxy;
pub use transport::{Transport, TransportError, transport_fn};

/// Asks VirusTotal about one file at a time. Cloning clones the handle.
///
/// # Examples
///
/// Against a server of your own, through [`transport_fn`]:
///
/// ```
/// use bytes::Bytes;
/// use vt_core::{client::{ApiKey, Client, transport_fn}, report::Lookup};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let nothing_known = transport_fn(|_request| async {
///     let body = r#"{"error": {"code": "NotFoundError"}}"#;
///     Ok(http::Response::builder().status(404).body(Bytes::from(body)).unwrap())
/// });
/// let client = Client::builder(ApiKey::new("0123")?).transport(nothing_known).build()?;
/// let hash = "44d88612fea8a8f36de82e1278abb02f".parse()?;
/// assert_eq!(client.file(&hash).await?, Lookup::NotFound);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Arc<dyn Transport>,
    base: Box<str>,
    host: Box<str>,
    key: ApiKey,
    key_id: KeyId,
    user: Option<Box<str>>,
    user_agent: HeaderValue,
    quota: Quota,
    deadline: Duration,
    max_body: usize,
    clock: Arc<dyn Clock>,
}

/// What came of one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The answer, or why there is none.
    pub result: Result<Lookup, Error>,
    /// What the server's clock said, if it answered.
    pub server_time: Option<DateTime<Utc>>,
}

impl Client {
    /// A client for this key.
    pub fn builder(key: ApiKey) -> ClientBuilder {
        ClientBuilder::new(key)
    }

    /// Asks for the report on one file, with one request.
    ///
    /// # Errors
    ///
    /// When VirusTotal gave no answer. An unknown file is an answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future breaks the request off. VirusTotal may have
    /// counted it.
    pub async fn file(&self, hash: &FileHash) -> Result<Lookup, Error> {
        self.exchange(hash).await.result
    }

    /// The same as [`file`](Self::file), and what the server's clock said.
    pub async fn exchange(&self, hash: &FileHash) -> Exchange {
        self.exchange_as(hash, false).await
    }

    /// The same as [`exchange`](Self::exchange); `plain` asks for a reply
    /// without compression.
    pub(crate) async fn exchange_as(&self, hash: &FileHash, plain: bool) -> Exchange {
        let path = format!("/api/v3/files/{hash}");
        match self.get(&path, plain).await {
            Ok(response) => Exchange {
                server_time: server_time(response.headers()),
                result: status::file(hash, response, self.inner.clock.wall()),
            },
            Err(error) => Exchange {
                server_time: None,
                result: Err(error),
            },
        }
    }

    /// What VirusTotal itself says of this key's quota. VirusTotal does not
    /// count this request.
    ///
    /// The user is part of the address: the name set with
    /// [`ClientBuilder::user`], else the key itself, as VirusTotal's own
    /// programs do it.
    ///
    /// # Errors
    ///
    /// When VirusTotal gave no answer.
    pub async fn allowances(&self) -> Result<Allowances, Error> {
        let user = self
            .inner
            .user
            .as_deref()
            .unwrap_or_else(|| self.inner.key.expose());
        let response = self
            .get(&format!("/api/v3/users/{user}/overall_quotas"), false)
            .await?;
        status::allowances(response, self.inner.clock.wall())
    }

    /// What this key may send.
    #[must_use]
    pub fn quota(&self) -> &Quota {
        &self.inner.quota
    }

    /// Which account of a ledger this key has.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.inner.key_id
    }

    /// How long a request may take in all.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.inner.deadline
    }

    async fn get(&self, path: &str, plain: bool) -> Result<Response<Bytes>, Error> {
        let inner = &*self.inner;
        let exchange = inner.transport.send(self.request(path, plain)?);
        let reply = tokio::time::timeout(inner.deadline, exchange).await;
        let error = match reply {
            Err(_) => TransportError::Timeout,
            Ok(Err(error)) => error,
            Ok(Ok(reply)) if reply.body().len() > inner.max_body => TransportError::TooLarge,
            Ok(Ok(reply)) => return Ok(reply),
        };
        Err(self.explain(error))
    }

    fn request(&self, path: &str, plain: bool) -> Result<Request<()>, Error> {
        let inner = &*self.inner;
        let mut request = Request::get(format!("{}{path}", inner.base))
            .header("x-apikey", inner.key.header())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, &inner.user_agent);
        if plain {
            request = request.header(header::ACCEPT_ENCODING, "identity");
        }
        request
            .body(())
            // Only a user name that is no path segment gets here.
            .map_err(|_| ProtocolError::Status(StatusCode::BAD_REQUEST.as_u16()).into())
    }

    fn explain(&self, error: TransportError) -> Error {
        let host = self.inner.host.clone();
        match error {
            TransportError::Connect { reason } => Error::Connect {
                host,
                stage: ConnectStage::Network,
                reason,
            },
            TransportError::Proxy { reason } => Error::Connect {
                host,
                stage: ConnectStage::Proxy,
                reason,
            },
            TransportError::Tls { reason } => Error::Connect {
                host,
                stage: ConnectStage::Tls,
                reason,
            },
            TransportError::ConnectTimeout => Error::Timeout {
                host,
                phase: TimeoutPhase::Connect,
            },
            TransportError::Interrupted { reason } => Error::Interrupted { host, reason },
            TransportError::Timeout => Error::Timeout {
                host,
                phase: TimeoutPhase::Exchange,
            },
            TransportError::TooLarge => ProtocolError::TooLarge {
                limit: self.inner.max_body,
            }
            .into(),
            TransportError::Encoding => ProtocolError::Encoding.into(),
            TransportError::NotHttp { reason } => ProtocolError::NotHttp { reason }.into(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.inner.base)
            .field("key_id", &self.inner.key_id)
            .field("quota", &self.inner.quota)
            .finish_non_exhaustive()
    }
}

fn server_time(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(text).ok()?.to_utc())
}
