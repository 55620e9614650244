//! Find file hashes in any text and ask VirusTotal about them.

pub mod client;
pub mod hash;
pub mod quota;
pub mod report;
pub mod scan;
pub mod time;
