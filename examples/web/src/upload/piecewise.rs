//! A body, a piece at a time.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, BodyDataStream, Bytes};
use futures::Stream;

/// The parser of forms gathers all that is ready before it looks at any of it.
/// Of a fast sender that is everything, so this gives one piece and then says
/// once that there is nothing yet.
#[derive(Debug)]
struct Piecewise {
    pieces: BodyDataStream,
    has_given: bool,
}

/// The same body, which is never ready twice in a row.
pub(super) fn piecewise(body: Body) -> Body {
    Body::from_stream(Piecewise {
        pieces: body.into_data_stream(),
        has_given: false,
    })
}

impl Stream for Piecewise {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.pieces).poll_next(context);
        self.has_given = polled.is_ready();
        polled
    }
}
