//! What must hold for any input: a function for each fuzz target.
//!
//! Each takes any bytes and panics where a property does not hold. `fuzz/` calls
//! them with whatever a fuzzer thinks of, `tests/replay.rs` with the corpora.

mod codec_rows;
mod documents;
mod extract;
mod reply;
mod report_json;
mod settings;

// Private code, which a public door for tests would not become.
#[path = "../../../examples/cli/src/args.rs"]
mod args;
#[path = "../../../vt-cache-sqlite/src/body.rs"]
mod body;
#[path = "../../../vt-cache-sqlite/src/codec.rs"]
mod codec;
#[path = "../../../vt-core/tests/extract/oracle.rs"]
#[expect(clippy::unwrap_used, reason = "it belongs to a test")]
mod oracle;

pub use codec_rows::codec;
pub use documents::{csv::csv, html::html, json::json, table::table};
pub use extract::extract;
pub use reply::{error_json, retry_after};
pub use report_json::report_json;
pub use settings::config;
