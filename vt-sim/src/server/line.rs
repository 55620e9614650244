//! What a connection runs over.

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
    sync::watch,
};

/// A TCP connection, bare or below something else.
pub(super) trait Line: AsyncRead + AsyncWrite + Unpin + Send {
    fn socket(&self) -> &TcpStream;
}

impl Line for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

#[cfg(feature = "tls")]
impl Line for tokio_rustls::server::TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Waits until the server stops.
pub(super) async fn stopped(closed: &mut watch::Receiver<bool>) {
    // Without a sender there is no server any more.
    let _ = closed.wait_for(|closed| *closed).await;
}

/// Ends a connection so that the other side gets a RST.
pub(super) fn reset(line: impl Line) {
    // With nothing left to linger for, closing sends RST in place of FIN. A socket that is gone needs neither.
    let _ = line.socket().set_zero_linger();
}

/// Takes what comes and says nothing, until the client goes away; one that waits when the server stops is reset.
pub(super) async fn say_nothing(mut line: impl Line, mut closed: watch::Receiver<bool>) {
    let mut ignored = [0; 4096];
    loop {
        tokio::select! {
            read = line.read(&mut ignored) => match read {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            },
            () = stopped(&mut closed) => return reset(line),
        }
    }
}
