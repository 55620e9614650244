//! The simulator on a real socket.

mod line;

use std::{future::Future, io, net::SocketAddr};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Response;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

use crate::simulator::{BrokenConnection, Simulator};

use line::{LineListener, Scissors};

/// A simulator that serves a socket until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    simulator: Simulator,
    addr: SocketAddr,
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
        format!("http://{}", self.addr)
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

impl Simulator {
    /// Returns the simulator as an axum router, for a server of your own or `tower::ServiceExt::oneshot`.
    ///
    /// A router holds no connection: [`Fault::Reset`](crate::Fault::Reset) comes as a body that fails before its first
    /// byte. Use [`serve`](Self::serve) or [`bind`](Self::bind) for a real reset.
    pub fn router(&self) -> Router {
        let (_, never) = watch::channel(false);
        self.router_until(never)
    }

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
        let (closing, closed) = watch::channel(false);
        let service = self
            .router_until(closed)
            .into_make_service_with_connect_info::<Scissors>();
        axum::serve(LineListener(listener), service)
            .with_graceful_shutdown(async move {
                shutdown.await;
                closing.send_replace(true);
            })
            .await
    }

    /// Listens on an address, such as `127.0.0.1:0`, and serves it in a task of the current runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address cannot be listened on.
    pub async fn bind(&self, addr: SocketAddr) -> io::Result<Running> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let server = self.clone().serve(listener, async {
            // A dropped sender stops the server as a message does.
            let _ = stopped.await;
        });
        Ok(Running {
            simulator: self.clone(),
            addr,
            stop: Some(stop),
            task: tokio::spawn(server),
        })
    }

    fn router_until(&self, closed: watch::Receiver<bool>) -> Router {
        let simulator = self.clone();
        Router::new().fallback(move |request: Request| {
            let (simulator, mut closed) = (simulator.clone(), closed.clone());
            async move {
                let (mut head, _) = request.into_parts();
                let scissors = head.extensions.remove::<ConnectInfo<Scissors>>();
                let answer = tokio::select! {
                    answer = simulator.respond(Request::from_parts(head, Bytes::new())) => answer,
                    // Without a server behind it the sender is gone, and nothing closes.
                    Ok(_) = closed.wait_for(|closed| *closed) => Err(BrokenConnection::Reset),
                };
                send(answer, scissors.map(|ConnectInfo(scissors)| scissors))
            }
        })
    }
}

fn send(
    answer: Result<Response<Bytes>, BrokenConnection>,
    scissors: Option<Scissors>,
) -> Response<Body> {
    match answer {
        Ok(response) => response.map(Body::from),
        Err(BrokenConnection::Reset) => {
            if let Some(scissors) = scissors {
                scissors.cut();
            }
            Response::new(broken_off(Bytes::new()))
        }
        Err(BrokenConnection::Truncated { response }) => response.map(broken_off),
    }
}

/// A body that fails after its first part, which closes the connection.
fn broken_off(first: Bytes) -> Body {
    let end = stream::once(async {
        // hyper sends what it holds only when the body makes it wait.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(stream::iter([Ok(first)]).chain(end))
}
