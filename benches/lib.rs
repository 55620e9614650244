//! Benchmarks of the workspace: `cargo bench -p vt-benches`. Those of single
//! functions are criterion's; `store` prints what one large file allows for,
//! `python` is the Rust side of `vt-py/benches/figures.py`, and `compare` that of
//! `benches/compare`, which holds us against others and writes `docs/performance.md`.
