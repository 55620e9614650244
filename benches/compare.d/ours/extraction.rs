//! The hashes of a file.

use std::{
    fs::{self, File},
    hint::black_box,
    io,
    num::NonZeroUsize,
};

use serde_json::{Value, json};
use vt_core::{
    hash::{extract_file, visit_file},
    time::{Clock, SystemClock},
};

use crate::since;

/// What there was in a file.
#[derive(Default)]
struct Counts {
    /// Every time that a hash stands there.
    hashes: u64,
    /// Unless nobody asked which are the same.
    distinct: Option<u64>,
}

/// Reads a file in one of two ways: `parse` ends with every hash as a value,
/// `distinct` with each once, in the order of the text.
pub(crate) fn measure(mode: &str, threads: u64, file: &str) -> Value {
    let start = SystemClock.boot();
    let counts = read(mode, threads, file).expect("a file that can be read");
    let seconds = since(start);
    json!({
        "seconds": seconds,
        "answers": counts.hashes,
        "distinct": counts.distinct,
        "peak_kib": peak_kib(),
    })
}

/// The most memory that this process has had, where Linux tells. The system's
/// figure for a child has that of who started it in it.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The one place that knows which ways the library has.
fn read(mode: &str, threads: u64, file: &str) -> io::Result<Counts> {
    let threads = usize::try_from(threads).expect("not so many");
    let threads = NonZeroUsize::new(threads).expect("a thread at least");
    let file = File::open(file)?;
    let mut counts = Counts::default();
    match mode {
        "parse" => {
            visit_file(&file, threads, |found| {
                counts.hashes += black_box(found).len() as u64;
            })?;
        }
        "distinct" => {
            let extraction = extract_file(&file, threads)?;
            counts.distinct = Some(extraction.hashes().len() as u64);
            for found in extraction.found() {
                counts.hashes += found.count;
            }
        }
        other => panic!("no mode is called {other}"),
    }
    Ok(counts)
}
