//! Errors as Python's exceptions, which `python/vt_core/_errors.py` defines.

use std::{any::Any, io, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use pyo3::{exceptions::PyOSError, prelude::*};
use vt_core::{cache::CacheError as Cache, client, hash::ParseHashError, quota, report, scan};

mod python {
    use pyo3::{import_exception, prelude::*, type_object::PyTypeInfo};

    macro_rules! exceptions {
        ($($name:ident)*) => {
            $(import_exception!(vt_core._errors, $name);)*

            /// Imports them all: when the interpreter ends nothing can be imported
            /// any more, and calls still fail.
            pub(crate) fn import(py: Python<'_>) {
                $($name::type_object(py);)*
            }
        };
    }

    exceptions! {
        ApiKeyError
        AuthError
        CacheError
        ClosedError
        ConfigError
        ConnectError
        ForbiddenError
        ForkError
        InternalError
        InterruptedConnectionError
        InvalidHashError
        InvalidReportError
        LedgerError
        OfflineError
        PendingError
        ProtocolError
        QuotaError
        RequestError
        RequestTimeoutError
        StoppedError
        StoreError
        UnavailableError
        UpstreamError
        VtError
    }
}

pub(crate) use python::import;

/// What an exception says besides its text: becomes its attributes.
#[derive(Clone, Debug, Default, IntoPyObject)]
struct Details {
    is_retryable: bool,
    retry_at: Option<DateTime<Utc>>,
    retry_after: Option<Duration>,
    code: Option<String>,
    status: Option<u16>,
    host: Option<String>,
}

pub(crate) fn scan(error: &scan::Error) -> PyErr {
    let text = error.to_string();
    let details = Details {
        is_retryable: error.is_retryable(),
        retry_at: error.retry_at(),
        retry_after: error.retry_after(),
        ..Details::default()
    };
    match error {
        scan::Error::Client(error) => client(error, text, details),
        scan::Error::Ledger(_) => python::LedgerError::new_err((text, details)),
        scan::Error::Pending { .. } => python::PendingError::new_err((text, details)),
        scan::Error::Unavailable { .. } => python::UnavailableError::new_err((text, details)),
        scan::Error::Offline => python::OfflineError::new_err((text, details)),
        scan::Error::Cancelled => python::StoppedError::new_err((text, details)),
        scan::Error::Internal(_) => python::InternalError::new_err((text, details)),
        _ => python::VtError::new_err((text, details)),
    }
}

fn client(error: &client::Error, text: String, mut details: Details) -> PyErr {
    use client::Error;

    match error {
        Error::Auth { code } | Error::Forbidden { code } | Error::Quota { code, .. } => {
            details.code = Some(code.to_string());
        }
        Error::Upstream { status, code, .. } => {
            details.status = Some(*status);
            details.code = code.as_deref().map(str::to_owned);
        }
        Error::Connect { host, .. }
        | Error::Interrupted { host, .. }
        | Error::Timeout { host, .. } => details.host = Some(host.to_string()),
        _ => {}
    }
    let arguments = (text, details);
    match error {
        Error::Auth { .. } => python::AuthError::new_err(arguments),
        Error::Forbidden { .. } => python::ForbiddenError::new_err(arguments),
        Error::Quota { .. } => python::QuotaError::new_err(arguments),
        Error::Upstream { .. } => python::UpstreamError::new_err(arguments),
        Error::Protocol(_) => python::ProtocolError::new_err(arguments),
        Error::Connect { .. } => python::ConnectError::new_err(arguments),
        Error::Interrupted { .. } => python::InterruptedConnectionError::new_err(arguments),
        Error::Timeout { .. } => python::RequestTimeoutError::new_err(arguments),
        _ => python::RequestError::new_err(arguments),
    }
}

pub(crate) fn ledger(error: &quota::LedgerError) -> PyErr {
    let details = Details {
        is_retryable: true,
        ..Details::default()
    };
    python::LedgerError::new_err((error.to_string(), details))
}

pub(crate) fn cache(error: &Cache) -> PyErr {
    python::CacheError::new_err(error.to_string())
}

pub(crate) fn store(error: &vt_cache_sqlite::Error) -> PyErr {
    match error {
        vt_cache_sqlite::Error::Forked => python::ForkError::new_err(error.to_string()),
        _ => python::StoreError::new_err(error.to_string()),
    }
}

pub(crate) fn key(error: client::ApiKeyError) -> PyErr {
    python::ApiKeyError::new_err(error.to_string())
}

pub(crate) fn build(error: &client::BuildError) -> PyErr {
    python::ConfigError::new_err(error.to_string())
}

pub(crate) fn config(text: impl Into<String>) -> PyErr {
    python::ConfigError::new_err(text.into())
}

pub(crate) fn hash(error: ParseHashError) -> PyErr {
    python::InvalidHashError::new_err(error.to_string())
}

pub(crate) fn digest(length: usize) -> PyErr {
    python::InvalidHashError::new_err(format!(
        "{length} bytes, but MD5 has 16, SHA-1 has 20 and SHA-256 has 32"
    ))
}

pub(crate) fn report(error: &report::ReportError) -> PyErr {
    python::InvalidReportError::new_err(error.to_string())
}

pub(crate) fn closed(why: &str) -> PyErr {
    python::ClosedError::new_err(why.to_owned())
}

pub(crate) fn ending() -> PyErr {
    closed("the interpreter is ending")
}

pub(crate) fn forked() -> PyErr {
    python::ForkError::new_err(
        "this object was made before this process was forked off, and works in the \
         other one only: make a new one here, or start processes with `spawn`",
    )
}

pub(crate) fn panicked(panic: &(dyn Any + Send)) -> PyErr {
    let text = panic_text(panic);
    python::InternalError::new_err(format!("internal error: {text}; please report it"))
}

/// What was said at a panic.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic")
}

/// What the operating system says of a file, with its name.
pub(crate) fn file(error: &io::Error, path: &Path) -> PyErr {
    let Some(number) = error.raw_os_error() else {
        let text = format!("{}: {error}", path.display());
        return io::Error::new(error.kind(), text).into();
    };
    let text = error.to_string();
    // Python shows the number itself.
    let text = text
        .split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned();
    PyOSError::new_err((number, text, path.as_os_str().to_owned()))
}
