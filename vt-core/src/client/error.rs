//! Why a request brought no answer.

use std::{sync::Arc, time::Duration};

use super::retry::{Class, Rule};
use crate::report::ReportError;

/// Why VirusTotal gave no answer, by what can be done about it.
///
/// Texts are made here, never taken from a reply: VirusTotal's own messages
/// have repeated the API key.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key is not accepted. Every other request would fail too.
    #[error("VirusTotal refused the API key ({code}); check the key and run again")]
    Auth {
        /// VirusTotal's error code, or the status where it sent none.
        code: Box<str>,
    },
    /// The key may not ask this.
    #[error("this API key may not ask VirusTotal for that ({code})")]
    Forbidden {
        /// VirusTotal's error code, or the status where it sent none.
        code: Box<str>,
    },
    /// VirusTotal says that the key's quota is used up. The minute, the day
    /// and the month all look the same.
    #[error("VirusTotal says that the quota of this API key is used up ({code})")]
    Quota {
        /// VirusTotal's error code, or the status where it sent none.
        code: Box<str>,
        /// How long VirusTotal asked to wait. It usually does not say.
        retry_after: Option<Duration>,
    },
    /// Another status than success.
    #[error("VirusTotal answered with status {status}{}", in_brackets(code.as_deref()))]
    Upstream {
        /// The HTTP status.
        status: u16,
        /// VirusTotal's error code, if it sent one.
        code: Option<Box<str>>,
        /// How long VirusTotal asked to wait.
        retry_after: Option<Duration>,
    },
    /// A reply that is not one of VirusTotal's.
    #[error("the reply is not a VirusTotal report: {0}")]
    Protocol(ProtocolError),
    /// No connection, so that nothing was sent.
    #[error("no connection to {host}: {reason}{}", advice(*stage))]
    Connect {
        /// The host and port that were asked.
        host: Box<str>,
        /// How far it got.
        stage: ConnectStage,
        /// What went wrong, without the URL.
        reason: Arc<str>,
    },
    /// Connected, but the exchange broke off.
    #[error("the connection to {host} broke off: {reason}")]
    Interrupted {
        /// The host and port that were asked.
        host: Box<str>,
        /// What went wrong, without the URL.
        reason: Arc<str>,
    },
    /// Nothing came in time.
    #[error("no answer from {host} in time ({phase})")]
    Timeout {
        /// The host and port that were asked.
        host: Box<str>,
        /// What was waited for.
        phase: TimeoutPhase,
    },
}

impl Error {
    /// Whether the same question may be answered later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(Rule::of(self).class, Class::Transient | Class::Quota)
    }

    /// How long VirusTotal asked to wait, if it did.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Quota { retry_after, .. } | Self::Upstream { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether bytes of the request may have left this process: then
    /// VirusTotal may have counted it.
    #[must_use]
    pub const fn was_sent(&self) -> bool {
        !matches!(
            self,
            Self::Connect { .. }
                | Self::Timeout {
                    phase: TimeoutPhase::Connect,
                    ..
                }
        )
    }
}

// Not `#[from]`, which makes it the source too: the text has it already.
impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

fn in_brackets(code: Option<&str>) -> String {
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

/// How far a connection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectStage {
    /// The name has no address, or nobody there takes the connection.
    Network,
    /// The proxy does not let it through.
    Proxy,
    /// The server cannot be trusted: its certificate has expired, is for
    /// another host, or is from an authority that nobody here knows.
    Tls,
}

const fn advice(stage: ConnectStage) -> &'static str {
    match stage {
        ConnectStage::Network => "",
        ConnectStage::Proxy => "; check the proxy's address and password",
        ConnectStage::Tls => "; check this machine's date, its certificates, and who is in between",
    }
}

/// What is wrong with a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A redirect. They are never followed: the key would go along.
    #[error("it is a redirect (status {0}), which is never followed; check the base URL")]
    Redirect(u16),
    /// The answer of somebody on the way: a proxy, or a network that wants a
    /// log-in.
    #[error(
        "status {0} is from a proxy or a network on the way; check the proxy's password, or log in there"
    )]
    Intermediary(u16),
    /// A status that VirusTotal has no use for here.
    #[error("unexpected status {0}")]
    Status(u16),
    /// Not JSON by its own account.
    #[error("its content type is {0}, not JSON; is there a proxy or a log-in page in between?")]
    ContentType(Box<str>),
    /// No report can be read from the body.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The report is about another file.
    #[error("it is about another file than the one asked for")]
    HashMismatch,
    /// The body is larger than the client accepts.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The limit, decoded.
        limit: usize,
    },
    /// The body does not decode as its encoding says, or is cut short.
    #[error("its body cannot be decoded")]
    Encoding,
    /// Not HTTP, or more of it than the client accepts.
    #[error("it is no HTTP that this client accepts: {reason}")]
    NotHttp {
        /// What is wrong with it.
        reason: Arc<str>,
    },
}

/// What a timeout cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// The connection, TLS included: nothing was sent.
    Connect,
    /// The exchange after that.
    Exchange,
}

impl std::fmt::Display for TimeoutPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Exchange => "waiting for the reply",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn no_text_is_said_twice_in_a_chain_of_causes() {
        let report = ProtocolError::Report(ReportError::NoReport);
        let error = Error::from(report);
        assert!(error.to_string().ends_with("carries no file report"));
        assert!(error.source().is_none());
    }
}
