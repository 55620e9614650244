//! Addresses at which nobody answers.

use std::{io, net::SocketAddr};

use tokio::net::TcpSocket;
#[cfg(target_os = "linux")]
use tokio::net::{TcpListener, TcpStream};

/// An address of 127.0.0.1 at which no connection can be had, for as long as this lives.
///
/// Unlike a port that was free a moment ago, it cannot be taken by somebody else meanwhile.
#[derive(Debug)]
pub struct Nowhere {
    addr: SocketAddr,
    _held: Held,
}

/// What keeps the address, each for its `Drop`.
#[derive(Debug)]
enum Held {
    Bound {
        _socket: TcpSocket,
    },
    #[cfg(target_os = "linux")]
    Full {
        _listener: TcpListener,
        _guest: TcpStream,
    },
}

impl Nowhere {
    /// Takes an address that refuses connections.
    ///
    /// # Errors
    ///
    /// Fails if no port is free.
    pub fn refusing() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let addr = socket.local_addr()?;
        // Bound and not listening: the system refuses.
        let _held = Held::Bound { _socket: socket };
        Ok(Self { addr, _held })
    }

    /// Takes an address that does not answer: a connection is neither made nor refused.
    ///
    /// # Errors
    ///
    /// Fails if no port is free.
    #[cfg(target_os = "linux")]
    pub async fn silent() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        // Linux lets one connection more than this wait, and drops what comes after it.
        let listener = socket.listen(0)?;
        let addr = listener.local_addr()?;
        let guest = TcpStream::connect(addr).await?;
        let _held = Held::Full {
            _listener: listener,
            _guest: guest,
        };
        Ok(Self { addr, _held })
    }

    /// Returns the address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the base URL of a server that would be there, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}
