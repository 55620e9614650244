//! Thousands who say nothing, and what that is to those who do.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::server::Server;

/// Connections of which each is let go before the next thousand comes.
const SLOW: usize = 10_000;
const ASKED: usize = 200;
const MOST_KIB: u64 = 200 << 10;

/// The most memory that it had at once.
fn memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let amount = line.unwrap().trim().trim_end_matches(" kB");
    amount.trim().parse().unwrap()
}

async fn ask(address: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_is_answered_beside_ten_thousand_who_do_not() {
    let server = Server::start(|command| command.arg("--demo"));
    let mut slow = Vec::new();
    let mut waits = Vec::new();
    for number in 0..SLOW {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // A part of a head; one that was let go by then is gone.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await;
        slow.push(stream);
        if slow.len() > 4_000 {
            slow.drain(..1_000);
        }
        if number % (SLOW / ASKED) == 0 {
            let begun = Instant::now();
            let answer = ask(server.address()).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            waits.push(begun.elapsed());
        }
    }
    waits.sort();
    let [median, p99] = [50, 99].map(|part| waits[waits.len() * part / 100]);
    let memory = memory_kib(&server);
    println!(
        "{SLOW} slow connections: {ASKED} others answered, half of them within {median:?}, \
         99 of 100 within {p99:?}; {} MiB at most",
        memory >> 10
    );
    assert!(memory < MOST_KIB, "{memory} KiB");
}
