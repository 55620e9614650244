//! TLS, right and wrong.

use std::{io::ErrorKind, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use vt_sim::{Authority, Fault, NoConnection, Running, Simulator, Specimen, Trigger};

use crate::{
    ask::build,
    raw::{hear, words},
};

struct Server {
    simulator: Simulator,
    running: Running,
    authority: Authority,
}

impl Server {
    async fn start() -> Self {
        let simulator = build(|b| b);
        let authority = Authority::new().unwrap();
        let addr = "127.0.0.1:0".parse().unwrap();
        let running = simulator.bind_tls(addr, &authority).await.unwrap();
        Self {
            simulator,
            running,
            authority,
        }
    }

    /// Connects as a client that trusts the authority and speaks one protocol.
    async fn connect(&self, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(self.authority.der().to_vec()))
            .unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let stream = TcpStream::connect(self.running.addr()).await?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_gets_the_truth_and_faults() {
    let server = Server::start().await;
    assert!(server.running.url().starts_with("https://127.0.0.1:"));
    let pem = server.authority.pem();
    let from_pem = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    assert_eq!(&from_pem[..], server.authority.der());
    let hash = Specimen::Clean.sample().md5;
    for after in [None, Some(1000)] {
        if let Some(after) = after {
            server
                .simulator
                .script(Trigger::Next, Fault::CutBody { after });
        }
        let mut stream = server.connect("http/1.1").await.unwrap();
        stream.write_all(&words(&hash, true)).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n"));
        let report = server.simulator.report(&hash).unwrap();
        let sent = after.unwrap_or(report.len());
        assert!(bytes.ends_with(&report[..sent]));
    }
    assert_eq!(server.simulator.stats().requests, 2);
}

#[tokio::test]
async fn a_bad_handshake_is_refused_for_its_own_reason_and_nothing_arrives() {
    let server = Server::start().await;
    for (why, reason) in [
        (NoConnection::Expired, "Expired"),
        (NoConnection::NotYetValid, "NotValidYet"),
        (NoConnection::SelfSigned, "UnknownIssuer"),
        (NoConnection::WrongHost, "NotValidForName"),
        (NoConnection::UntrustedAuthority, "UnknownIssuer"),
        (NoConnection::OldVersion, "ServerDoesNotSupportTls12Or13"),
        (NoConnection::HandshakeClosed, "UnexpectedEof"),
        (NoConnection::Refused, ""),
        (NoConnection::Reset, "ConnectionReset"),
    ] {
        server
            .simulator
            .script(Trigger::Next, Fault::NoConnection(why));
        let error = server.connect("http/1.1").await.unwrap_err();
        let shown = format!("{error:?} {:?}", error.kind());
        assert!(shown.contains(reason), "{why:?}: {shown}");
    }
    assert_eq!(server.simulator.stats().requests, 0);
    server.connect("http/1.1").await.unwrap();
}

#[tokio::test]
async fn a_handshake_stands_still_until_the_server_stops() {
    let server = Server::start().await;
    let silent = Fault::NoConnection(NoConnection::TimedOut);
    server.simulator.script(Trigger::Next, silent);
    let mut stream = TcpStream::connect(server.running.addr()).await.unwrap();
    stream.write_all(b"\x16\x03\x01").await.unwrap();
    // It has met its fault when the next one is let in.
    server.connect("http/1.1").await.unwrap();
    server.running.stop().await.unwrap();
    let (bytes, error) = hear(stream).await;
    assert_eq!(bytes, b"");
    assert_eq!(error, Some(ErrorKind::ConnectionReset));
    assert_eq!(server.simulator.stats().requests, 0);
}

#[tokio::test]
async fn http2_turns_a_request_away_unread() {
    for (why, kind) in [(NoConnection::GoAway, 7), (NoConnection::RefusedStream, 3)] {
        let server = Server::start().await;
        server
            .simulator
            .script(Trigger::Next, Fault::NoConnection(why));
        let mut stream = server.connect("h2").await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .unwrap();
        // Settings, and headers that nobody looks into.
        stream
            .write_all(b"\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\x05\0\0\0\x01\x82")
            .await
            .unwrap();
        let mut kinds = Vec::new();
        for _ in 0..3 {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.unwrap();
            let mut rest = vec![0; usize::from(head[2])];
            stream.read_exact(&mut rest).await.unwrap();
            kinds.push(head[3]);
        }
        assert_eq!(kinds, [4, 4, kind]);
        assert_eq!(server.simulator.stats().requests, 0);
    }
}
