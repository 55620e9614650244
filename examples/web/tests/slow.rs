//! Thousands who say nothing, and what that is to those who do.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

/// Connections of which each is let go before the next thousand comes.
const SLOW: usize = 10_000;
const ASKED: usize = 200;
const MOST_KIB: u64 = 200 << 10;

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vt-web"))
            .args(["--demo", "--listen", "127.0.0.1:0"])
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit('/').next().unwrap().parse().unwrap();
        Self { child, address }
    }

    /// The most memory that it had at once.
    fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap()
    }

    async fn ask(&self) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already dead is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_is_answered_beside_ten_thousand_who_do_not() {
    let server = Server::start();
    let mut slow = Vec::new();
    let mut waits = Vec::new();
    for number in 0..SLOW {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // A part of a head; one that was let go by then is gone.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await;
        slow.push(stream);
        if slow.len() > 4_000 {
            slow.drain(..1_000);
        }
        if number % (SLOW / ASKED) == 0 {
            let begun = Instant::now();
            let answer = server.ask().await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            waits.push(begun.elapsed());
        }
    }
    waits.sort();
    let [median, p99] = [50, 99].map(|part| waits[waits.len() * part / 100]);
    let memory = server.memory_kib();
    println!(
        "{SLOW} slow connections: {ASKED} others answered, half of them within {median:?}, \
         99 of 100 within {p99:?}; {} MiB at most",
        memory >> 10
    );
    assert!(memory < MOST_KIB, "{memory} KiB");
}
