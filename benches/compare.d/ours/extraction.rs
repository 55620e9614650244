//! The hashes of a file.

use std::{
    fs::{self, File},
    io::{self, Read},
};

use serde_json::{Value, json};
use vt_core::{
    hash::Extractor,
    time::{Clock, SystemClock},
};

use crate::since;

/// What a program reads at a time.
const BLOCK: usize = 256 << 10;

/// What there was in a file.
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
    let Some(counts) = read(mode, threads, file) else {
        return json!({ "missing": format!("the library reads no file with {threads} threads") });
    };
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

/// The one place that knows which ways the library has: none if not this one.
///
/// There is no way to parsed values without the distinct set, so `parse` pays
/// for it.
fn read(mode: &str, threads: u64, file: &str) -> Option<Counts> {
    match (mode, threads) {
        ("parse" | "distinct", 1) => Some(in_blocks(file).expect("a file that can be read")),
        ("parse" | "distinct", _) => None,
        (other, _) => panic!("no mode is called {other}"),
    }
}

fn in_blocks(file: &str) -> io::Result<Counts> {
    let mut file = File::open(file)?;
    let mut extractor = Extractor::new();
    let mut block = vec![0; BLOCK];
    loop {
        let length = file.read(&mut block)?;
        if length == 0 {
            break;
        }
        extractor.push(&block[..length]);
    }
    let extraction = extractor.finish();
    let mut counts = Counts {
        hashes: 0,
        distinct: Some(extraction.hashes().len() as u64),
    };
    for found in extraction.found() {
        counts.hashes += found.count;
    }
    Ok(counts)
}
