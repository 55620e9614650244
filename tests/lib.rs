//! Tests that need several crates of the workspace at once: see `integration/`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
