//! What is behind an error of reqwest's, which has one type for everything.

use std::{error::Error, io, iter, sync::Arc};

use super::TransportError;

pub(super) fn explain(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    let reason = root(&error);
    if error.is_connect() && error.is_timeout() {
        TransportError::ConnectTimeout
    } else if error.is_connect() && is_of_proxy(&error) {
        TransportError::Proxy { reason }
    } else if error.is_connect() && is_of_tls(&error) {
        TransportError::Tls { reason }
    } else if error.is_connect() {
        TransportError::Connect { reason }
    } else if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_decode() {
        TransportError::Encoding
    } else if is_no_http(&error) {
        TransportError::NotHttp { reason }
    } else {
        TransportError::Interrupted { reason }
    }
}

/// The text of the innermost error: the outer ones repeat it or say nothing.
pub(super) fn root(error: &reqwest::Error) -> Arc<str> {
    let innermost = causes(error).last();
    innermost
        .map_or_else(|| error.to_string(), ToString::to_string)
        .into()
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let mut cause = error.source();
    iter::from_fn(move || {
        let this = cause?;
        cause = this.source();
        Some(this)
    })
}

/// Whether the proxy wants to know who asks. The type that says so is nobody's
/// to name: there is the text.
fn is_of_proxy(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.to_string().contains("proxy authorization"))
}

/// Whether the two ends disagree about certificates or versions, and not just
/// lost each other. rustls says the former with an error of its own, which
/// arrives as invalid data; a native library says it with an error that is no
/// I/O error at all.
fn is_of_tls(error: &reqwest::Error) -> bool {
    let mut io = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .peekable();
    match io.peek() {
        Some(_) => io.any(is_invalid_data),
        None => cfg!(feature = "native-tls"),
    }
}

/// An I/O error in another is no cause of it by Rust's reckoning.
fn is_invalid_data(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    error.kind() == io::ErrorKind::InvalidData || inner.is_some_and(is_invalid_data)
}

fn is_no_http(error: &reqwest::Error) -> bool {
    let mut hyper = causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    hyper.any(hyper::Error::is_parse)
}
