//! A wire that somebody listens to: what a client says before a server has it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};

/// The type of the TLS records that carry what is encrypted.
const ENCRYPTED: u8 = 23;

/// Fewer encrypted bytes are no request: a handshake's last words, a goodbye.
pub(crate) const NO_REQUEST: usize = 100;

/// Passes everything on, and keeps what goes to the server.
#[derive(Clone, Debug)]
pub(crate) struct Wiretap {
    address: SocketAddr,
    said: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Wiretap {
    /// Listens before this server, for as long as its runtime lives.
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self {
            address: listener.local_addr().unwrap(),
            said: Arc::default(),
        };
        let own = wire.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                tokio::spawn(own.clone().pass_on(client, server));
            }
        });
        wire
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was said on each connection.
    pub(crate) fn said(&self) -> Vec<Vec<u8>> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }

    async fn pass_on(self, client: TcpStream, server: TcpStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let number = self.begin();
        tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
        let mut piece = vec![0; 4 << 10];
        // Whoever goes away first ends it.
        while let Ok(count @ 1..) = from_client.read(&mut piece).await {
            self.note(number, &piece[..count]);
            if to_server.write_all(&piece[..count]).await.is_err() {
                return;
            }
        }
    }

    fn begin(&self) -> usize {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push(Vec::new());
        said.len() - 1
    }

    fn note(&self, number: usize, bytes: &[u8]) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said[number].extend_from_slice(bytes);
    }
}

/// How many bytes of what was said over TLS may be something that it hides.
pub(crate) fn encrypted(said: &[u8]) -> usize {
    let mut rest = said;
    let mut bytes = 0;
    while let [kind, _, _, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *kind == ENCRYPTED {
            bytes += length;
        }
        rest = after.get(length..).unwrap_or_default();
    }
    bytes
}
