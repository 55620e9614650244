//! Answers to import, a line each, made as they are read.

use std::{
    io::{BufRead, Read},
    ops::Range,
};

use vt_core::report::{Engines, FileReport};
use vt_sim::{FIRST_ORDINARY, Simulator, sample};

/// Of all three digests together.
const DIGITS: usize = 32 + 40 + 64;

/// One report again and again, each time with digests of its own.
pub(crate) struct Lines {
    line: Vec<u8>,
    /// Where in the line each digest stands, and which of the digits it has.
    places: Vec<(usize, Range<usize>)>,
    random: fastrand::Rng,
    left: u64,
    /// How much of the line is read.
    at: usize,
}

impl Lines {
    /// So many answers, in full or with little more than their digests.
    pub(crate) fn new(count: u64, is_short: bool) -> Self {
        let simulator = Simulator::builder().unknown(0.0).build();
        let simulator = simulator.expect("settings that work");
        let sample = sample(FIRST_ORDINARY);
        let mut body = simulator.report(&sample.sha256).expect("a known sample");
        if is_short {
            let mut report = FileReport::from_json(body).expect("a report");
            report.engines = Engines::new();
            body = report.to_json();
        }
        let body = serde_json::to_string(str::from_utf8(&body).expect("a text"));
        let body = body.expect("a JSON string");
        let line = format!("{{\"fetched_at\":\"2026-01-01T00:00:00Z\",\"body\":{body}}}\n");
        let digests = [
            (sample.md5, 0..32),
            (sample.sha1, 32..72),
            (sample.sha256, 72..DIGITS),
        ];
        let places = digests
            .iter()
            .flat_map(|(digest, digits)| {
                let found = line.match_indices(digest.as_str());
                found.map(|(at, _)| (at, digits.clone()))
            })
            .collect();
        let mut lines = Self {
            at: 0,
            line: line.into_bytes(),
            places,
            random: fastrand::Rng::with_seed(1),
            left: count,
        };
        lines.rename();
        lines
    }

    /// Gives the report the digests of a file that nobody has seen.
    fn rename(&mut self) {
        let mut digits = [0; DIGITS];
        digits.fill_with(|| b"0123456789abcdef"[self.random.usize(0..16)]);
        for (at, of) in &self.places {
            self.line[*at..at + of.len()].copy_from_slice(&digits[of.clone()]);
        }
    }
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Lines {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        Ok(&self.line[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        if self.at == self.line.len() {
            self.at = 0;
            self.left -= 1;
            self.rename();
        }
    }
}
