//! A report in short as bytes, few enough to read a million of them a second.
//!
//! Numbers are in groups of seven bits, the lowest first; those that may be
//! negative count 0, -1, 1, -2. A text stands after its length, a list after
//! how many there are, and what may be missing after 0 or 1.

use chrono::{DateTime, Utc};
use vt_core::{
    hash::FileHash,
    report::{Category, CompactString, EngineResult, Engines, FileReport, Stats},
};

/// The number of an engine that is among the others.
const OTHER: u8 = u8::MAX;
const HAS_RESULT: u8 = 0x80;
/// Lengths from here on are not the same in memory.
const LONG: u8 = 0x7f;

/// The summary of a report as bytes.
pub(crate) fn encode(report: &FileReport) -> Vec<u8> {
    let (codes, results, others) = report.engines.as_parts();
    let engines = codes.len() + results.len() + others.len();
    let mut out = Writer(Vec::with_capacity(512 + engines));
    for hash in report.hashes() {
        out.0.extend_from_slice(hash.as_bytes());
    }
    for count in counts(&report.stats) {
        out.number(count.into());
    }
    out.engines(&report.engines);
    for time in [
        report.scan_date,
        report.first_submission,
        report.last_submission,
    ] {
        out.optional(time, |out, time: DateTime<Utc>| {
            out.signed(time.timestamp())
        });
    }
    for text in [
        &report.meaningful_name,
        &report.type_description,
        &report.type_tag,
        &report.threat_label,
    ] {
        out.optional(text.as_deref(), Writer::text);
    }
    for texts in [&report.names, &report.tags] {
        out.number(texts.len() as u64);
        texts.iter().for_each(|text| out.text(text));
    }
    out.optional(report.size, Writer::number);
    out.optional(report.reputation, Writer::signed);
    out.optional(report.times_submitted, Writer::number);
    out.0
}

/// The report in a summary, if the bytes are one.
pub(crate) fn decode(bytes: &[u8]) -> Option<FileReport> {
    let mut rest = Reader(bytes);
    let [md5, sha1] = [FileHash::md5(rest.array()?), FileHash::sha1(rest.array()?)];
    let mut report = FileReport::new(md5, sha1, FileHash::sha256(rest.array()?));
    report.stats = rest.stats()?;
    report.engines = rest.engines()?;
    report.scan_date = rest.time()?;
    report.first_submission = rest.time()?;
    report.last_submission = rest.time()?;
    report.meaningful_name = rest.owned()?;
    report.type_description = rest.owned()?;
    report.type_tag = rest.owned()?;
    report.threat_label = rest.owned()?;
    report.names = rest.list()?;
    report.tags = rest.list()?;
    report.size = rest.optional(Reader::number)?;
    report.reputation = rest.optional(Reader::signed)?;
    report.times_submitted = rest.optional(Reader::number)?;
    rest.0.is_empty().then_some(report)
}

const fn counts(stats: &Stats) -> [u32; 8] {
    [
        stats.malicious,
        stats.suspicious,
        stats.undetected,
        stats.harmless,
        stats.timeout,
        stats.confirmed_timeout,
        stats.failure,
        stats.type_unsupported,
    ]
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(value.is_some().into());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Two bytes for each engine: its number, and its category with a bit for
    /// "has a result". Then the results of those that have one, and the engines
    /// that do not fit into two bytes, all in their order.
    fn engines(&mut self, engines: &Engines) {
        let (codes, results, others) = engines.as_parts();
        self.number(codes.len() as u64);
        self.0.extend_from_slice(codes);
        let pairs = codes.as_chunks::<2>().0;
        let count = |is_one: fn(&&[u8; 2]) -> bool| pairs.iter().filter(is_one).count() as u64;
        let are_short = |texts: &str| !texts.as_bytes().contains(&LONG);
        let said = || engines.iter().zip(pairs);
        self.number(count(|[number, flags]| {
            *number != OTHER && flags & HAS_RESULT != 0
        }));
        if are_short(results) {
            self.0.extend_from_slice(results.as_bytes());
        } else {
            let usual = said().filter(|(_, code)| code[0] != OTHER);
            let results = usual.filter_map(|(engine, _)| engine.result);
            results.for_each(|result| self.text(result));
        }
        self.number(count(|[number, _]| *number == OTHER));
        if are_short(others) {
            self.0.extend_from_slice(others.as_bytes());
        } else {
            let others = said().filter(|(_, code)| code[0] == OTHER);
            others.for_each(|(engine, _)| self.other(&engine));
        }
    }

    fn other(&mut self, engine: &EngineResult<'_>) {
        self.text(engine.key);
        self.optional(engine.name, Self::text);
        self.text(engine.category.as_str());
        self.optional(engine.result, Self::text);
    }
}

