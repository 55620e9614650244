//! Connections that do not come about, as far as a listener can bring that about.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};

use super::line::{reset, say_nothing, stopped};
use crate::fault::NoConnection;

/// How an old server greets: TLS 1.0, 32 bytes that are random elsewhere, no session, RSA with AES-128, no compression.
const OLD_HELLO: &[u8] = b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01\
    vt-sim vt-sim vt-sim vt-sim vt-s\x00\x00\x2f\x00";

/// Keeps a client from making use of its connection.
pub(super) async fn refuse(
    mut stream: TcpStream,
    why: NoConnection,
    mut closed: watch::Receiver<bool>,
) {
    match why {
        NoConnection::NoSuchHost | NoConnection::Refused => return reset(stream),
        NoConnection::TimedOut => return say_nothing(stream, closed).await,
        _ => {}
    }
    // What is done below is done when the client has said something.
    let heard = tokio::select! {
        heard = stream.readable() => heard,
        () = stopped(&mut closed) => return reset(stream),
    };
    if heard.is_err() || why == NoConnection::Reset {
        return reset(stream);
    }
    // With something unread, closing would be a reset. If the client does not take what it gets, it has gone away.
    let _ = stream.read(&mut [0; 1 << 14]).await;
    if why == NoConnection::OldVersion {
        let _ = stream.write_all(OLD_HELLO).await;
    }
    let _ = stream.shutdown().await;
}
