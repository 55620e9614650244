//! Caches, ledgers and transports that break their contracts.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use vt_core::{
    cache::{Cache, CacheError, Detail, Entry, Freshness, MemoryCache},
    client::{self, Client, transport_fn},
    hash::FileHash,
    quota::{
        Attempt, KeyId, Ledger, LedgerError, MemoryLedger, Permit, Quota, Reservation, Spend,
        Spent, Usage,
    },
    scan::{BulkPace, Error, Scanner, Source},
    testkit::cache::report,
};

use crate::lab::{Lab, collect, file, files, key};

/// What a test does before a call goes on.
type Before = Arc<dyn Fn(u32) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

/// A cache or a ledger whose calls of one kind are tampered with: the number
/// of the call, from 1, is passed on.
#[derive(Clone)]
struct Tampered<T> {
    inner: T,
    calls: Arc<AtomicU32>,
    before: Before,
}

impl<T> Tampered<T> {
    fn new<F>(inner: T, before: impl Fn(u32) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            inner,
            calls: Arc::default(),
            before: Arc::new(move |call| Box::pin(before(call))),
        }
    }

    async fn before(&self) {
        (self.before)(self.calls.fetch_add(1, Ordering::Relaxed) + 1).await;
    }
}

impl<T> fmt::Debug for Tampered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tampered with")
    }
}

impl<T> fmt::Display for Tampered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tampered with")
    }
}

#[async_trait]
impl Cache for Tampered<MemoryCache> {
    async fn get(
        &self,
        hashes: &[FileHash],
        detail: Detail,
    ) -> Result<Vec<Option<Entry>>, CacheError> {
        self.before().await;
        self.inner.get(hashes, detail).await
    }

    async fn put(&self, entries: &[Entry]) -> Result<(), CacheError> {
        self.inner.put(entries).await
    }

    async fn evict(&self, fetched_before: DateTime<Utc>) -> Result<u64, CacheError> {
        self.inner.evict(fetched_before).await
    }
}

#[async_trait]
impl Ledger for Tampered<MemoryLedger> {
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
        let reservation = self.inner.reserve(spend).await;
        self.before().await;
        reservation
    }

    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
        self.inner.finish(permit, attempt).await
    }

    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
        self.inner.block(key, duration).await
    }

    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
        self.inner.raise(key, seen).await
    }

    async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError> {
        self.inner.usage(key, quota).await
    }
}

/// A ledger that works, but for saying what is spent.
#[derive(Debug)]
struct Unreadable(MemoryLedger);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unreadable")
    }
}

#[async_trait]
impl Ledger for Unreadable {
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
        self.0.reserve(spend).await
    }

    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
        self.0.finish(permit, attempt).await
    }

    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
        self.0.block(key, duration).await
    }

    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
        self.0.raise(key, seen).await
    }

    async fn usage(&self, _key: KeyId, _quota: &Quota) -> Result<Usage, LedgerError> {
        panic!("as told")
    }
}

/// A cache that panics, and one that knows something about every hash, if not
/// about the file asked for.
#[derive(Debug)]
enum Wrong {
    Panicking,
    Guessing,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[async_trait]
impl Cache for Wrong {
    async fn get(&self, hashes: &[FileHash], _: Detail) -> Result<Vec<Option<Entry>>, CacheError> {
        assert!(!matches!(self, Self::Panicking), "as told");
        let guess = Entry::found(report(1, 0), DateTime::UNIX_EPOCH);
        Ok(vec![Some(guess); hashes.len() + 1])
    }

    async fn put(&self, _: &[Entry]) -> Result<(), CacheError> {
        assert!(!matches!(self, Self::Panicking), "as told");
        Ok(())
    }

