//! Why there is no connection.

use std::str::FromStr;

use super::FaultError;

/// Why no connection comes about, on which a request could be sent.
///
/// Those from [`Expired`](Self::Expired) on are about TLS, and want a socket that has it (the feature `tls`); on a plain
/// one the connection is closed as soon as something arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoConnection {
    /// The name has no address. No socket can do this, and one resets instead.
    NoSuchHost,
    /// Nothing listens. A socket that listens cannot refuse, and resets at once; [`Nowhere`](crate::Nowhere) refuses.
    Refused,
    /// Nobody answers. A socket takes the connection and then is silent, which to a client with TLS is a handshake that
    /// stands still; [`Nowhere`](crate::Nowhere) does not even take it. In the process it takes
    /// [`CONNECT_TIMEOUT`](Self::CONNECT_TIMEOUT) to find out.
    TimedOut,
    /// The connection is reset when the request has arrived, which nobody has read.
    Reset,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is signed by its own key.
    SelfSigned,
    /// The certificate is for another host.
    WrongHost,
    /// The certificate is signed by an authority that nobody has heard of.
    UntrustedAuthority,
    /// The server speaks TLS 1.0 and nothing newer.
    OldVersion,
    /// The connection is closed in the middle of the handshake.
    HandshakeClosed,
    /// HTTP/2, and the server sends the client away before it looks at the request (`GOAWAY`).
    GoAway,
    /// HTTP/2, and the server refuses the request without a look at it (`REFUSED_STREAM`).
    RefusedStream,
}

impl NoConnection {
    /// How long a client in the process tries to connect before it finds that nobody answers.
    pub const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

    /// Every reason there is.
    pub const ALL: [Self; 13] = [
        Self::NoSuchHost,
        Self::Refused,
        Self::TimedOut,
        Self::Reset,
        Self::Expired,
        Self::NotYetValid,
        Self::SelfSigned,
        Self::WrongHost,
        Self::UntrustedAuthority,
        Self::OldVersion,
        Self::HandshakeClosed,
        Self::GoAway,
        Self::RefusedStream,
    ];

    /// Says it in the words of a client.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoSuchHost => "the name has no address",
            Self::Refused => "connection refused",
            Self::TimedOut => "nobody answers",
            Self::Reset => "connection reset by peer",
            Self::Expired => "invalid peer certificate: expired",
            Self::NotYetValid => "invalid peer certificate: not valid yet",
            Self::SelfSigned => "invalid peer certificate: signed by itself",
            Self::WrongHost => "invalid peer certificate: not valid for this name",
            Self::UntrustedAuthority => "invalid peer certificate: unknown issuer",
            Self::OldVersion => "the peer speaks no version of TLS that is acceptable",
            Self::HandshakeClosed => "the handshake ended early",
            Self::GoAway => "the request was not processed: GOAWAY",
            Self::RefusedStream => "the request was not processed: REFUSED_STREAM",
        }
    }

    /// Returns the name by which the program knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSuchHost => "no-such-host",
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Reset => "reset-unread",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::SelfSigned => "self-signed",
            Self::WrongHost => "wrong-host",
            Self::UntrustedAuthority => "untrusted-authority",
            Self::OldVersion => "old-version",
            Self::HandshakeClosed => "handshake-closed",
            Self::GoAway => "goaway",
            Self::RefusedStream => "refused-stream",
        }
    }
}

impl FromStr for NoConnection {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Self::ALL
            .into_iter()
            .find(|why| why.name() == text)
            .ok_or_else(|| FaultError::unknown(text))
    }
}
