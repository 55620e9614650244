//! One connection: hyper serves it, until a request meets a fault.

use std::{convert::Infallible, future};

use http::{Request, Response, Version, header::CONNECTION, request::Parts};
use http_body_util::Full;
use hyper::{
    body::{Body as _, Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::AsyncWriteExt,
    sync::{mpsc, watch},
};

use super::{
    line::{Line, reset, say_nothing, stopped},
    wire::{Ending, play},
};
use crate::{
    delivery::Outgoing,
    simulator::{Exchange, Simulator},
};

/// What hyper cannot send, and its connection is taken from it for.
enum HandedOver {
    Faulty {
        outgoing: Box<Outgoing>,
        /// Whether another request may follow on this connection.
        goes_on: bool,
    },
    /// The server stops before the answer was there.
    Stopped,
}

/// Serves a connection until it ends.
pub(super) async fn attend<L: Line + 'static>(
    simulator: Simulator,
    mut line: L,
    closed: watch::Receiver<bool>,
) {
    loop {
        let Some((free_line, handed_over)) = serve_truths(&simulator, line, &closed).await else {
            return;
        };
        line = free_line;
        let HandedOver::Faulty { outgoing, goes_on } = handed_over else {
            return reset(line);
        };
        let mut stop = closed.clone();
        let ending = tokio::select! {
            ending = play(&mut line, &outgoing) => ending,
            () = stopped(&mut stop) => Ending::Reset,
        };
        match ending {
            Ending::GoOn if goes_on => {}
            Ending::GoOn | Ending::Close => {
                // A client that has gone away has seen the end already.
                let _ = line.shutdown().await;
                return;
            }
            Ending::Reset => return reset(line),
            Ending::Silence => return say_nothing(line, closed).await,
        }
    }
}

/// Answers requests until one cannot be answered in good order, or the connection ends.
async fn serve_truths<L: Line + 'static>(
    simulator: &Simulator,
    line: L,
    closed: &watch::Receiver<bool>,
) -> Option<(L, HandedOver)> {
    let (hand_over, mut handed_over) = mpsc::channel(1);
    let service = service_fn(|request: Request<Incoming>| {
        let (hand_over, mut stop) = (hand_over.clone(), closed.clone());
        async move {
            let (head, body) = request.into_parts();
            let exchange = tokio::select! {
                exchange = simulator.exchange(&head) => exchange,
                () = stopped(&mut stop) => {
                    return give_away(&hand_over, HandedOver::Stopped).await;
                }
            };
            match exchange {
                Exchange::Truth(response) => Ok(response.map(Full::new)),
                Exchange::Faulty(outgoing) => {
                    let goes_on = may_go_on(&head) && body.is_end_stream();
                    let outgoing = Box::new(outgoing);
                    give_away(&hand_over, HandedOver::Faulty { outgoing, goes_on }).await
                }
            }
        }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(line), service);
    let mut stop = closed.clone();
    let mut is_stopping = false;
    let mut handed_over = loop {
        tokio::select! {
            biased;
            Some(handed_over) = handed_over.recv() => break handed_over,
            // How it ended is the client's business.
            _ = &mut connection => return None,
            () = stopped(&mut stop), if !is_stopping => {
                is_stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    if let HandedOver::Faulty { goes_on, .. } = &mut handed_over {
        // Another request that has come already would be lost.
        *goes_on &= parts.read_buf.is_empty();
    }
    Some((parts.io.into_inner(), handed_over))
}

/// Hands the connection over, and waits for hyper to be dropped.
async fn give_away(
    hand_over: &mpsc::Sender<HandedOver>,
    what: HandedOver,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // The other end waits for it as long as hyper lives.
    let _ = hand_over.send(what).await;
    future::pending().await
}

fn may_go_on(head: &Parts) -> bool {
    let says_close = head
        .headers
        .get_all(CONNECTION)
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
    head.version == Version::HTTP_11 && !says_close
}
