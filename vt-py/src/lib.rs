//! `vt-core` for Python. What a Rust program could want as well is in the other
//! crates; here is how it looks from Python.
//!
//! What is offered is documented in `python/vt_core/_native.pyi`.
#![allow(missing_docs, reason = "documented for Python, in the stub")]

mod cache;
mod caching;
mod error;
mod extraction;
mod file_report;
mod hash;
mod memory;
mod outcome;
mod process;
mod progress;
mod quota;
mod report;
mod row;
mod runtime;
mod scan;
mod scanner;
mod settings;
mod source;
mod sqlite;
mod testing;
mod time;
mod value;

/// The native part of the package `vt_core`.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::{
        cache::Entry,
        extraction::{Extraction, extract_hashes},
        file_report::FileReport,
        hash::FileHash,
        memory::MemoryCache,
        outcome::Outcome,
        report::Report,
        runtime::end,
        scan::Scan,
        scanner::Scanner,
        source::is_text,
        sqlite::SqliteStore,
        testing::{Simulator, cache_rules, check_cache, panic, panic_async},
    };

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn begin(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::error::import(module.py());
        Ok(())
    }
}
