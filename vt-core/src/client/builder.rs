//! Settings of a client, and their check.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use http::HeaderValue;
use url::{Host, Url};

use super::{ApiKey, Client, Inner, Proxy, Transport};
use crate::{
    quota::Quota,
    time::{Clock, SystemClock},
};

/// Where VirusTotal is.
pub const DEFAULT_BASE_URL: &str = "https://www.virustotal.com";
/// How long a connection may take, TLS included.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a reply may stand still.
pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may take in all.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);
/// How many bytes a decoded body may have. The largest report seen has one
/// million.
pub const DEFAULT_MAX_BODY: usize = 8 << 20;

/// Makes a [`Client`].
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    key: ApiKey,
    base_url: String,
    user: Option<String>,
    user_agent: String,
    quota: Quota,
    proxy: Proxy,
    connect_timeout: Duration,
    idle_timeout: Duration,
    deadline: Duration,
    max_body: usize,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
}

/// Why a client cannot be made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is none that the key may be sent to.
    #[error("bad base URL: {reason}")]
    BaseUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The user name is none.
    #[error("a VirusTotal user name has only letters, digits, `-`, `_` and `.`")]
    User,
    /// The user agent cannot be sent.
    #[error("the user agent has characters that no header has")]
    UserAgent,
    /// The proxy is none.
    #[error("bad proxy URL: it takes http://, https:// or socks5h://")]
    Proxy,
    /// A time limit is zero or longer than ten minutes.
    #[error("a time limit has to be more than nothing and at most ten minutes")]
    TimeLimit,
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {reason}")]
    Tls {
        /// What went wrong.
        reason: Arc<str>,
    },
    /// This build has no HTTP in it, and no transport was given.
    #[error("no transport: build vt-core with the feature `rustls`, or give one")]
    NoTransport,
}

