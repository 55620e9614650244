//! How the programs are set up: options that both have, settings from a file,
//! the API key, and the database.

pub mod connection;
mod database;
mod failure;
pub mod key;
pub mod settings;

pub use connection::ConnectionArgs;
pub use database::{Database, DatabaseArgs, Owner, notice};
pub use failure::Failure;
pub use settings::configured;
