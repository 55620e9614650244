//! The simulator where a client expects the network.

use std::{future, io::Read};

use async_trait::async_trait;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{
    HeaderMap, Request, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH},
};
use vt_core::client::{Transport, TransportError};

use crate::{
    fault::NoConnection,
    simulator::{BrokenConnection, MOST_IN_MEMORY, Simulator},
};

/// What hyper takes of a head, and with it every client that is built on it: so many lines, and so many bytes.
const MOST_HEADERS: usize = 100;
const LONGEST_HEAD: usize = 400 << 10;

#[async_trait]
impl Transport for Simulator {
    async fn send(&self, request: Request<()>) -> Result<Response<Bytes>, TransportError> {
        let (head, body) = match self.respond(request.map(|()| Bytes::new())).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                check_head(&head.headers)?;
                let body = framed(body, &head.headers).await;
                let body = decoded(body, &head.headers);
                (head, body)
            }
            Err(BrokenConnection::Truncated { response }) => {
                let (head, _) = response.into_parts();
                check_head(&head.headers)?;
                (head, Err(TransportError::Encoding))
            }
            Err(broken) => return Err(explain(&broken)),
        };
        match body {
            Ok(body) => Ok(Response::from_parts(head, body)),
            Err(error) if head.status == StatusCode::OK => Err(error),
            // What a real transport does: the status of a refusal is enough.
            Err(_) => Ok(Response::from_parts(head, Bytes::new())),
        }
    }
}

fn check_head(headers: &HeaderMap) -> Result<(), TransportError> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if headers.len() > MOST_HEADERS || bytes > LONGEST_HEAD {
        return Err(TransportError::NotHttp {
            reason: "the head is larger than the client accepts".into(),
        });
    }
    Ok(())
}

/// Believes the length in the head: what is more is not read, and what is less is waited for.
async fn framed(body: Bytes, headers: &HeaderMap) -> Bytes {
    let promised = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match promised {
        Some(length) if length > body.len() => future::pending().await,
        Some(length) => body.slice(..length),
        None => body,
    }
}

fn decoded(body: Bytes, headers: &HeaderMap) -> Result<Bytes, TransportError> {
    let is_gzip = headers
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding == "gzip");
    if !is_gzip || body.is_empty() {
        return Ok(body);
    }
    let mut plain = Vec::new();
    GzDecoder::new(&body[..])
        .take(MOST_IN_MEMORY + 1)
        .read_to_end(&mut plain)
        .map_err(|_| TransportError::Encoding)?;
    if plain.len() as u64 > MOST_IN_MEMORY {
        return Err(TransportError::TooLarge);
    }
    Ok(plain.into())
}

fn explain(broken: &BrokenConnection) -> TransportError {
    match broken {
        BrokenConnection::NotMade(NoConnection::TimedOut) => TransportError::ConnectTimeout,
        // These are met on a connection that is there.
        BrokenConnection::NotMade(
            why @ (NoConnection::Reset | NoConnection::GoAway | NoConnection::RefusedStream),
        ) => interrupted(why.reason()),
        BrokenConnection::NotMade(
            why
            @ (NoConnection::NoSuchHost | NoConnection::Refused | NoConnection::HandshakeClosed),
        ) => TransportError::Connect {
            reason: why.reason().into(),
        },
        BrokenConnection::NotMade(why) => TransportError::Tls {
            reason: why.reason().into(),
        },
        BrokenConnection::Reset => interrupted("connection reset by peer"),
        BrokenConnection::Closed => interrupted("connection closed before the answer"),
        BrokenConnection::Garbage { .. } => TransportError::NotHttp {
            reason: "the answer is no HTTP".into(),
        },
        BrokenConnection::TooLarge { .. } => TransportError::TooLarge,
        BrokenConnection::Truncated { .. } => TransportError::Encoding,
    }
}

fn interrupted(reason: &str) -> TransportError {
    TransportError::Interrupted {
        reason: reason.into(),
    }
}