    async fn evict(&self, _: DateTime<Utc>) -> Result<u64, CacheError> {
        Ok(0)
    }
}

/// Long enough for anything but a hang.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(3_600);
    tokio::time::timeout(limit, work).await.expect("no hang")
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_wrong_costs_no_answer_and_answers_nothing() {
    for cache in [Wrong::Panicking, Wrong::Guessing] {
        let lab = Lab::unlimited();
        let scanner = lab.builder().cache(cache).freshness(Freshness::ANY).build();
        let outcomes = soon(collect(scanner.scan(files(0..10)))).await;
        assert_eq!(outcomes.len(), 10);
        for outcome in outcomes {
            let answer = outcome.result.unwrap();
            assert!(answer.lookup.report().unwrap().is_of(&outcome.hash));
            assert_eq!(answer.source, Source::VirusTotal);
        }
        assert_eq!(lab.requests(), 10);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_for_a_caller_who_leaves_while_the_cache_is_asked() {
    let lab = Lab::new();
    let slow = Tampered::new(lab.cache.clone(), |_| {
        tokio::time::sleep(Duration::from_secs(1))
    });
    let scanner = lab.builder().cache(slow).build();
    // The first second is the caller's own look, the next the scheduler's.
    for hashes in [vec![file(1)[0]], vec![file(1)[0], file(1)[0]]] {
        let scan = collect(scanner.scan(hashes));
        let left = tokio::time::timeout(Duration::from_millis(1_500), scan);
        left.await.unwrap_err();
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(lab.requests(), 0);
    assert_eq!(scanner.usage().await.unwrap().day, 0);
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_comes_when_everybody_is_gone_is_given_back() {
    let lab = Lab::new();
    let slow = Tampered::new(lab.ledger.clone(), |_| {
        tokio::time::sleep(Duration::from_secs(1))
    });
    let scanner = lab.builder().ledger(slow).build();
    let mut scan = scanner.scan(files(0..1));
    assert!(futures::poll!(scan.next()).is_pending());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(scanner.usage().await.unwrap().day, 1, "charged in advance");
    drop((scan, scanner));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let usage = lab.scanner().usage().await.unwrap();
    assert_eq!((usage.day, usage.minute), (0, 0));
    assert_eq!(lab.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_was_long_in_coming_is_not_used() {
    let lab = Lab::new();
    let slow = Tampered::new(lab.ledger.clone(), |call| async move {
        if call == 1 {
            tokio::time::sleep(Duration::from_secs(40)).await;
        }
    });
    let scanner = lab.builder().ledger(slow).build();
    soon(scanner.lookup(file(1)[0])).await.unwrap();
    assert_eq!(scanner.usage().await.unwrap().day, 1);
    let arrivals = lab.simulator.arrivals();
    assert_eq!(arrivals.len(), 1);
    let at = arrivals[0].at.as_secs();
    assert!(at > 40, "sent after {at} s, with a permit 40 s old");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_panics_sends_nothing_and_hangs_nobody() {
    let lab = Lab::new();
    let broken = Tampered::new(lab.ledger.clone(), |call| async move {
        assert!(call > 50, "as told");
    });
    let scanner = lab.builder().ledger(broken).build();
    let outcomes = soon(collect(scanner.scan(files(0..3)))).await;
    assert_eq!(outcomes.len(), 3);
    for outcome in outcomes {
        let error = outcome.result.unwrap_err();
        assert!(matches!(error, Error::Ledger(_)), "{error}");
    }
    assert_eq!(lab.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_returns_stops_nobody_for_ever() {
    let lab = Lab::new();
    let hung = |call| async move {
        if call == 1 {
            std::future::pending().await
        }
    };
    let cache = Tampered::new(lab.cache.clone(), hung);
    let scanner = lab.builder().cache(cache).build();
    soon(scanner.lookup(file(1)[0])).await.unwrap();
    let ledger = Tampered::new(lab.ledger.clone(), hung);
    let scanner = lab.builder().ledger(ledger).build();
    soon(scanner.lookup(file(2)[0])).await.unwrap();
    let always = |_| std::future::pending();
    let ledger = Tampered::new(lab.ledger.clone(), always);
    let scanner = lab.builder().ledger(ledger).build();
    let error = soon(scanner.lookup(file(3)[0])).await.unwrap_err();
    assert!(error.to_string().contains("did not return"), "{error}");
    assert_eq!(lab.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_knowing_what_is_spent_nothing_is_spread_over_the_day() {
    let lab = Lab::new();
    let builder = lab.builder().bulk_pace(BulkPace::Spread);
    let scanner = builder.ledger(Unreadable(lab.ledger.clone())).build();
    soon(scanner.lookup(file(100)[0])).await.unwrap();
    for outcome in soon(collect(scanner.scan(files(0..30)))).await {
        let error = outcome.result.unwrap_err();
        assert!(matches!(error, Error::Ledger(_)), "{error}");
    }
    assert_eq!(lab.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_failure_of_the_ledger_does_not_count_against_a_new_one() {
    let lab = Lab::new();
    let flaky = Tampered::new(lab.ledger.clone(), |call| async move {
        assert!(call > 2, "as told");
    });
    let scanner = lab.builder().ledger(flaky).build();
    let impatient = scanner.lookup_within(file(1)[0], Duration::from_millis(500));
    impatient.await.unwrap_err();
    tokio::time::sleep(Duration::from_secs(60)).await;
    soon(scanner.lookup(file(1)[0])).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_panics_costs_one_hash_its_answer() {
    let lab = Lab::unlimited();
    let bad = file(3)[2];
    let simulator = lab.simulator.clone();
    let transport = transport_fn(move |request| {
        let simulator = simulator.clone();
        async move {
            assert!(!request.uri().path().contains(&bad.to_string()), "as told");
            client::Transport::send(&simulator, request).await
        }
    });
    let client = Client::builder(key())
        .transport(transport)
        .quota(Quota::UNLIMITED)
        .build()
        .unwrap();
    let scanner = Scanner::builder(client)
        .clock(Arc::new(lab.clock.clone()))
        .build();
    let outcomes = soon(collect(scanner.scan(files(0..10)))).await;
    assert_eq!(outcomes.len(), 10);
    for outcome in outcomes {
        let is_internal = matches!(outcome.result, Err(Error::Internal(_)));
        assert_eq!(is_internal, outcome.hash == bad, "{outcome:?}");
    }
    assert_eq!(lab.requests(), 9);
}
