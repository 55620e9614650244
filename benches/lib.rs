//! Benchmarks of the workspace: `cargo bench -p vt-benches`. Those of single
//! functions are criterion's; `store` prints what one large file allows for, and
//! `python` is the Rust side of `vt-py/benches/figures.py`.
