//! One binary for all tests that need several crates.
