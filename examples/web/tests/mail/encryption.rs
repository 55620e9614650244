//! The program and a mail server that encrypts.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio_rustls::{TlsAcceptor, rustls};

use crate::{
    program::program,
    server::{Play, Security, Server, Session},
};

#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_mails_go_encrypted_to_a_server_whose_certificate_is_trusted() {
    type Secure = fn(TlsAcceptor) -> Security;

    let ways: [(&str, Secure); 2] = [
        ("smtps", Security::Wrapped),
        ("smtp+starttls", Security::OnDemand),
    ];
    for (scheme, secure) in ways {
        let (acceptor, certificate) = identity();
        let session = mailed(scheme, secure(acceptor.clone()), &identity().1).await;
        assert_eq!(session, Session::default(), "{scheme}, not trusted");

        // Elsewhere the system's own list of authorities counts, and no file.
        if cfg!(target_os = "linux") {
            let session = mailed(scheme, secure(acceptor), &certificate).await;
            assert_eq!(session.to, ["ann@example.com"], "{scheme}");
            assert!(session.mail.is_some());
            assert!(matches!(&*session.logins, [(_, true)]), "{scheme}");
        }
    }
}

/// A server's certificate, also as a file of authorities.
fn identity() -> (TlsAcceptor, String) {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = issued.signing_key.serialize_der().try_into().unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key);
    let lines = BASE64_STANDARD.encode(issued.cert.der());
    let file = format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n");
    (TlsAcceptor::from(Arc::new(config.unwrap())), file)
}

/// What a mail server gets of the program by one connection. Of the password
/// there is nothing in the log, however much is logged.
async fn mailed(scheme: &str, security: Security, trusted: &str) -> Session {
    let server = Server::start(&[Play::Well], security).await;
    let folder = tempfile::tempdir().unwrap();
    let authorities = folder.path().join("authorities.pem");
    fs::write(&authorities, trusted).unwrap();
    let port = server.address.port();
    let mut program = program(folder.path());
    program
        .env("SSL_CERT_FILE", &authorities)
        .env(
            "VT_MAIL_URL",
            format!("{scheme}://user:canary@localhost:{port}"),
        )
        .args(["--mail-from", "vt-web@example.org"]);
    let log = folder.path().join("log");
    program
        .env("RUST_LOG", "trace")
        .stderr(File::create(&log).unwrap());
    let running = Running::start(program);
    let mut sessions = server.sessions().await;
    drop(running);
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.contains("the mail server localhost"));
    assert!(!log.contains("canary"));
    sessions.remove(0)
}

/// The program at work; killed when it is dropped.
struct Running(Child);

impl Running {
    /// Starts it, and uploads a hash.
    fn start(mut program: Command) -> Self {
        let program = program.stdout(Stdio::piped());
        let mut running = Self(program.spawn().unwrap());
        let mut line = String::new();
        let stdout = running.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let (_, address) = line.trim().split_once("http://").unwrap();
        upload(address);
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn upload(address: &str) {
    let head = "\r\nContent-Disposition: form-data; name=";
    let hash = vt_sim::sample(10).sha256;
    let body = format!(
        "--b{head}\"text\"\r\n\r\n{hash}\r\n--b{head}\"email\"\r\n\r\nann@example.com\r\n--b--\r\n"
    );
    let length = body.len();
    let request = format!(
        "POST /reports HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
}
