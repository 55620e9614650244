#![doc = include_str!("../README.md")]

pub mod cache;
pub mod client;
pub mod hash;
pub mod job;
pub mod quota;
pub mod report;
pub mod scan;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
