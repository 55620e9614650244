//! Connections that do not come about.

use std::io::ErrorKind;
#[cfg(target_os = "linux")]
use std::time::Duration;

use http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use vt_sim::{BrokenConnection, Fault, NoConnection, Nowhere, Specimen, Trigger, sample};

use crate::{
    ask::{build, file, status, try_file},
    raw::{ask, hear, question, start, words},
};

fn clean() -> String {
    Specimen::Clean.sample().md5
}

#[tokio::test]
async fn a_connection_is_reset_before_or_after_a_request_that_nobody_reads() {
    for why in [
        NoConnection::Refused,
        NoConnection::NoSuchHost,
        NoConnection::Reset,
    ] {
        let (simulator, running) = start().await;
        simulator.script(Trigger::Next, Fault::NoConnection(why));
        let mut stream = TcpStream::connect(running.addr()).await.unwrap();
        // One that is reset at once may not even take the question.
        let _ = stream.write_all(&words(&clean(), true)).await;
        let error = stream.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{why:?}");
        assert_eq!(simulator.stats().requests, 0);
        let (head, _) = ask(&running, &clean()).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    }
}

#[tokio::test]
async fn a_silent_server_takes_the_connection_and_counts_nothing() {
    let (simulator, running) = start().await;
    let silent = Fault::NoConnection(NoConnection::TimedOut);
    simulator.script(Trigger::Next, silent);
    let stream = question(&running, &clean()).await;
    // It has met its fault when the next one is let in.
    ask(&running, &clean()).await;
    running.stop().await.unwrap();
    let heard = hear(stream).await;
    assert_eq!(heard, (Vec::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(simulator.stats().requests, 1);
}

#[tokio::test]
async fn without_tls_its_faults_close_the_connection() {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, Fault::NoConnection(NoConnection::Expired));
    let heard = hear(question(&running, &clean()).await).await;
    assert_eq!(heard, (Vec::new(), None));
    assert_eq!(simulator.stats().requests, 0);
}

#[tokio::test]
async fn a_fault_of_connections_leaves_requests_on_an_open_one_alone() {
    let (simulator, running) = start().await;
    let mut stream = TcpStream::connect(running.addr()).await.unwrap();
    stream.write_all(&words(&clean(), false)).await.unwrap();
    crate::raw::read_head(&mut stream).await;
    simulator.script(Trigger::Every, Fault::NoConnection(NoConnection::Refused));
    stream.write_all(&words(&clean(), true)).await.unwrap();
    let (_, error) = hear(stream).await;
    assert_eq!((error, simulator.stats().requests), (None, 2));
}

#[tokio::test]
async fn for_one_file_the_request_is_read_and_not_charged() {
    let (simulator, running) = start().await;
    let refused = Fault::NoConnection(NoConnection::Refused);
    simulator.script(Trigger::File(sample(3).sha1), refused);
    let (bytes, error) = hear(question(&running, &sample(3).md5).await).await;
    assert_eq!(
        (bytes, error),
        (Vec::new(), Some(ErrorKind::ConnectionReset))
    );
    assert!(simulator.arrivals()[0].free);
    let (head, _) = ask(&running, &clean()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test(start_paused = true)]
async fn in_the_process_no_connection_is_an_error_and_no_arrival() {
    let simulator = build(|b| b.per_minute(1));
    for why in NoConnection::ALL {
        simulator.script(Trigger::Next, Fault::NoConnection(why));
        let start = simulator.now();
        let broken = try_file(&simulator, &clean()).await;
        assert!(
            matches!(broken, Err(BrokenConnection::NotMade(is)) if is == why),
            "{broken:?}"
        );
        let took = (simulator.now() - start).to_std().unwrap();
        assert_eq!(
            took == NoConnection::CONNECT_TIMEOUT,
            why == NoConnection::TimedOut
        );
    }
    assert_eq!(simulator.stats().requests, 0);
    assert_eq!(status(&simulator, &clean()).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn what_answers_on_the_way_uses_no_quota() {
    let simulator = build(|b| b.per_minute(1));
    simulator.script(Trigger::Next, Fault::captive_portal());
    simulator.script(Trigger::Next, Fault::bad_gateway_page());
    let portal = file(&simulator, &clean()).await;
    assert_eq!(portal.headers()["content-type"], "text/html; charset=UTF-8");
    assert!(simulator.arrivals()[0].free);
    assert_eq!(status(&simulator, &clean()).await, StatusCode::BAD_GATEWAY);
    assert!(!simulator.arrivals()[1].free);
    assert_eq!(
        status(&simulator, &clean()).await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn nowhere_refuses() {
    let nowhere = Nowhere::refusing().unwrap();
    for _ in 0..3 {
        let error = TcpStream::connect(nowhere.addr()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(nowhere.url(), format!("http://{}", nowhere.addr()));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nowhere_does_not_even_refuse() {
    let nowhere = Nowhere::silent().await.unwrap();
    let connect = TcpStream::connect(nowhere.addr());
    let outcome = tokio::time::timeout(Duration::from_millis(300), connect).await;
    assert!(outcome.is_err(), "{outcome:?}");
}
