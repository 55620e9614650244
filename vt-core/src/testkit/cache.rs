//! The contract of [`Cache`], rule by rule.
//!
//! Call [`cache_conformance!`](crate::cache_conformance) in a test module to
//! get one test per rule, or go through [`RULES`].
#![expect(clippy::missing_panics_doc, reason = "tests panic")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;

use crate::{
    cache::{Cache, CacheExt, Detail, Entry},
    hash::FileHash,
    report::{FileReport, Lookup},
};

/// Makes a test of every rule for the cache that an async expression gives.
///
/// ```
/// # fn main() {}
/// #[cfg(test)]
/// mod memory_cache {
///     vt_core::cache_conformance!(async { vt_core::cache::MemoryCache::new() });
/// }
/// ```
#[macro_export]
macro_rules! cache_conformance {
    (@each $made:ident $of:tt) => {
        $crate::cache_conformance! { @$made $of
            one_answer_per_hash_in_order,
            a_report_is_found_under_each_digest,
            not_found_says_nothing_about_other_digests,
            the_last_put_counts,
            what_comes_back_is_what_was_put,
            evict_removes_exactly_what_is_older,
            what_was_never_put_is_not_found,
            calls_may_run_at_the_same_time,
            a_summary_says_everything_but_the_body,
        }
    };
    (@tests ($cache:expr) $($rule:ident,)+) => {
        $(
            #[tokio::test]
            async fn $rule() {
                let cache = ::std::sync::Arc::new($cache.await);
                $crate::testkit::cache::$rule(cache).await;
            }
        )+
    };
    (@list () $($rule:ident,)+) => {
        &[$(Rule { name: stringify!($rule), run: |cache| Box::pin($rule(cache)) },)+]
    };
    ($cache:expr) => {
        $crate::cache_conformance! { @each tests ($cache) }
    };
}

/// Every rule, in the order of the contract: for tests that cannot use
/// [`cache_conformance!`](crate::cache_conformance), such as those of another
/// language.
///
/// ```
/// # use std::sync::Arc;
/// use vt_core::{cache::MemoryCache, testkit::cache::RULES};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// for rule in RULES {
///     println!("{}", rule.name);
///     rule.run(Arc::new(MemoryCache::new())).await;
/// }
/// # }
/// ```
pub const RULES: &[Rule] = cache_conformance!(@each list ());

/// A rule of the contract, by its name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Rule {
    /// What holds, as the name of a test.
    pub name: &'static str,
    run: fn(Arc<dyn Cache>) -> BoxFuture<'static, ()>,
}

impl Rule {
    /// Holds an empty cache to the rule.
    ///
    /// # Panics
    ///
    /// When the cache breaks it; and outside a tokio runtime.
    #[must_use]
    pub fn run(&self, cache: Arc<dyn Cache>) -> BoxFuture<'static, ()> {
        (self.run)(cache)
    }
}

/// The report of the `n`th made-up file, about `size` bytes long.
#[must_use]
pub fn report(n: u32, size: usize) -> Arc<FileReport> {
    let digest = |tag: u8| {
        let mut bytes = [tag; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        bytes
    };
    let [md5, sha1, sha256] = [digest(1), digest(2), digest(3)];
    let md5 = FileHash::md5(*md5.first_chunk().expect("16 of 32"));
    let sha1 = FileHash::sha1(*sha1.first_chunk().expect("20 of 32"));
    let sha256 = FileHash::sha256(sha256);
    let padding = " ".repeat(size);
    let json = format!(
        r#"{{"data": {{"attributes": {{"md5": "{md5}", "sha1": "{sha1}",
        "sha256": "{sha256}", "meaningful_name": "file {n} ⚠ \u0000", "size": {n}}}}}}}{padding}"#
    );
    FileReport::from_json(json).expect("a report").into()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000 + seconds)
}

fn found(n: u32, seconds: i64) -> Entry {
    Entry::found(report(n, 10), at(seconds))
}

async fn get(cache: &dyn Cache, hash: FileHash) -> Option<Entry> {
    cache
        .get_one(hash, Detail::Full)
        .await
        .expect("a working cache")
}

async fn put(cache: &dyn Cache, entries: &[Entry]) {
    cache.put(entries).await.expect("a working cache");
}

