//! A client that shows every byte.

use std::io::ErrorKind;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use vt_sim::{Running, Simulator};

use crate::ask::{KEY, build};

pub(crate) async fn start() -> (Simulator, Running) {
    let simulator = build(|b| b);
    let running = simulator
        .bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    (simulator, running)
}

/// Writes a question; one that is the last says so.
pub(crate) fn words(hash: &str, is_last: bool) -> Vec<u8> {
    let end = if is_last { "Connection: close\r\n" } else { "" };
    format!("GET /api/v3/files/{hash} HTTP/1.1\r\nHost: x\r\nX-Apikey: {KEY}\r\n{end}\r\n").into()
}

/// Sends a question on a connection of its own.
pub(crate) async fn question(running: &Running, hash: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.addr()).await.unwrap();
    stream.write_all(&words(hash, true)).await.unwrap();
    stream
}

pub(crate) async fn ask(running: &Running, hash: &str) -> (String, Vec<u8>) {
    let (bytes, error) = hear(question(running, hash).await).await;
    assert_eq!(error, None);
    split(bytes)
}

/// Reads until the end, and tells whether that was in good order.
pub(crate) async fn hear(mut stream: TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.err().map(|error| error.kind()))
}

/// Takes the head, which text can be, from the body.
pub(crate) fn split(mut bytes: Vec<u8>) -> (String, Vec<u8>) {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    let body = bytes.split_off(end);
    (String::from_utf8(bytes).unwrap(), body)
}

/// Reads a head, and no byte more.
pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}
