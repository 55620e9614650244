//! The names that this server goes by.

use std::{collections::BTreeSet, net::SocketAddr};

/// What a request may name as its host.
#[derive(Clone, Debug)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// The address that is listened on, the name it is found by, and more.
    #[must_use]
    pub fn new(listen: SocketAddr, base_url: &str, more: &[String]) -> Self {
        let port = listen.port();
        let mut hosts = BTreeSet::new();
        if listen.ip().is_loopback() || listen.ip().is_unspecified() {
            for name in ["localhost", "127.0.0.1", "[::1]"] {
                hosts.insert(format!("{name}:{port}"));
            }
        }
        hosts.insert(listen.to_string());
        let base = base_url
            .split_once("://")
            .map_or(base_url, |(_, rest)| rest);
        hosts.extend(base.split('/').next().map(str::to_ascii_lowercase));
        hosts.extend(more.iter().map(|host| host.to_ascii_lowercase()));
        Self(hosts)
    }

    pub(super) fn has(&self, host: &str) -> bool {
        self.0.contains(&host.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_goes_by_its_own_names_only() {
        let listen = "127.0.0.1:8080".parse().unwrap();
        let hosts = Hosts::new(
            listen,
            "https://Hashes.example/vt",
            &["other.example".to_owned()],
        );
        for host in [
            "127.0.0.1:8080",
            "LOCALHOST:8080",
            "[::1]:8080",
            "hashes.example",
            "other.example",
        ] {
            assert!(hosts.has(host), "{host}");
        }
        for host in [
            "evil.test",
            "127.0.0.1",
            "localhost:81",
            "hashes.example.evil.test",
            "",
        ] {
            assert!(!hosts.has(host), "{host}");
        }
    }
}
