//! How much of a report each scan gets out of the cache.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::{StreamExt, future::join_all};
use vt_core::{
    cache::{Cache, CacheError, Detail, Entry, MemoryCache},
    hash::FileHash,
    report::{FileReport, Lookup},
    scan::{Answer, Outcome, ScanOptions, Source},
};

use crate::lab::{Lab, collect, file, files};

/// A cache that leaves bodies out where nobody wants them, and notes who does.
#[derive(Clone, Debug, Default)]
struct Frugal {
    inner: MemoryCache,
    asked: Arc<Mutex<Vec<Detail>>>,
}

impl Frugal {
    /// What it was asked for since it was last asked this.
    fn asked(&self) -> Vec<Detail> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl fmt::Display for Frugal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("frugal")
    }
}

#[async_trait]
impl Cache for Frugal {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        self.asked.lock().unwrap().push(detail);
        let mut entries = self.inner.get(hashes, detail).await?;
        if detail == Detail::Summary {
            for entry in entries.iter_mut().flatten() {
                *entry = without_body(entry);
            }
        }
        Ok(entries)
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        self.inner.put(entries).await
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        self.inner.evict(fetched_before).await
    }
}

fn without_body(entry: &Entry) -> Entry {
    match entry.lookup() {
        Lookup::Found(report) => Entry::found(report.without_raw().into(), entry.fetched_at()),
        Lookup::NotFound => entry.clone(),
    }
}

/// What another program on the same cache was told of a file.
fn entry(n: u64, lab: &Lab) -> Entry {
    let [md5, sha1, sha256] = file(n);
    let report = FileReport::new(md5, sha1, sha256).to_json();
    Entry::found(FileReport::from_json(report).unwrap().into(), lab.now())
}

fn wants(detail: Detail) -> ScanOptions {
    ScanOptions::new().detail(detail)
}

fn answer(outcome: &Outcome) -> &Answer {
    outcome.result.as_ref().unwrap()
}

fn has_body(answer: &Answer) -> bool {
    answer.lookup.report().unwrap().raw().is_some()
}

/// What comes of one scan after the other, all of them in line before
/// `meanwhile` is in the cache.
async fn in_line<const N: usize>(
    lab: &Lab,
    cache: &Frugal,
    scans: [(FileHash, Detail); N],
    meanwhile: Entry,
) -> Vec<Answer> {
    let scanner = lab.builder().cache(cache.clone()).build();
    // The minute is spent, so that the others have to stand in line.
    collect(scanner.scan(files(10..14))).await;
    let mut scans = scans.map(|(hash, detail)| scanner.scan_with([hash], wants(detail)));
    for scan in &mut scans {
        assert!(futures::poll!(scan.next()).is_pending());
    }
    cache.put(&[meanwhile]).await.unwrap();
    let outcomes = join_all(scans.map(collect)).await;
    outcomes.iter().map(|one| answer(&one[0]).clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_scan_without_bodies_reads_none_though_its_scanner_would() {
    let lab = Lab::unlimited();
    let cache = Frugal::default();
    let scanner = lab.builder().cache(cache.clone()).build();
    collect(scanner.scan(files(0..50))).await;
    assert!(cache.asked().iter().all(|asked| *asked == Detail::Full));
    // Some more than are known: they are looked for again before they are sent.
    let outcomes = collect(scanner.scan_with(files(0..53), wants(Detail::Summary))).await;
    assert_eq!(cache.asked(), [Detail::Summary; 4]);
    for answer in outcomes.iter().map(answer) {
        assert_eq!(has_body(answer), answer.source == Source::VirusTotal);
    }
    assert_eq!(lab.requests(), 53);
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_wants_bodies_gets_them_though_its_scanner_wants_none() {
    let lab = Lab::unlimited();
    let cache = Frugal::default();
    let builder = lab.builder().cache(cache.clone());
    let scanner = builder.detail(Detail::Summary).build();
    collect(scanner.scan(files(0..50))).await;
    for (options, has) in [
        (wants(Detail::Full), true),
        (ScanOptions::new(), false),
        (wants(Detail::Summary), false),
    ] {
        let outcomes = collect(scanner.scan_with(files(0..50), options)).await;
        assert!(outcomes.iter().all(|one| has_body(answer(one)) == has));
    }
    assert_eq!(lab.requests(), 50);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_its_body_is_none_for_whoever_wants_that() {
    let lab = Lab::unlimited();
    let cache = Frugal::default();
    cache.put(&[without_body(&entry(1, &lab))]).await.unwrap();
    let scanner = lab.builder().cache(cache).build();
    let [hash, ..] = file(1);
    let mut sources = Vec::new();
    for detail in [Detail::Summary, Detail::Full, Detail::Full] {
        let outcomes = collect(scanner.scan_with([hash], wants(detail))).await;
        let answer = answer(&outcomes[0]);
        assert_eq!(has_body(answer), detail == Detail::Full);
        sources.push(answer.source);
    }
    assert_eq!(sources, [Source::Cache, Source::VirusTotal, Source::Cache]);
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_scans_that_want_more_and_less_of_a_file_cost_one_request() {
    for order in [
        [Detail::Summary, Detail::Full],
        [Detail::Full, Detail::Summary],
    ] {
        for (has, requests, source) in [(true, 4, Source::Cache), (false, 5, Source::VirusTotal)] {
            let lab = Lab::new();
            let [hash, ..] = file(1);
            let entry = entry(1, &lab);
            let meanwhile = if has { entry } else { without_body(&entry) };
            let scans = order.map(|detail| (hash, detail));
            let answers = in_line(&lab, &Frugal::default(), scans, meanwhile).await;
            assert!(answers.iter().all(has_body), "{order:?}");
            assert_eq!(answers[0].source, source, "{order:?}");
            assert_eq!(lab.requests(), requests, "{order:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_says_enough_for_one_digest_may_not_for_another() {
    for full_comes_first in [false, true] {
        let lab = Lab::new();
        let [md5, _, sha256] = file(1);
        let mut scans = [(md5, Detail::Summary), (sha256, Detail::Full)];
        if full_comes_first {
            scans.reverse();
        }
        let meanwhile = without_body(&entry(1, &lab));
        let answers = in_line(&lab, &Frugal::default(), scans, meanwhile).await;
        let full = &answers[usize::from(!full_comes_first)];
        assert_eq!((full.source, has_body(full)), (Source::VirusTotal, true));
        let summary = &answers[usize::from(full_comes_first)];
        let from = if full_comes_first {
            Source::Joined
        } else {
            Source::Cache
        };
        assert_eq!(summary.source, from);
        assert_eq!(lab.requests(), 5);
    }
}