/// What is still to be read.
#[derive(Clone)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << shift;
            number |= (shifted >> shift == bits).then_some(shifted)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn length(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        str::from_utf8(self.bytes(length)?).ok()
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    fn owned(&mut self) -> Option<Option<CompactString>> {
        self.optional(|rest| rest.text().map(CompactString::new))
    }

    fn list(&mut self) -> Option<Vec<CompactString>> {
        let count = self.length()?;
        // Each takes a byte at least: damage makes no list that is longer.
        let mut list = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            list.push(CompactString::new(self.text()?));
        }
        Some(list)
    }

    fn time(&mut self) -> Option<Option<DateTime<Utc>>> {
        let seconds = self.optional(Self::signed)?;
        Some(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
    }

    fn stats(&mut self) -> Option<Stats> {
        let mut counts = [0_u32; 8];
        for count in &mut counts {
            *count = self.number()?.try_into().ok()?;
        }
        let mut stats = Stats::default();
        [
            stats.malicious,
            stats.suspicious,
            stats.undetected,
            stats.harmless,
            stats.timeout,
            stats.confirmed_timeout,
            stats.failure,
            stats.type_unsupported,
        ] = counts;
        Some(stats)
    }

    fn engines(&mut self) -> Option<Engines> {
        let length = self.length()?;
        let codes = self.bytes(length)?;
        // Almost always they are written as they are in memory.
        let mut rest = self.clone();
        if let Some(engines) = rest.plain_engines(codes) {
            *self = rest;
            return Some(engines);
        }
        self.any_engines(codes)
    }

    fn plain_engines(&mut self, codes: &[u8]) -> Option<Engines> {
        let count = self.length()?;
        let results = self.short(count, |rest| rest.short_text())?;
        let count = self.length()?;
        let others = self.short(count, |rest| {
            rest.short_text()?;
            rest.optional(Self::short_text)?;
            rest.short_text()?;
            rest.optional(Self::short_text).map(drop)
        })?;
        Engines::from_parts(codes, results, others)
    }

    /// So many of what `pass` goes over, as one text.
    fn short(&mut self, count: usize, pass: impl Fn(&mut Self) -> Option<()>) -> Option<&'a str> {
        let mut rest = self.clone();
        for _ in 0..count {
            pass(&mut rest)?;
        }
        let bytes = self.bytes(self.0.len() - rest.0.len())?;
        str::from_utf8(bytes).ok()
    }

    fn short_text(&mut self) -> Option<()> {
        let length = self.byte().filter(|length| *length < LONG)?;
        self.bytes(length.into()).map(drop)
    }

    /// Engines with long texts, and others that are known by now.
    fn any_engines(&mut self, codes: &[u8]) -> Option<Engines> {
        let mut results = self.length()?;
        let mut rest = self.clone();
        for _ in 0..results {
            self.text()?;
        }
        let mut others = self.length()?;
        let mut engines = Engines::new();
        let (codes, []) = codes.as_chunks() else {
            return None;
        };
        for [number, category] in codes {
            if *number == OTHER {
                others = others.checked_sub(1)?;
                engines.push(self.other()?);
                continue;
            }
            let known = Engines::from_parts(&[*number, category & !HAS_RESULT], "", "")?;
            let mut engine = known.iter().next()?;
            if category & HAS_RESULT != 0 {
                results = results.checked_sub(1)?;
                engine.result = Some(rest.text()?);
            }
            engines.push(engine);
        }
        (others == 0 && results == 0).then_some(engines)
    }

    fn other(&mut self) -> Option<EngineResult<'a>> {
        let key = self.text()?;
        let name = self.optional(Self::text)?;
        let mut engine = EngineResult::new(key, Category::from(self.text()?));
        engine.name = name;
        engine.result = self.optional(Self::text)?;
        Some(engine)
    }
}

// Its path in full: `fuzz/properties` takes this file in.
#[cfg(test)]
#[path = "codec/tests.rs"]
mod tests;
