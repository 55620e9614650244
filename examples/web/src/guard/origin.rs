//! Where a request is from.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{Extensions, HeaderMap},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

#[derive(Clone, Copy, Debug)]
struct Origin(IpAddr);

/// The address that a request is from.
pub(crate) fn origin(request: &Extensions) -> Option<IpAddr> {
    request.get::<Origin>().map(|origin| origin.0)
}

/// Notes where a request is from.
pub(super) async fn note(
    State(proxies): State<Arc<[IpNet]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(peer) = info.map(|info| info.0.ip()) {
        let origin = Origin(behind(&proxies, peer, request.headers()));
        request.extensions_mut().insert(origin);
    }
    next.run(request).await
}

/// The last address that is none of our proxies. What stands before that
/// anybody can have written.
fn behind(proxies: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_ours = |address: &IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let forwarded = forwarded.filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    let mut origin = peer.to_canonical();
    for hop in hops.iter().rev() {
        let before = hop.trim().parse::<IpAddr>().ok();
        let Some(before) = before.filter(|_| is_ours(&origin)) else {
            break;
        };
        origin = before.to_canonical();
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_proxies_are_believed() {
        let proxies = ["127.0.0.1/32", "10.0.0.0/8"].map(|net| net.parse().unwrap());
        let from = |peer: &str, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            behind(&proxies, peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(from("192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(from("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(from("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            from("127.0.0.1", &["1.2.3.4, 198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            from("127.0.0.1", &["1.2.3.4", "198.51.100.1, 10.1.1.1"]),
            "198.51.100.1"
        );
        assert_eq!(from("::ffff:127.0.0.1", &["::ffff:192.0.2.7"]), "192.0.2.7");
        for junk in ["", "unknown", "198.51.100.1:80", "\u{e9}"] {
            assert_eq!(from("127.0.0.1", &[junk]), "127.0.0.1", "{junk}");
        }
    }
}
