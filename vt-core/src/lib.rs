//! Find file hashes in any text and ask VirusTotal about them.

pub mod hash;
