//! One binary for all tests that need several crates.
//!
//! Most run on tokio's paused clock, through the simulator in the process:
//! months pass in milliseconds.

mod allowances;
mod backends;
mod bodies;
mod connections;
mod detail;
mod fairness;
mod faults;
mod fixtures;
mod full_disk;
mod jobs;
mod keeping;
mod lab;
mod network;
mod outages;
mod own_process;
mod pace;
mod peer_bugs;
mod raw;
mod recovery;
mod scan;
mod secrecy;
mod sharing;
mod strangers;
mod trouble;
mod wiretap;
