//! Listens in on what the program sends.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A server that writes down every byte it gets, and hands it on.
pub(crate) struct Tap {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Hands on to a server, or hangs up on everybody.
    pub(crate) fn new(server: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let hears = heard.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                hears.lock().unwrap().extend(b"connection\r\n");
                let Some(server) = server else { continue };
                pass_on(client.unwrap(), server, &hears);
            }
        });
        Self { address, heard }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }
}

fn pass_on(client: TcpStream, server: SocketAddr, heard: &Arc<Mutex<Vec<u8>>>) {
    let server = TcpStream::connect(server).unwrap();
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let heard = heard.clone();
    thread::spawn(move || {
        copy(from_client, to_server, |bytes| {
            heard.lock().unwrap().extend(bytes)
        })
    });
    thread::spawn(move || copy(server, client, |_| ()));
}

/// Until one side hangs up, or resets.
fn copy(mut from: TcpStream, mut to: TcpStream, note: impl Fn(&[u8])) {
    let mut buffer = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        note(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // Either may be closed already.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
