//! The simulator where a client expects the network.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use vt_core::client::{Transport, TransportError};

use crate::simulator::{BrokenConnection, Simulator};

#[async_trait]
impl Transport for Simulator {
    async fn send(&self, request: Request<()>) -> Result<Response<Bytes>, TransportError> {
        let broken = match self.respond(request.map(|()| Bytes::new())).await {
            Ok(response) => return Ok(response),
            Err(broken) => broken,
        };
        match broken {
            // What a real transport does: the status of a refusal is enough.
            BrokenConnection::Truncated { response } if response.status() != StatusCode::OK => {
                Ok((*response).map(|_| Bytes::new()))
            }
            BrokenConnection::Truncated { .. } => Err(TransportError::Encoding),
            BrokenConnection::Reset => Err(TransportError::Interrupted {
                reason: "connection reset by peer".into(),
            }),
        }
    }
}
