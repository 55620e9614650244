//! One request to VirusTotal, one answer.

mod error;

pub use error::{Error, ProtocolError, TimeoutPhase};
