//! Criterion benchmarks of the workspace: `cargo bench -p vt-benches`.
