//! What a file is kept for, by the server whose answers are in it.

use url::Url;
use vt_core::client::DEFAULT_BASE_URL;

/// What a file is kept for unless told.
pub(crate) const DEFAULT: &str = "VirusTotal's answers";

/// What the file for a server's answers is kept for.
pub(crate) fn of_server(base_url: &str) -> String {
    match other_host(base_url) {
        Some(host) => format!("the answers of {host}"),
        None => DEFAULT.to_owned(),
    }
}

/// The host of a server other than VirusTotal; none for VirusTotal itself, and
/// for what is no URL with a host.
///
/// # Examples
///
/// ```
/// use vt_cache_sqlite::other_host;
///
/// assert_eq!(other_host("https://www.virustotal.com/"), None);
/// assert_eq!(other_host("http://cache.example:8080").as_deref(), Some("cache.example"));
/// ```
#[must_use]
pub fn other_host(base_url: &str) -> Option<String> {
    if base_url.trim_end_matches('/') == DEFAULT_BASE_URL {
        return None;
    }
    let url = Url::parse(base_url).ok()?;
    url.host_str().map(str::to_owned)
}
