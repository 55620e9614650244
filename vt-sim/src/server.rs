//! The simulator on a real socket.

mod connection;
#[cfg(feature = "tls")]
mod http2;
mod line;
mod refusal;
#[cfg(feature = "tls")]
mod secure;
mod wire;

use std::{future::Future, io, net::SocketAddr};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::{JoinHandle, JoinSet},
};

use crate::simulator::Simulator;

use connection::attend;
use refusal::refuse;

/// A simulator that serves a socket until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    simulator: Simulator,
    addr: SocketAddr,
    scheme: &'static str,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Returns the address that is listened on; its port is real even if 0 was asked for.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the base URL for a client, without `/api/v3` and without a slash at its end.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// Returns the simulator behind the socket.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Stops listening, breaks off the answers that are still to come, and waits for the end.
    ///
    /// # Errors
    ///
    /// Fails if the listening socket did.
    pub async fn stop(mut self) -> io::Result<()> {
        if let Some(stop) = self.stop.take() {
            // A server that has ended already needs no telling.
            let _ = stop.send(());
        }
        (&mut self.task).await.map_err(io::Error::other)?
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Sending is enough: the task sees it and breaks off what is left.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// What a listener does with its connections before HTTP.
#[derive(Clone)]
enum Security {
    Plain,
    #[cfg(feature = "tls")]
    Tls(std::sync::Arc<secure::Identities>),
}

impl Simulator {
    /// Serves a listener until `shutdown` is done; answers that are still to come are then broken off.
    ///
    /// # Errors
    ///
    /// Fails if the listening socket does.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        self.serve_with(listener, Security::Plain, shutdown).await
    }

    /// Listens on an address, such as `127.0.0.1:0`, and serves it in a task of the current runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address cannot be listened on.
    pub async fn bind(&self, addr: SocketAddr) -> io::Result<Running> {
        self.bind_with(addr, Security::Plain, "http").await
    }

    /// As [`bind`](Self::bind), with TLS: the authority signs the certificate, for `localhost` and loopback addresses.
    ///
    /// # Errors
    ///
    /// Fails if the address cannot be listened on, or no certificate can be made.
    #[cfg(feature = "tls")]
    pub async fn bind_tls(
        &self,
        addr: SocketAddr,
        authority: &crate::Authority,
    ) -> Result<Running, crate::TlsError> {
        let identities = std::sync::Arc::new(secure::Identities::new(authority)?);
        Ok(self
            .bind_with(addr, Security::Tls(identities), "https")
            .await?)
    }

    async fn bind_with(
        &self,
        addr: SocketAddr,
        security: Security,
        scheme: &'static str,
    ) -> io::Result<Running> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let server = self.clone().serve_with(listener, security, async {
            // A dropped sender stops the server as a message does.
            let _ = stopped.await;
        });
        Ok(Running {
            simulator: self.clone(),
            addr,
            scheme,
            stop: Some(stop),
            task: tokio::spawn(server),
        })
    }

    async fn serve_with(
        self,
        listener: TcpListener,
        security: Security,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (closing, closed) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            let stream = tokio::select! {
                // A handler of signals is set when this is first polled: before anybody is let in.
                biased;
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) if is_of_one_connection(&error) => continue,
                    Err(error) => return Err(error),
                },
            };
            // Latency is what callers set; Nagle's must not be on top. A stream that is gone shows when it is read.
            let _ = stream.set_nodelay(true);
            let (simulator, security) = (self.clone(), security.clone());
            connections.spawn(welcome(simulator, stream, security, closed.clone()));
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        closing.send_replace(true);
        while connections.join_next().await.is_some() {}
        Ok(())
    }
}

/// Lets a new connection in, or not.
async fn welcome(
    simulator: Simulator,
    stream: TcpStream,
    security: Security,
    closed: watch::Receiver<bool>,
) {
    let fault = simulator.keeps_from_connecting(None);
    match (security, fault) {
        (Security::Plain, None) => attend(simulator, stream, closed).await,
        (Security::Plain, Some(why)) => refuse(stream, why, closed).await,
        #[cfg(feature = "tls")]
        (Security::Tls(identities), fault) => {
            secure::welcome(simulator, stream, &identities, fault, closed).await;
        }
    }
}

/// Tells whether accepting failed for one client only, who has gone away meanwhile.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
