//! Benchmarks of the workspace: `cargo bench -p vt-benches`. Those of single
//! functions are criterion's; `store` prints what one large file allows for.
