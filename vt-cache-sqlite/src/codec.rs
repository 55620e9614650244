//! A report as bytes: the summary small enough to read a million of them a
//! second, the body compressed.

use std::borrow::Cow;

use bytes::Bytes;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use vt_core::{
    hash::FileHash,
    report::{Category, EngineResult, FileReport, Stats},
};

use crate::engines;

/// The level that costs about as little as writing the result.
const LEVEL: i32 = 3;
/// A body is at most so large when it is unpacked; what claims to be larger is
/// damaged.
const LARGEST_BODY: usize = 64 << 20;

/// What a summary holds. Fields are only ever added, in a new format.
#[derive(Serialize, Deserialize)]
struct Summary<'a> {
    md5: [u8; 16],
    sha1: [u8; 20],
    sha256: [u8; 32],
    stats: [u32; 8],
    /// Two bytes for each engine: its number, and its category with a bit for
    /// "has a result".
    #[serde(borrow)]
    engines: Cow<'a, [u8]>,
    /// The results of those that have one, in their order.
    #[serde(borrow)]
    results: Vec<Cow<'a, str>>,
    /// Engines that do not fit into two bytes, in their order.
    #[serde(borrow)]
    others: Vec<Other<'a>>,
    scan_date: Option<i64>,
    first_submission: Option<i64>,
    last_submission: Option<i64>,
    #[serde(borrow)]
    texts: [Option<Cow<'a, str>>; 4],
    #[serde(borrow)]
    names: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    tags: Vec<Cow<'a, str>>,
    size: Option<u64>,
    reputation: Option<i64>,
    times_submitted: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Other<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow)]
    result: Option<Cow<'a, str>>,
}

/// The number of an engine that is among the others.
const OTHER: u8 = u8::MAX;
const HAS_RESULT: u8 = 0x80;

/// The summary of a report as bytes.
pub(crate) fn encode(report: &FileReport) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(&Summary::of(report))
}

/// The report in a summary, if the bytes are one.
pub(crate) fn decode(bytes: &[u8]) -> Option<FileReport> {
    let (summary, rest) = postcard::take_from_bytes::<Summary<'_>>(bytes).ok()?;
    rest.is_empty().then(|| summary.into_report())?
}

/// A body as it is kept.
pub(crate) fn pack(body: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::compress(body, LEVEL)
}

/// A body as it came, if the bytes are one.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Bytes> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok()??;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= LARGEST_BODY)?;
    let body = zstd::bulk::decompress(bytes, size).ok()?;
    Some(Bytes::from(body))
}

impl<'a> Summary<'a> {
    fn of(report: &'a FileReport) -> Self {
        let stats = &report.stats;
        let borrow = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        let all = |texts: &'a [String]| texts.iter().map(|text| Cow::Borrowed(&**text)).collect();
        let seconds = |time: Option<DateTime<chrono::Utc>>| time.map(|time| time.timestamp());
        let mut summary = Self {
            md5: digest(&report.md5),
            sha1: digest(&report.sha1),
            sha256: digest(&report.sha256),
            stats: [
                stats.malicious,
                stats.suspicious,
                stats.undetected,
                stats.harmless,
                stats.timeout,
                stats.confirmed_timeout,
                stats.failure,
                stats.type_unsupported,
            ],
            engines: Cow::Owned(Vec::with_capacity(report.engines.len() * 2)),
            results: Vec::new(),
            others: Vec::new(),
            scan_date: seconds(report.scan_date),
            first_submission: seconds(report.first_submission),
            last_submission: seconds(report.last_submission),
            texts: [
                borrow(&report.meaningful_name),
                borrow(&report.type_description),
                borrow(&report.type_tag),
                borrow(&report.threat_label),
            ],
            names: all(&report.names),
            tags: all(&report.tags),
            size: report.size,
            reputation: report.reputation,
            times_submitted: report.times_submitted,
        };
        report
            .engines
            .iter()
            .for_each(|engine| summary.push(engine));
        summary
    }

    fn push(&mut self, engine: &'a EngineResult) {
        let category = Category::KNOWN
            .iter()
            .position(|known| *known == engine.category);
        let category = category.and_then(|at| u8::try_from(at).ok());
        let number = engines::number(&engine.key).filter(|_| engine.name.is_none());
        let codes = self.engines.to_mut();
        let (Some(number), Some(category)) = (number, category) else {
            codes.extend([OTHER, 0]);
            self.others.push(Other {
                key: Cow::Borrowed(&engine.key),
                name: engine.name.as_deref().map(Cow::Borrowed),
                category: Cow::Borrowed(engine.category.as_str()),
                result: engine.result.as_deref().map(Cow::Borrowed),
            });
            return;
        };
        let flag = if engine.result.is_some() {
            HAS_RESULT
        } else {
            0
        };
        codes.extend([number, category | flag]);
        self.results
            .extend(engine.result.as_deref().map(Cow::Borrowed));
    }

    fn into_report(self) -> Option<FileReport> {
        let [md5, sha1] = [FileHash::md5(self.md5), FileHash::sha1(self.sha1)];
        let mut report = FileReport::new(md5, sha1, FileHash::sha256(self.sha256));
        report.stats = stats(self.stats);
        report.engines = decode_engines(&self.engines, self.results, self.others)?;
        let time = |seconds: Option<i64>| seconds.and_then(|it| DateTime::from_timestamp(it, 0));
        report.scan_date = time(self.scan_date);
        report.first_submission = time(self.first_submission);
        report.last_submission = time(self.last_submission);
        let [name, description, tag, label] = self.texts.map(|text| text.map(Cow::into_owned));
        report.meaningful_name = name;
        report.type_description = description;
        report.type_tag = tag;
        report.threat_label = label;
        report.names = self.names.into_iter().map(Cow::into_owned).collect();
        report.tags = self.tags.into_iter().map(Cow::into_owned).collect();
        report.size = self.size;
        report.reputation = self.reputation;
        report.times_submitted = self.times_submitted;
        Some(report)
    }
}

fn decode_engines(
    codes: &[u8],
    results: Vec<Cow<'_, str>>,
    others: Vec<Other<'_>>,
) -> Option<Vec<EngineResult>> {
    let mut results = results.into_iter();
    let mut others = others.into_iter();
    let decode = |code: &[u8; 2]| {
        let [number, category] = *code;
        if number == OTHER {
            return others.next().map(other);
        }
        let known = Category::KNOWN.get(usize::from(category & !HAS_RESULT))?;
        let mut engine = EngineResult::new(engines::name(number)?, known.clone());
        if category & HAS_RESULT != 0 {
            engine.result = Some(results.next()?.into());
        }
        Some(engine)
    };
    let (codes, []) = codes.as_chunks::<2>() else {
        return None;
    };
    codes.iter().map(decode).collect()
}

fn other(other: Other<'_>) -> EngineResult {
    let mut engine = EngineResult::new(other.key, Category::from(&*other.category));
    engine.name = other.name.map(Into::into);
    engine.result = other.result.map(Into::into);
    engine
}

fn stats(counts: [u32; 8]) -> Stats {
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
    stats
}

/// The bytes of a digest of this length.
fn digest<const N: usize>(hash: &FileHash) -> [u8; N] {
    // A report's digests are of their kind: it cannot be made otherwise.
    hash.as_bytes().first_chunk().copied().unwrap_or([0; N])
}