/// Rule 1.
pub async fn one_answer_per_hash_in_order(cache: Arc<dyn Cache>) {
    assert!(
        cache
            .get(&[], Detail::Full)
            .await
            .expect("a working cache")
            .is_empty()
    );
    put(&*cache, &[]).await;
    let entries: Vec<Entry> = (0..2_500).map(|n| found(n, 0)).collect();
    put(&*cache, &entries).await;
    let asked: Vec<u32> = (0..6_000).map(|n| n * 7_919 % 5_000).collect();
    let hashes: Vec<FileHash> = asked.iter().map(|n| report(*n, 0).sha1).collect();
    let answers = cache
        .get(&hashes, Detail::Full)
        .await
        .expect("a working cache");
    assert_eq!(answers.len(), hashes.len());
    for (n, answer) in asked.into_iter().zip(answers) {
        assert_eq!(answer, (n < 2_500).then(|| found(n, 0)), "file {n}");
    }
}

/// Rule 2.
pub async fn a_report_is_found_under_each_digest(cache: Arc<dyn Cache>) {
    put(&*cache, &[found(1, 0), found(2, 0)]).await;
    for n in [1, 2] {
        for hash in report(n, 0).hashes() {
            assert_eq!(get(&*cache, hash).await, Some(found(n, 0)), "{hash}");
        }
    }
}

/// Rule 3.
pub async fn not_found_says_nothing_about_other_digests(cache: Arc<dyn Cache>) {
    let file = report(1, 0);
    let unknown = Entry::not_found(file.md5, at(0));
    put(&*cache, std::slice::from_ref(&unknown)).await;
    assert_eq!(get(&*cache, file.md5).await, Some(unknown));
    assert_eq!(get(&*cache, file.sha1).await, None);
    assert_eq!(get(&*cache, file.sha256).await, None);
}

/// Rule 4.
pub async fn the_last_put_counts(cache: Arc<dyn Cache>) {
    let file = report(1, 0);
    put(&*cache, &[Entry::not_found(file.md5, at(0))]).await;
    put(&*cache, &[found(1, 10)]).await;
    for hash in file.hashes() {
        assert_eq!(get(&*cache, hash).await, Some(found(1, 10)));
    }
    put(&*cache, &[found(1, 5)]).await;
    assert_eq!(get(&*cache, file.sha256).await, Some(found(1, 5)));
    put(&*cache, &[Entry::not_found(file.md5, at(20))]).await;
    let answer = get(&*cache, file.md5).await.expect("an answer");
    assert_eq!(
        (answer.lookup(), answer.fetched_at()),
        (Lookup::NotFound, at(20))
    );
    assert_eq!(get(&*cache, file.sha256).await, Some(found(1, 5)));
    put(&*cache, &[found(2, 1), found(2, 3), found(2, 2)]).await;
    assert_eq!(get(&*cache, report(2, 0).md5).await, Some(found(2, 2)));
}

/// Rule 5.
pub async fn what_comes_back_is_what_was_put(cache: Arc<dyn Cache>) {
    let fetched_at = at(0) + TimeDelta::milliseconds(789);
    for (n, size) in [(1, 0), (2, 1), (3, 1_000_000)] {
        let report = report(n, size);
        put(&*cache, &[Entry::found(Arc::clone(&report), fetched_at)]).await;
        let answer = get(&*cache, report.md5).await.expect("an answer");
        assert_eq!(answer.fetched_at(), fetched_at);
        let Lookup::Found(back) = answer.lookup() else {
            panic!("found became not found");
        };
        assert_eq!(back.raw(), report.raw());
        assert_eq!(back, report);
    }
}

/// Rule 6.
pub async fn evict_removes_exactly_what_is_older(cache: Arc<dyn Cache>) {
    let unknown = |n: u8, seconds| Entry::not_found(FileHash::md5([n; 16]), at(seconds));
    put(
        &*cache,
        &[found(1, 0), found(2, 9), found(3, 10), found(4, 11)],
    )
    .await;
    put(&*cache, &[unknown(7, 9), unknown(8, 10)]).await;
    assert_eq!(cache.evict(at(10)).await.expect("a working cache"), 3);
    assert_eq!(cache.evict(at(10)).await.expect("a working cache"), 0);
    for (n, stays) in [(1, false), (2, false), (3, true), (4, true)] {
        for hash in report(n, 0).hashes() {
            assert_eq!(get(&*cache, hash).await.is_some(), stays, "file {n}");
        }
    }
    assert_eq!(get(&*cache, FileHash::md5([7; 16])).await, None);
    assert_eq!(
        get(&*cache, FileHash::md5([8; 16])).await,
        Some(unknown(8, 10))
    );
}

