//! Find file hashes in any text and ask VirusTotal about them.

pub mod cache;
pub mod client;
pub mod hash;
pub mod quota;
pub mod report;
pub mod scan;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
