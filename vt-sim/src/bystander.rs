//! Another host, which nobody should ask anything.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// The most that is kept of what comes over one connection.
const MOST_KEPT: usize = 64 << 10;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/// A server that keeps whatever arrives, such as the target of a redirect; a test asserts that nothing did.
///
/// It answers the first request of each connection with 200 and an empty JSON object. It ends when it is dropped.
#[derive(Debug)]
pub struct Bystander {
    addr: SocketAddr,
    heard: Heard,
    task: JoinHandle<()>,
}

/// What came over each connection, in order of their beginning.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

impl Bystander {
    /// Listens on a free port of 127.0.0.1, in a task of the current runtime.
    ///
    /// # Errors
    ///
    /// Fails if there is none.
    pub async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let heard = Heard::default();
        let task = tokio::spawn(listen(listener, Arc::clone(&heard)));
        Ok(Self { addr, heard, task })
    }

    /// Returns the address that is listened on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the bytes that came over each connection, headers and all; of silent connections none.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, heard: Heard) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let mut all = heard.lock().unwrap_or_else(PoisonError::into_inner);
        let number = all.len();
        all.push(Vec::new());
        connections.spawn(overhear(stream, Arc::clone(&heard), number));
    }
}

async fn overhear(mut stream: TcpStream, heard: Heard, number: usize) {
    let mut piece = [0; 4096];
    // A connection that fails has said all it had to say.
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        let is_whole = {
            let mut all = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = &mut all[number];
            let room = MOST_KEPT.saturating_sub(mine.len());
            mine.extend_from_slice(&piece[..count.min(room)]);
            mine.windows(4).any(|bytes| bytes == b"\r\n\r\n")
        };
        if is_whole && (stream.write_all(ANSWER).await.is_err() || stream.shutdown().await.is_err())
        {
            return;
        }
    }
}
