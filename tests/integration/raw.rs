//! A server on a real socket that says exactly what it is told, and keeps
//! what it hears.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

/// What a server does on each of its connections: for each request it reads,
/// one of these.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes and goes on.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    Last(Vec<u8>),
    /// Sends these bytes and then nothing, with the connection open.
    Stall(Vec<u8>),
}

/// The server, for as long as its runtime lives.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Debug, Default)]
struct Heard {
    connections: usize,
    requests: Vec<String>,
}

impl Raw {
    /// Does these acts on every connection, one for each request; the last
    /// one is to end the connection.
    pub(crate) async fn new(acts: impl Into<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
        };
        let (acts, own) = (acts.into(), server.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.heard().connections += 1;
                let (own, acts) = (own.clone(), acts.clone());
                tokio::spawn(async move { own.serve(stream, acts).await });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.heard().connections
    }

    /// The heads of all requests, in order of arrival.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.heard().requests.clone()
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, acts: Vec<Act>) {
        for act in acts {
            let Some(request) = read_head(&mut stream).await else {
                return;
            };
            self.heard().requests.push(request);
            let (Act::Send(bytes) | Act::Last(bytes) | Act::Stall(bytes)) = &act;
            // A client that has heard enough closes its end.
            if stream.write_all(bytes).await.is_err() || matches!(act, Act::Last(_)) {
                let _ = stream.shutdown().await;
                return;
            }
            if matches!(act, Act::Stall(_)) {
                // Until the client gives up.
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All up to the empty line; none if the connection ends before it.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

/// A whole HTTP reply with this status line, these further headers and this
/// body.
pub(crate) fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        reply.push_str(header);
        reply.push_str("\r\n");
    }
    let mut reply = format!("{reply}\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}
