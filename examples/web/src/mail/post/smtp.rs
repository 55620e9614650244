//! Mails to a mail server.

use std::{fmt, net::IpAddr, time::Duration};

use async_trait::async_trait;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, transport::smtp};
use url::Url;

use super::{Post, Unsent};
use crate::mail::Letter;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(30);

/// A mail server, asked anew for each mail.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
}

/// Why a URL names no mail server. The URL is not repeated: it may hold a
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSmtp {
    /// It cannot be read.
    #[error(
        "the URL of the mail server has to be smtps://USER:PASSWORD@HOST, smtp+starttls://USER:PASSWORD@HOST or smtp://HOST, with other characters as %XX"
    )]
    Url,
    /// There is a user name without a password.
    #[error("the URL of the mail server has a user name and no password")]
    Password,
    /// A password would be sent so that everybody on the way can read it.
    #[error(
        "the password would go to the mail server unencrypted: use smtps:// or smtp+starttls://"
    )]
    Unencrypted,
}

impl Smtp {
    /// The mail server that a URL names.
    ///
    /// # Errors
    ///
    /// When it names none, or a password would be sent unencrypted to another
    /// machine.
    pub fn new(url: &str) -> Result<Self, NoSmtp> {
        let url = plain(url)?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err(NoSmtp::Url);
        }
        let host = url.host_str().ok_or(NoSmtp::Url)?.to_owned();
        let is_required = |(key, value): (_, _)| key == "tls" && value == "required";
        let is_encrypted = url.scheme() == "smtps" || url.query_pairs().any(is_required);
        match (url.username(), url.password()) {
            ("", None) => {}
            (_, None) => return Err(NoSmtp::Password),
            (..) if is_encrypted || is_here(&host) => {}
            (..) => return Err(NoSmtp::Unencrypted),
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
        let builder = builder.map_err(|_| NoSmtp::Url)?;
        Ok(Self {
            transport: builder.timeout(Some(CONNECT)).build(),
            host,
        })
    }
}

/// The URL as the library knows it, which has no scheme for STARTTLS.
fn plain(text: &str) -> Result<Url, NoSmtp> {
    const STARTTLS: &str = "smtp+starttls://";

    let Some(rest) = text.strip_prefix(STARTTLS) else {
        return Url::parse(text).map_err(|_| NoSmtp::Url);
    };
    let mut url = Url::parse(&format!("smtp://{rest}")).map_err(|_| NoSmtp::Url)?;
    url.set_query(Some("tls=required"));
    Ok(url)
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the mail server {}", self.host)
    }
}

// The transport shows its password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Smtp").field(&self.host).finish()
    }
}

#[async_trait]
impl Post for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        let sent = self.transport.send_raw(letter.envelope(), letter.bytes());
        sent.await.map(drop).map_err(|error| why(&error))
    }
}

/// What an error means, without a word of the server's.
fn why(error: &smtp::Error) -> Unsent {
    /// A server that refuses our password: whoever runs this one can mend it.
    const LOGIN: [u16; 4] = [530, 534, 535, 538];

    if let Some(code) = error.status() {
        let code = u16::from(code);
        return if LOGIN.contains(&code) {
            tracing::error!(
                code,
                "the mail server refuses the login: look at --mail-url"
            );
            Unsent::Later(format!(
                "the mail server refuses this server's login ({code})"
            ))
        } else if error.is_permanent() {
            Unsent::Never(format!("the mail server refuses it ({code})"))
        } else {
            Unsent::Later(format!("the mail server does not take it for now ({code})"))
        };
    }
    Unsent::Later(
        if error.is_timeout() {
            "the mail server does not answer in time"
        } else if error.is_tls() {
            "no encrypted connection to the mail server can be made"
        } else if error.is_response() {
            "the mail server's answers make no sense"
        } else if error.is_client() {
            "the mail server does not offer what is needed, such as encryption or a login"
        } else {
            "the mail server cannot be reached, or broke off"
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_a_mail_server_can_be_named() {
        for url in [
            "smtp://localhost:2525",
            "smtp://mail.example.org",
            "smtp://user:pass@127.0.0.1:2525",
            "smtps://user:p%40ss@mail.example.org",
            "smtp+starttls://user:pass@mail.example.org:587",
            "smtp://user:pass@mail.example.org?tls=required",
        ] {
            assert!(Smtp::new(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_password_goes_to_nobody_unencrypted() {
        for url in [
            "smtp://user:pass@mail.example.org",
            "smtp://user:pass@mail.example.org?tls=opportunistic",
            "smtp://user:pass@127.0.0.1.example.org",
        ] {
            assert_eq!(Smtp::new(url).unwrap_err(), NoSmtp::Unencrypted, "{url}");
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused() {
        for url in [
            "",
            "canary",
            "http://u:canary@h",
            "smtps://",
            "smtp://u:canary@h:99999",
            "smtp+starttls://",
            "smtp://u:canary@localhost?tls=canary",
        ] {
            assert_eq!(Smtp::new(url).unwrap_err(), NoSmtp::Url, "{url}");
        }
        let error = Smtp::new("smtps://canary@h").unwrap_err();
        assert_eq!(error, NoSmtp::Password);
    }

    #[test]
    fn nothing_shows_the_password() {
        let post = Smtp::new("smtps://canary1:canary2@mail.example.org").unwrap();
        let shown = format!("{post} {post:?} {post:#?}");
        assert!(shown.contains("mail.example.org") && !shown.contains("canary"));
    }
}
