//! Whether a question left this machine: over real sockets, in real time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::{FutureExt, future::BoxFuture};
use tokio::{io::AsyncReadExt, net::TcpListener};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, pki_types::PrivatePkcs8KeyDer},
};
use vt_core::{
    client::{ConnectStage, Error, Proxy, TimeoutPhase},
    quota::MemoryLedger,
    scan::Scanner,
    time::{BootTime, Clock},
};

use crate::{
    lab::file,
    network::{asked, client, simulator},
    raw::{Act, Raw, reply},
};

/// A clock that sleeps at once, so that retries cost a test no time.
#[derive(Debug, Default)]
pub(crate) struct Hurried(AtomicU64);

impl Clock for Hurried {
    fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn boot(&self) -> BootTime {
        BootTime::from_start(Duration::from_millis(self.0.load(Ordering::Relaxed)))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let millis = u64::try_from(duration.as_millis()).unwrap() + 1;
        self.0.fetch_add(millis, Ordering::Relaxed);
        tokio::task::yield_now().boxed()
    }
}

/// What the day is charged for a question that fails three times.
async fn charged(url: String) -> u32 {
    let clock: Arc<dyn Clock> = Arc::new(Hurried::default());
    let scanner = Scanner::builder(client(url).build().unwrap())
        .ledger(MemoryLedger::with_clock(Arc::clone(&clock)))
        .clock(clock)
        .build();
    scanner.lookup(file(1)[0]).await.unwrap_err();
    assert_eq!(scanner.requests(), 3);
    scanner.usage().await.unwrap().day
}

/// An address that nothing listens at.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_nothing_was_sent_and_the_day_is_not_charged() {
    let url = format!("http://{}", nowhere().await);
    let error = client(&url)
        .build()
        .unwrap()
        .file(&file(1)[0])
        .await
        .unwrap_err();
    let stage = ConnectStage::Network;
    assert!(
        matches!(error, Error::Connect { stage: is, .. } if is == stage),
        "{error:?}"
    );
    assert!(!error.was_sent());
    assert_eq!(charged(url).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_before_the_reply_is_charged() {
    let (result, server) = asked([Act::Last(Vec::new())]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    assert!(error.was_sent());
    assert_eq!(server.requests().len(), 1, "sent once");
    assert_eq!(charged(server.url()).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_one_s_own_is_refused_before_a_byte_is_sent() {
    let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let secret = PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], secret.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut heard = Vec::new();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            let _ = stream.read_to_end(&mut heard).await;
        }
        heard
    });
    let error = client(url)
        .build()
        .unwrap()
        .file(&file(1)[0])
        .await
        .unwrap_err();
    let stage = ConnectStage::Tls;
    assert!(
        matches!(error, Error::Connect { stage: is, .. } if is == stage),
        "{error:?}"
    );
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(server.await.unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_stands_still_is_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let client = client(url)
        .connect_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let error = client.file(&file(1)[0]).await.unwrap_err();
    let phase = TimeoutPhase::Connect;
    assert!(
        matches!(error, Error::Timeout { phase: is, .. } if is == phase),
        "{error:?}"
    );
    assert!(!error.was_sent());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_sees_neither_the_key_nor_what_stays_on_this_machine() {
    let proxy = Raw::new([Act::Last(reply("407 Who", &[], b""))]).await;
    let through = |url: &str| {
        let proxy = Proxy::Url(proxy.url().parse().unwrap());
        client(url).proxy(proxy).build().unwrap()
    };
    let error = through("https://vt.example")
        .file(&file(1)[0])
        .await
        .unwrap_err();
    let stage = ConnectStage::Proxy;
    assert!(
        matches!(error, Error::Connect { stage: is, .. } if is == stage) && !error.was_sent(),
        "{error:?}"
    );
    let [request] = <[String; 1]>::try_from(proxy.requests()).unwrap();
    assert!(request.starts_with("CONNECT vt.example:443 "), "{request}");
    assert!(!request.contains("canary"), "{request}");

    let server = simulator(|simulator| simulator).await;
    through(&server.url()).file(&file(1)[0]).await.unwrap();
    assert_eq!(proxy.connections(), 1);
}
