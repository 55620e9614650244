//! A body, a piece at a time and not too slowly.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, BodyDataStream, Bytes};
use futures::Stream;
use vt_core::time::{BootTime, Clock};

/// How long any upload may take, and how much more it has to bring in each
/// second after that.
const GRACE: Duration = Duration::from_secs(60);
const BYTES_A_SECOND: u64 = 8 << 10;

/// The parser of forms gathers all that is ready before it looks at any of it.
/// Of a fast sender that is everything, so this gives one piece and then says
/// once that there is nothing yet.
#[derive(Debug)]
struct Piecewise {
    pieces: BodyDataStream,
    has_given: bool,
    bytes: u64,
    begun: BootTime,
    clock: Arc<dyn Clock>,
}

/// Somebody takes their time, and with it a seat from others.
#[derive(Debug, thiserror::Error)]
#[error("the upload is too slow")]
struct TooSlow;

/// The same body, which is never ready twice in a row, and breaks off when it
/// is too slow.
pub(crate) fn piecewise(clock: &Arc<dyn Clock>, body: Body) -> Body {
    Body::from_stream(Piecewise {
        pieces: body.into_data_stream(),
        has_given: false,
        bytes: 0,
        begun: clock.boot(),
        clock: Arc::clone(clock),
    })
}

impl Piecewise {
    fn is_too_slow(&self) -> bool {
        let allowed = GRACE + Duration::from_secs(self.bytes / BYTES_A_SECOND);
        self.clock.boot().saturating_since(self.begun) > allowed
    }
}

impl Stream for Piecewise {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.pieces).poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.bytes += piece.len() as u64;
            if self.is_too_slow() {
                return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
            }
        }
        self.has_given = polled.is_ready();
        polled
    }
}
