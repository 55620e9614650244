//! For the tests of whoever implements a trait of this crate: conformance
//! suites, and a clock that tests hold in their hand.
//!
//! The suites are not a stable interface: they grow with the contracts.

pub mod cache;
mod clock;
pub mod job;
pub mod ledger;

pub use clock::VirtualClock;
