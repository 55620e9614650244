//! What a client makes of a fault, without a socket.

use std::future;

use bytes::Bytes;
use http::Response;
use tokio::time::sleep;

use crate::{
    delivery::{End, Instead, Outgoing},
    fault::{NoConnection, Part},
};

/// The longest body that is put together in memory; clients give up long before.
pub(crate) const MOST_IN_MEMORY: u64 = 64 << 20;

/// The connection broke before the answer was whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenConnection {
    /// There never was one.
    #[error("no connection: {}; the script says so", .0.reason())]
    NotMade(NoConnection),
    /// Nothing came back.
    #[error("connection reset before a status came; the script says so")]
    Reset,
    /// Nothing came back, and the connection was closed in good order.
    #[error("connection closed before a status came; the script says so")]
    Closed,
    /// What came back is no HTTP.
    #[error("{} bytes that are no answer came; the script says so", bytes.len())]
    Garbage {
        /// What came.
        bytes: Bytes,
    },
    /// The body ended early.
    #[error("body truncated after {} bytes; the script says so", response.body().len())]
    Truncated {
        /// What did come: the head, whose `Content-Length` promises more, and the first part of the body.
        response: Box<Response<Bytes>>,
    },
    /// The body is too long to be put together in memory; ask on a socket for it.
    #[error("body of {bytes} bytes is sent on sockets only; ask for less in the process")]
    TooLarge {
        /// How long it is.
        bytes: u64,
    },
}

/// Fails to connect as a client does.
pub(super) async fn fail_to_connect(why: NoConnection) -> BrokenConnection {
    if why == NoConnection::TimedOut {
        sleep(NoConnection::CONNECT_TIMEOUT).await;
    }
    BrokenConnection::NotMade(why)
}

/// Receives an answer as a client does.
pub(super) async fn receive(outgoing: Outgoing) -> Result<Response<Bytes>, BrokenConnection> {
    match &outgoing.delivery.instead {
        Some(Instead::Stall) => return future::pending().await,
        Some(Instead::Reset) => return Err(BrokenConnection::Reset),
        Some(Instead::Hangup) => return Err(BrokenConnection::Closed),
        Some(Instead::Raw(bytes)) => {
            let bytes = bytes.clone();
            return Err(BrokenConnection::Garbage { bytes });
        }
        None => {}
    }
    if let Some(pace) = outgoing.delivery.pace {
        let bytes = match pace.part {
            Part::Head => outgoing.head().len() as u64,
            Part::Body => outgoing.reaches(),
        };
        sleep(pace.time(bytes)).await;
    }
    let reaches = outgoing.reaches();
    let (head, mut content) = outgoing.response.into_parts();
    content.truncate(reaches);
    let bytes = content.len();
    let body = content
        .collect(MOST_IN_MEMORY)
        .ok_or(BrokenConnection::TooLarge { bytes })?;
    let response = Response::from_parts(head, body);
    match outgoing.delivery.end {
        None => Ok(response),
        Some((End::Stall, _)) => future::pending().await,
        Some((End::Cut | End::Reset, _)) => {
            let response = Box::new(response);
            Err(BrokenConnection::Truncated { response })
        }
    }
}
