//! The same answers over real connections, with a client that shows every byte.

use std::io::ErrorKind;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use vt_sim::{Fault, Running, Specimen, Trigger, sample};

use crate::{
    ask::KEY,
    raw::{ask, question, start},
};

#[tokio::test]
async fn a_report_over_a_socket_is_the_one_in_the_process() {
    let (simulator, running) = start().await;
    let hash = Specimen::Detected.sample().md5;

    let (head, body) = ask(&running, &hash).await;

    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("server: Google Frontend\r\n"), "{head}");
    assert!(
        head.contains(&format!("content-length: {}\r\n", body.len())),
        "{head}"
    );
    assert_eq!(head.matches("date: ").count(), 1, "{head}");
    assert_eq!(simulator.report(&hash).unwrap(), body);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let (simulator, running) = start().await;
    let mut stream = TcpStream::connect(running.addr()).await.unwrap();
    for n in 0..3 {
        let hash = Specimen::ALL[n].sample().sha1;
        let question =
            format!("GET /api/v3/files/{hash} HTTP/1.1\r\nHost: x\r\nX-Apikey: {KEY}\r\n\r\n");
        stream.write_all(question.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first[..9], b"HTTP/1.1 ");
        let rest = read_answer(&mut stream).await;
        assert!(rest.ends_with('}'));
    }
    assert_eq!(simulator.stats().requests, 3);
}

#[tokio::test]
async fn a_cut_body_is_shorter_than_its_length_promises() {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, Fault::CutBody { after: 1000 });
    let hash = Specimen::Clean.sample().md5;

    let (head, body) = ask(&running, &hash).await;

    let promised = simulator.report(&hash).unwrap().len();
    assert!(
        head.contains(&format!("content-length: {promised}\r\n")),
        "{head}"
    );
    assert_eq!(body, simulator.report(&hash).unwrap()[..1000]);
}

#[tokio::test]
async fn a_reset_comes_before_a_single_byte() {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, Fault::Reset);
    let mut stream = question(&running, &sample(1).md5).await;

    let error = stream.read(&mut [0; 1]).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let (head, _) = ask(&running, &Specimen::Clean.sample().md5).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test]
async fn stopping_breaks_off_a_stalled_answer() {
    let (running, mut stream) = stalled().await;

    running.stop().await.unwrap();

    assert!(stream.read(&mut [0; 1]).await.is_err());
}

#[tokio::test]
async fn dropping_the_server_breaks_off_a_stalled_answer_too() {
    let (running, mut stream) = stalled().await;

    drop(running);

    assert!(stream.read(&mut [0; 1]).await.is_err());
}

/// Starts a server, and a connection on which an answer never comes.
async fn stalled() -> (Running, TcpStream) {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, Fault::Stall);
    let stream = question(&running, &sample(1).md5).await;
    while simulator.stats().requests == 0 {
        tokio::task::yield_now().await;
    }
    (running, stream)
}

/// Reads up to the last brace that the length in the head announces.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap()
        .parse()
        .unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    String::from_utf8(body).unwrap()
}
