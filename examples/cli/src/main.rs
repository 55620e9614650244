//! `vt-batch`.
fn main() {}
