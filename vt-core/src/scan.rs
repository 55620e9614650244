//! Many hashes, one answer each, at the price of one request per file.

mod outcome;

pub use outcome::{Answer, Error, Outcome, Source};
