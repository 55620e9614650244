//! What somebody is told whose upload is refused.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::server::Server;

/// Far more than a socket holds.
const BYTES: usize = 40 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_uploads_a_program_is_told_so_however_large_it_is() {
    let server = Server::start(|command| command.arg("--demo"));
    let program = [&b"MZ\x90\0\x03\0\0\0"[..], &vec![0; BYTES]].concat();
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.exe\"\r\n\r\n";
    let form = [head.as_bytes(), &program, b"\r\n--b--\r\n"].concat();
    for (path, content_type, body) in [
        ("/reports", "multipart/form-data; boundary=b", form),
        ("/api/v1/reports", "text/plain", program),
    ] {
        // As a browser does: first all is sent, then the answer is read.
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            server.address(),
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 415 "), "{path}: {answer}");
        assert!(answer.contains("it is a Windows program"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_full_takes_no_upload_and_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("full.db");
    let server = Server::start(|command| {
        command
            .args(["--demo", "--max-db", "1", "--upload-burst", "1000", "--db"])
            .arg(&database)
    });
    let client = reqwest::Client::new();
    let (mut first, mut number) = (None, 0);
    let refused = loop {
        // No hash is on two lists.
        number += 1;
        let list: String = (0..5_000)
            .map(|n| format!("{number:016x}{n:016x}\n"))
            .collect();
        let upload = client.post(format!("{}/api/v1/reports", server.url));
        let answer = upload
            .header("content-type", "text/plain")
            .body(list)
            .send();
        let answer = answer.await.unwrap();
        if answer.status() != 201 {
            break answer;
        }
        let place = answer.headers()["location"].to_str().unwrap().to_owned();
        first.get_or_insert(place);
    };
    assert_eq!(refused.status(), 507);
    assert!(refused.text().await.unwrap().contains("no room left"));
    let place = format!("{}{}", server.url, first.unwrap());
    assert_eq!(client.get(place).send().await.unwrap().status(), 200);
}