/// Rule 7.
pub async fn what_was_never_put_is_not_found(cache: Arc<dyn Cache>) {
    put(&*cache, &[found(1, 0)]).await;
    let file = report(1, 0);
    // Digests that share their first bytes with ones that are known.
    let mut near = *file
        .sha256
        .as_bytes()
        .first_chunk::<32>()
        .expect("32 bytes");
    near[31] ^= 1;
    let truncated = *near.first_chunk::<16>().expect("16 of 32");
    for hash in [
        FileHash::sha256(near),
        FileHash::md5(truncated),
        report(2, 0).sha1,
    ] {
        assert_eq!(get(&*cache, hash).await, None);
    }
}

/// Rule 8.
pub async fn calls_may_run_at_the_same_time(cache: Arc<dyn Cache>) {
    let mut calls = Vec::new();
    for worker in 0..8_u32 {
        let cache = Arc::clone(&cache);
        calls.push(tokio::spawn(async move {
            for round in 0..50_i64 {
                put(&*cache, &[found(worker, round), found(100, round)]).await;
                assert_eq!(
                    get(&*cache, report(worker, 0).md5).await,
                    Some(found(worker, round))
                );
                let shared = get(&*cache, report(100, 0).md5).await.expect("an answer");
                assert_eq!(shared.lookup(), Lookup::Found(report(100, 10)));
            }
        }));
    }
    for call in calls {
        call.await.expect("no panic");
    }
}

/// Rule 9.
pub async fn a_summary_says_everything_but_the_body(cache: Arc<dyn Cache>) {
    let full = analysed(1);
    put(&*cache, &[Entry::found(Arc::clone(&full), at(0))]).await;
    let hash = full.sha1;
    let answer = cache
        .get_one(hash, Detail::Summary)
        .await
        .expect("a working cache");
    let answer = answer.expect("an answer");
    assert_eq!(answer.fetched_at(), at(0));
    let Lookup::Found(summary) = answer.lookup() else {
        panic!("found became not found");
    };
    assert_eq!(summary.without_raw(), full.without_raw());
    let answer = get(&*cache, hash).await.expect("an answer");
    assert!(answer.has(Detail::Full));
}

/// A report of the `n`th made-up file that says something of everything that
/// can be said.
#[must_use]
pub fn analysed(n: u32) -> Arc<FileReport> {
    let bare = report(n, 0);
    let [md5, sha1, sha256] = bare.hashes();
    let json = format!(
        r#"{{"data": {{"attributes": {{"md5": "{md5}", "sha1": "{sha1}", "sha256": "{sha256}",
        "last_analysis_stats": {{"malicious": 2, "suspicious": 1, "undetected": 70000,
            "harmless": 3, "timeout": 4, "confirmed-timeout": 5, "failure": 6,
            "type-unsupported": 7}},
        "last_analysis_results": {{
            "Fortinet": {{"category": "malicious", "engine_name": "Fortinet", "result": "W32/Bad!tr"}},
            "Lionic": {{"category": "suspicious", "engine_name": "AegisLab", "result": null}},
            "Änderung 引擎": {{"category": "brand-new", "result": "\u0000\u202e=1+1"}},
            "A": {{"category": "undetected"}}, "B": {{"category": "harmless"}},
            "C": {{"category": "timeout"}}, "D": {{"category": "confirmed-timeout"}},
            "E": {{"category": "failure"}}, "F": {{"category": "type-unsupported"}}}},
        "last_analysis_date": 1700000000, "first_submission_date": -1,
        "last_submission_date": 4102444800, "meaningful_name": "an \"invoice\" \ud83d\udcc4.exe",
        "names": ["a", "", "b\n"], "tags": ["peexe"], "type_description": "Win32 EXE",
        "type_tag": "peexe", "size": 18446744073709551615, "reputation": -9223372036854775808,
        "popular_threat_classification": {{"suggested_threat_label": "trojan.bad/worse"}},
        "times_submitted": 3}}}}}}"#
    );
    FileReport::from_json(json).expect("a report").into()
}
