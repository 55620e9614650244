//! Who is at the other end: a browser that was here before, and a network.

use std::{fmt, net::IpAddr};

use axum::http::{HeaderMap, header};
use cookie::{Cookie, CookieJar, Key, SameSite, time::Duration};
use sha2::{Digest, Sha256};

use crate::{Secret, link::Seed};

const NAME: &str = "vt_visitor";
const YEAR: Duration = Duration::days(365);

/// Knows browsers by a signed cookie, the only one there is. It says nothing
/// but which uploads are whose.
pub(crate) struct Visitors {
    key: Key,
    is_secure: bool,
}

/// A browser, by a digest of its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visitor(pub(crate) String);

impl Visitors {
    pub(crate) fn new(secret: &Secret, is_secure: bool) -> Self {
        Self {
            key: Key::derive_from(&secret.derive("cookie", b"")),
            is_secure,
        }
    }

    /// Who sent these headers, if they were here before.
    pub(crate) fn known(&self, headers: &HeaderMap) -> Option<Visitor> {
        let mut jar = CookieJar::new();
        for header in headers.get_all(header::COOKIE) {
            for cookie in Cookie::split_parse(header.to_str().ok()?).flatten() {
                if cookie.name() == NAME {
                    jar.add_original(cookie.into_owned());
                }
            }
        }
        let cookie = jar.signed(&self.key).get(NAME)?;
        Some(Visitor::of(cookie.value()))
    }

    /// Somebody new, and the cookie by which they are known from now on.
    pub(crate) fn welcome(&self) -> std::io::Result<(Visitor, String)> {
        let name = serde_json::to_string(&Seed::random()?)?;
        let name = name.trim_matches('"').to_owned();
        let visitor = Visitor::of(&name);
        let cookie = Cookie::build((NAME, name))
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Lax)
            .max_age(YEAR)
            .build();
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(cookie);
        let cookie = jar.get(NAME).map(ToString::to_string);
        Ok((visitor, cookie.unwrap_or_default()))
    }
}

impl Visitor {
    fn of(value: &str) -> Self {
        let digest = Sha256::digest(value);
        Self(
            digest
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }
}

impl fmt::Debug for Visitors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitors").finish_non_exhaustive()
    }
}

/// The network that an address is in: who has one address there has them all.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{:x}::/56", d & 0xff00)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        let value = format!("other=1; {pair}");
        headers.insert(header::COOKIE, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_browser_is_known_again_and_nobody_can_pass_for_it() {
        let secret = Secret::random().unwrap();
        let visitors = Visitors::new(&secret, true);
        let (visitor, cookie) = visitors.welcome().unwrap();
        assert_eq!(visitors.known(&headers(&cookie)), Some(visitor));
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let other = Visitors::new(&Secret::random().unwrap(), true);
        assert_eq!(other.known(&headers(&cookie)), None);
        assert_eq!(visitors.known(&headers("vt_visitor=forged")), None);
        assert_eq!(visitors.known(&HeaderMap::new()), None);
    }

    #[test]
    fn neighbours_are_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("192.0.2.7"), of("192.0.2.200"));
        assert_ne!(of("192.0.2.7"), of("192.0.3.7"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_eq!(of("2001:db8:1:2ff::1"), of("2001:db8:1:200::9"));
        assert_ne!(of("2001:db8:1:200::1"), of("2001:db8:1:300::1"));
    }
}