impl ClientBuilder {
    pub(super) fn new(key: ApiKey) -> Self {
        Self {
            key,
            base_url: DEFAULT_BASE_URL.to_owned(),
            user: None,
            user_agent: concat!("vt-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            quota: Quota::default(),
            proxy: Proxy::default(),
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            idle_timeout: DEFAULT_IDLE_TIMEOUT,
            deadline: DEFAULT_DEADLINE,
            max_body: DEFAULT_MAX_BODY,
            transport: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the server: `https`, or `http` on this machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the VirusTotal user that [`Client::allowances`] asks about, so
    /// that the key does not stand in that address.
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Sets the name of the program. The word `gzip` is added: VirusTotal
    /// compresses for nobody else.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Sets what the key may send.
    pub const fn quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// Sets the proxy.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Sets how long a connection may take, TLS included: less than a reply
    /// may stand still, or it is cut to a moment before that.
    pub const fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Sets how long a reply may stand still.
    pub const fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// Sets how long a request may take in all.
    pub const fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// Sets how many bytes a decoded body may have.
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sends through this transport instead of the network. The time limits
    /// of connecting and standing still, and the proxy, are then its own
    /// affair.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the clock. It is asked for how long to wait where a server says
    /// until when, and not what time it is.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks the settings and makes the client.
    ///
    /// # Errors
    ///
    /// When a setting is none that works, or TLS cannot be set up.
    pub fn build(self) -> Result<Client, BuildError> {
        let base = Base::parse(&self.base_url)?;
        self.proxy.check()?;
        let longest = Duration::from_secs(600);
        for limit in [self.connect_timeout, self.idle_timeout, self.deadline] {
            if limit.is_zero() || limit > longest {
                return Err(BuildError::TimeLimit);
            }
        }
        let segment = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if let Some(user) = &self.user
            && (user.is_empty() || user.starts_with('.') || !user.bytes().all(segment))
        {
            return Err(BuildError::User);
        }
        let user_agent = HeaderValue::from_str(&format!("{} (gzip)", self.user_agent))
            .map_err(|_| BuildError::UserAgent)?;
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => self.network(base.loopback)?,
        };
        Ok(Client {
            inner: Arc::new(Inner {
                transport,
                base: base.prefix,
                host: base.host,
                key_id: self.key.id(),
                key: self.key,
                user: self.user.map(Into::into),
                user_agent,
                quota: self.quota,
                deadline: self.deadline,
                max_body: self.max_body,
                clock: self.clock,
            }),
        })
    }

    #[cfg(feature = "http")]
    fn network(&self, loopback: bool) -> Result<Arc<dyn Transport>, BuildError> {
        use super::http_transport::{HttpTransport, Settings};

        let transport = HttpTransport::new(Settings {
            proxy: self.proxy.clone(),
            loopback,
            connect_timeout: self.connect_timeout,
            idle_timeout: self.idle_timeout,
            max_body: self.max_body,
        })?;
        Ok(Arc::new(transport))
    }

    #[cfg(not(feature = "http"))]
    #[expect(clippy::unused_self, reason = "the same call with and without HTTP")]
    const fn network(&self, _: bool) -> Result<Arc<dyn Transport>, BuildError> {
        Err(BuildError::NoTransport)
    }
}

impl fmt::Debug for ClientBuilder {
    // A base URL that is none may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base", &Base::parse(&self.base_url).map(|base| base.prefix))
            .field("key", &self.key)
            .field("user_agent", &self.user_agent)
            .field("quota", &self.quota)
            .field("proxy", &self.proxy)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// A base URL that the key may be sent to.
#[derive(Debug)]
struct Base {
    /// Without a slash at its end.
    prefix: Box<str>,
    host: Box<str>,
    /// Plain HTTP on this machine.
    loopback: bool,
}

impl Base {
    fn parse(text: &str) -> Result<Self, BuildError> {
        let bad = |reason| BuildError::BaseUrl { reason };
        let url = Url::parse(text)
            .map_err(|_| bad("it is no URL; it takes https://host, or http:// on this machine"))?;
        let host = url.host().ok_or_else(|| bad("it has no host"))?;
        let loopback = match url.scheme() {
            "https" => false,
            "http" if is_loopback(&host) => true,
            "http" => return Err(bad("http:// would send the key in clear; use https://")),
            _ => return Err(bad("it takes https://, or http:// on this machine")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("it has a user name or a password in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("it ends in a query or a fragment"));
        }
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        Ok(Self {
            prefix: url.as_str().trim_end_matches('/').into(),
            host: format!("{host}{port}").into(),
            loopback,
        })
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_over_tls_or_stays_on_this_machine() {
        for good in [
            "https://www.virustotal.com",
            "https://proxy.example:8443/vt/",
            "http://127.0.0.1:8080",
            "http://127.8.9.1",
            "http://[::1]:9/",
            "http://localhost:80",
        ] {
            assert!(Base::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "virustotal.com",
            "http://www.virustotal.com",
            "http://169.254.169.254",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://127.0.0.1@evil.example",
            "https://user@host.example",
            "https://user:secret@host.example",
            "https://host.example/?a=b",
            "https://host.example/#a",
            "ftp://host.example",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slashes_at_the_end_do_not_matter() {
        let base = Base::parse("https://proxy.example:8443/vt//").unwrap();
        assert_eq!(&*base.prefix, "https://proxy.example:8443/vt");
        assert_eq!(&*base.host, "proxy.example:8443");
        assert!(!base.loopback);
    }

    #[test]
    fn a_password_in_the_base_url_is_not_repeated() {
        let builder = Client::builder(ApiKey::new("0123").unwrap());
        let error = builder
            .base_url("https://me:hunter2@host.example")
            .build()
            .unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let builder = || Client::builder(ApiKey::new("0123").unwrap());
        let built = [
            builder().deadline(Duration::ZERO).build(),
            builder().idle_timeout(Duration::from_secs(601)).build(),
            builder().user("../files").build(),
            builder().user("..").build(),
            builder().user_agent("a\nb").build(),
            builder()
                .proxy(Proxy::Url("ftp://proxy.example".parse().unwrap()))
                .build(),
        ];
        assert!(built.iter().all(Result::is_err));
    }
}
