//! The way to VirusTotal through a proxy.

use std::fmt;

use url::Url;

use super::BuildError;

/// Which proxy requests go through. None is ever used for a server on this
/// machine: the key would leave it in clear.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// None, whatever the environment says.
    #[default]
    Off,
    /// The one in the environment or the system's settings.
    System,
    /// This one: `http://`, `https://` or `socks5h://`.
    Url(Url),
}

impl Proxy {
    /// What reqwest does not know it passes over, and connects directly.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        match self {
            Self::Url(url)
                if !matches!(url.scheme(), "http" | "https" | "socks5h") || !url.has_host() =>
            {
                Err(BuildError::Proxy)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Proxy {
    // Its user's password is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("Off"),
            Self::System => f.write_str("System"),
            Self::Url(url) => {
                let host = url.host_str().unwrap_or_default();
                write!(f, "Url({}://{host}", url.scheme())?;
                url.port().map_or(Ok(()), |port| write!(f, ":{port}"))?;
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str) -> Proxy {
        Proxy::Url(url.parse().unwrap())
    }

    #[test]
    fn a_proxy_that_would_be_passed_over_is_refused() {
        for good in [
            "http://proxy.example:3128",
            "https://me:hunter2@proxy.example",
            "socks5h://[::1]:1080",
        ] {
            assert!(proxy(good).check().is_ok(), "{good}");
        }
        for bad in [
            "ftp://proxy.example",
            "socks4://proxy.example",
            "socks5h:proxy.example",
            "proxy.example:3128",
            "file:///proxy",
        ] {
            assert!(proxy(bad).check().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_password_of_a_proxy_is_shown_to_nobody() {
        let shown = format!("{:?}", proxy("https://me:hunter2@proxy.example:3128/?x"));
        assert_eq!(shown, "Url(https://proxy.example:3128)");
    }
}
