//! The simulator as its clients see it.

mod answers;
mod ask;
mod bodies;
mod connections;
mod faults;
mod files;
mod program;
mod quotas;
mod raw;
mod recorded;
mod socket;
mod statistics;
mod texts;
mod tls;
mod transport;
mod triggers;
mod wire;
