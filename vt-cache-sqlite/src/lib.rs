#![doc = include_str!("../README.md")]

mod backup;
mod body;
mod cache;
mod checksum;
mod codec;
mod connection;
mod error;
mod evict;
mod fork;
mod job;
mod ledger;
mod marker;
mod meta;
mod owner;
mod process;
mod purpose;
mod quarantine;
mod readers;
mod schema;
mod stats;
mod store;
mod time;
mod transfer;
mod writer;

pub use error::Error;
pub use purpose::other_host;
pub use stats::Stats;
pub use store::{SqliteOptions, SqliteStore};
pub use transfer::Imported;
