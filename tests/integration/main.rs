//! One binary for all tests that need several crates.
//!
//! Most run on tokio's paused clock, through the simulator in the process:
//! months pass in milliseconds.

mod backends;
mod fixtures;
mod lab;
mod pace;
mod scan;
mod sharing;
mod trouble;
