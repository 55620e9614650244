//! Hosts that are not to hear the key: where a redirect leads, and whoever
//! cannot prove who he is.

use std::time::Duration;

use http::StatusCode;
use vt_core::client::{Error, ProtocolError, TimeoutPhase};
use vt_sim::{Authority, Bystander, Fault, NoConnection, Simulator, Trigger};

use crate::{
    lab::file,
    network::{client, simulator},
    secrecy::assert_secret,
    wiretap::{NO_REQUEST, Wiretap, encrypted},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_host_gets_nothing_by_any_redirect() {
    let elsewhere = Bystander::bind().await.unwrap();
    let location = format!("{}/api/v3/files/{}", elsewhere.url(), file(1)[0]);
    let server = simulator(|simulator| simulator).await;
    let client = client(server.url()).build().unwrap();
    let statuses = [301, 302, 303, 307, 308];
    for status in statuses {
        let redirect = Fault::redirect(StatusCode::from_u16(status).unwrap(), &location);
        server.simulator().script(Trigger::Next, redirect);
        let error = client.file(&file(1)[0]).await.unwrap_err();
        let expected = ProtocolError::Redirect(status);
        assert!(
            matches!(&error, Error::Protocol(is) if *is == expected),
            "{error}"
        );
    }
    assert_eq!(server.simulator().requests(), statuses.len() as u64);
    assert_eq!(elsewhere.heard(), Vec::<Vec<u8>>::new());
}

/// What a client without reason to trust says to such a server.
async fn said_to(fault: Option<NoConnection>, limit: Duration) -> (Error, Vec<Vec<u8>>) {
    let simulator = Simulator::builder().build().unwrap();
    let authority = Authority::new().unwrap();
    let server = simulator.bind_tls("127.0.0.1:0".parse().unwrap(), &authority);
    let server = server.await.unwrap();
    if let Some(fault) = fault {
        simulator.script(Trigger::Every, Fault::NoConnection(fault));
    }
    let wire = Wiretap::before(server.addr()).await;
    let client = client(format!("https://{}", wire.address()))
        .connect_timeout(limit)
        .build()
        .unwrap();
    let error = client.file(&file(1)[0]).await.unwrap_err();
    assert_eq!(simulator.requests(), 0, "{fault:?}");
    assert!(!error.was_sent(), "{fault:?}: {error}");
    (error, wire.said())
}

/// That nothing was said but hello and goodbye.
fn assert_no_request(said: &[Vec<u8>]) {
    let [said] = said else {
        panic!("{} connections", said.len());
    };
    assert!(!said.is_empty(), "it said hello");
    assert!(encrypted(said) < NO_REQUEST, "{} bytes", encrypted(said));
    assert_secret(&String::from_utf8_lossy(said));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_good_certificate_gets_no_byte_of_the_key() {
    use NoConnection::*;

    let flaws = [
        Expired,
        NotYetValid,
        SelfSigned,
        WrongHost,
        UntrustedAuthority,
    ];
    let good = None;
    for flaw in flaws.map(Some).into_iter().chain([good]) {
        let (error, said) = said_to(flaw, Duration::from_secs(10)).await;
        assert!(matches!(error, Error::Connect { .. }), "{flaw:?}: {error}");
        assert_no_request(&said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_comes_to_nothing_shows_no_byte_of_the_key() {
    for fault in [NoConnection::OldVersion, NoConnection::HandshakeClosed] {
        let (error, said) = said_to(Some(fault), Duration::from_secs(10)).await;
        assert!(matches!(error, Error::Connect { .. }), "{fault:?}: {error}");
        assert_no_request(&said);
    }
    let stalled = Some(NoConnection::TimedOut);
    let (error, said) = said_to(stalled, Duration::from_millis(300)).await;
    let phase = TimeoutPhase::Connect;
    assert!(
        matches!(error, Error::Timeout { phase: is, .. } if is == phase),
        "{error}"
    );
    assert_no_request(&said);
}
