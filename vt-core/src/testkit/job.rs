//! The contract of [`JobStore`], rule by rule.
//!
//! Call [`job_store_conformance!`](crate::job_store_conformance) in a test
//! module to get one test per rule.
#![expect(clippy::missing_panics_doc, reason = "tests panic")]

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{VirtualClock, cache::report};
use crate::{
    cache::Freshness,
    hash::FileHash,
    job::{
        Claim, Item, ItemQuery, ItemResult, JobError, JobFilter, JobId, JobSpec, JobStore, Lease,
    },
    report::Lookup,
    scan::{Answer, Source},
    time::Clock,
};

/// Makes a test of every rule for the store that an async closure makes on
/// the clock it is given.
///
/// ```
/// # fn main() {}
/// #[cfg(test)]
/// mod memory_jobs {
///     use std::sync::Arc;
///     use vt_core::job::MemoryJobStore;
///
///     vt_core::job_store_conformance!(async |clock| MemoryJobStore::with_clock(Arc::new(clock)));
/// }
/// ```
#[macro_export]
macro_rules! job_store_conformance {
    ($store:expr) => {
        $crate::job_store_conformance!(@ $store;
            a_job_has_its_hashes_in_order_and_each_once,
            a_job_that_is_there_stays_as_it_is,
            one_worker_at_a_time,
            a_lease_that_is_renewed_lasts,
            a_lost_lease_changes_nothing,
            an_answer_stays_and_a_failure_gives_way,
            the_last_result_finishes_the_job,
            answers_come_back_as_they_were,
            items_come_in_pages,
            reopening_takes_failures_back,
            a_deleted_job_is_gone_with_its_lease,
            jobs_do_not_affect_each_other,
            jobs_are_listed_newest_first,
            a_memo_is_changed_and_nothing_else,
        );
    };
    (@ $store:expr; $($rule:ident,)+) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $rule() {
                let clock = $crate::testkit::VirtualClock::at_noon();
                let store = ::std::sync::Arc::new(($store)(clock.clone()).await);
                $crate::testkit::job::$rule(store, clock).await;
            }
        )+
    };
}

const MINUTE: Duration = Duration::from_secs(60);
const ID: JobId = JobId::from_bytes([1; 16]);
const OTHER: JobId = JobId::from_bytes([2; 16]);
const OTHER_EMPTY: JobId = JobId::from_bytes([9; 16]);
const ALL: ItemQuery = ItemQuery {
    from: 0,
    limit: NonZeroUsize::MAX,
    open: false,
};

fn spec(name: &str) -> JobSpec {
    JobSpec {
        name: name.to_owned(),
        submitter: format!("who sent {name}"),
        freshness: Freshness::since(DateTime::UNIX_EPOCH),
        memo: "\u{0}⚠ \"{}".to_owned(),
    }
}

fn hashes(count: u32) -> Vec<FileHash> {
    (0..count).map(|n| report(n, 0).hashes()[0]).collect()
}

fn found(n: u32) -> ItemResult {
    answered(Lookup::Found(report(n, 10)))
}

fn not_found() -> ItemResult {
    answered(Lookup::NotFound)
}

fn answered(lookup: Lookup) -> ItemResult {
    ItemResult::Answered(Answer {
        lookup,
        source: Source::VirusTotal,
        fetched_at: at(1),
    })
}

fn failed(why: &str) -> ItemResult {
    ItemResult::Failed(why.into())
}

fn at(ms: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_700_000_000_123 + ms)
}

async fn create(store: &dyn JobStore, id: JobId, count: u32) {
    let created = store.create(id, &spec("a list"), &hashes(count)).await;
    assert!(created.expect("a working store"));
}

async fn claim(store: &dyn JobStore, id: JobId) -> Claim {
    store.claim(id, MINUTE).await.expect("a working store")
}

async fn lease(store: &dyn JobStore, id: JobId) -> Lease {
    match claim(store, id).await {
        Claim::Granted(lease) => lease,
        other => panic!("not granted: {other:?}"),
    }
}

async fn record(store: &dyn JobStore, lease: &Lease, results: &[(u32, ItemResult)]) {
    store.record(lease, results).await.expect("a kept result");
}

async fn items(store: &dyn JobStore, id: JobId) -> Vec<Item> {
    store.items(id, &ALL).await.expect("a working store")
}

async fn results(store: &dyn JobStore, id: JobId) -> Vec<Option<ItemResult>> {
    let items = items(store, id).await;
    items.into_iter().map(|item| item.result).collect()
}

async fn job(store: &dyn JobStore, id: JobId) -> crate::job::Job {
    let job = store.job(id).await.expect("a working store");
    job.expect("the job")
}

/// Rules 1 and 8.
pub async fn a_job_has_its_hashes_in_order_and_each_once(
    store: Arc<dyn JobStore>,
    clock: VirtualClock,
) {
    let [a, b, c] = *hashes(3).as_chunks::<3>().0.first().expect("three");
    let sha256 = report(0, 0).sha256;
    let created = store.create(ID, &spec("x"), &[c, a, c, sha256, a, b]).await;
    assert!(created.expect("a working store"));
    let items = items(&*store, ID).await;
    let expected: Vec<(u32, FileHash)> = (0..).zip([c, a, sha256, b]).collect();
    let found: Vec<(u32, FileHash)> = items.iter().map(|item| (item.index, item.hash)).collect();
    assert_eq!(found, expected);
    assert!(items.iter().all(|item| item.result.is_none()));
    let job = job(&*store, ID).await;
    assert_eq!((job.id, &job.spec), (ID, &spec("x")));
    assert_eq!(job.created_at, clock.wall());
    assert_eq!((job.tally.total, job.tally.open()), (4, 4));
    assert_eq!(job.finished_at, None);
}

/// Rule 1.
pub async fn a_job_that_is_there_stays_as_it_is(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 2).await;
    let lease = lease(&*store, ID).await;
    record(&*store, &lease, &[(0, not_found())]).await;
    let again = store.create(ID, &spec("another"), &hashes(9)).await;
    assert!(!again.expect("a working store"));
    assert_eq!(job(&*store, ID).await.spec, spec("a list"));
    assert_eq!(results(&*store, ID).await, [Some(not_found()), None]);
    store.renew(&lease, MINUTE).await.expect("its own lease");
}

/// Rule 2.
pub async fn one_worker_at_a_time(store: Arc<dyn JobStore>, clock: VirtualClock) {
    assert_eq!(claim(&*store, ID).await, Claim::Missing);
    create(&*store, ID, 1).await;
    let first = lease(&*store, ID).await;
    clock.step_wall(TimeDelta::days(3));
    tokio::time::advance(MINUTE - Duration::from_secs(1)).await;
    let held = claim(&*store, ID).await;
    let left = match &held {
        Claim::Held { duration, .. } => *duration,
        other => panic!("granted twice: {other:?}"),
    };
    assert!(left <= Duration::from_secs(1), "{left:?}");
    tokio::time::advance(left).await;
    let second = lease(&*store, ID).await;
    assert!(second.token() > first.token());
    store.release(&second).await.expect("its own lease");
    let third = lease(&*store, ID).await;
    assert!(third.token() > second.token());
}

/// Rule 3.
pub async fn a_lease_that_is_renewed_lasts(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 1).await;
    let lease = lease(&*store, ID).await;
    for _ in 0..5 {
        tokio::time::advance(MINUTE / 2).await;
        store.renew(&lease, MINUTE).await.expect("its own lease");
    }
    tokio::time::advance(MINUTE - Duration::from_secs(1)).await;
    assert!(matches!(claim(&*store, ID).await, Claim::Held { .. }));
}

/// Rule 4.
pub async fn a_lost_lease_changes_nothing(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 2).await;
    let lost = lease(&*store, ID).await;
    tokio::time::advance(MINUTE).await;
    let lease = lease(&*store, ID).await;
    let said = [
        store.renew(&lost, MINUTE).await,
        store.record(&lost, &[(0, not_found())]).await,
        store.release(&lost).await,
    ];
    for said in said {
        assert!(matches!(said, Err(JobError::Lost { job: ID })), "{said:?}");
    }
    assert_eq!(results(&*store, ID).await, [None, None]);
    assert!(matches!(claim(&*store, ID).await, Claim::Held { .. }));
    record(&*store, &lease, &[(0, not_found())]).await;
}

/// Rule 5.
pub async fn an_answer_stays_and_a_failure_gives_way(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 3).await;
    let lease = lease(&*store, ID).await;
    let first = [(0, found(0)), (1, failed("a reason"))];
    record(&*store, &lease, &first).await;
    record(&*store, &lease, &first).await;
    let second = [(0, not_found()), (0, failed("late")), (1, not_found())];
    record(&*store, &lease, &second).await;
    // There is no such place.
    record(&*store, &lease, &[(3, not_found())]).await;
    let kept = results(&*store, ID).await;
    assert!(
        matches!(&kept[0], Some(ItemResult::Answered(answer)) if answer.lookup != Lookup::NotFound)
    );
    assert_eq!(kept[1..], [Some(not_found()), None]);
    let tally = job(&*store, ID).await.tally;
    assert_eq!((tally.answered(), tally.failed, tally.open()), (2, 0, 1));
    assert_eq!((tally.pending, tally.not_found), (1, 1));
}

/// Rule 6.
pub async fn the_last_result_finishes_the_job(store: Arc<dyn JobStore>, clock: VirtualClock) {
    create(&*store, ID, 2).await;
    create(&*store, OTHER, 0).await;
    assert_eq!(claim(&*store, OTHER).await, Claim::Finished);
    let lease = lease(&*store, ID).await;
    record(&*store, &lease, &[(1, failed("a reason"))]).await;
    assert_eq!(job(&*store, ID).await.finished_at, None);
    tokio::time::advance(Duration::from_millis(1_500)).await;
    record(&*store, &lease, &[(0, not_found())]).await;
    let end = clock.wall();
    tokio::time::advance(MINUTE).await;
    assert_eq!(job(&*store, ID).await.finished_at, Some(end));
    store.release(&lease).await.expect("its own lease");
    assert_eq!(claim(&*store, ID).await, Claim::Finished);
}

/// Rule 7.
pub async fn answers_come_back_as_they_were(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 3).await;
    let lease = lease(&*store, ID).await;
    let cached = ItemResult::Answered(Answer {
        lookup: Lookup::NotFound,
        source: Source::Cache,
        fetched_at: at(-999_999),
    });
    let reason = failed("\u{0}⚠ \"a reason\"");
    let all = [(0, found(7)), (1, cached.clone()), (2, reason.clone())];
    record(&*store, &lease, &all).await;
    let short = Lookup::Found(report(7, 10).without_raw().into());
    let expected = [answered(short), cached, reason];
    assert_eq!(results(&*store, ID).await, expected.map(Some));
}

/// Rule 8.
pub async fn items_come_in_pages(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 7).await;
    let lease = lease(&*store, ID).await;
    record(
        &*store,
        &lease,
        &[(4, not_found()), (2, failed("a reason"))],
    )
    .await;
    let page = async |from, limit, open| {
        let limit = NonZeroUsize::new(limit).expect("a page");
        let query = ItemQuery { from, limit, open };
        let items = store.items(ID, &query).await.expect("a working store");
        items.iter().map(|item| item.index).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 3, false).await, [0, 1, 2]);
    assert_eq!(page(3, 9, false).await, [3, 4, 5, 6]);
    assert_eq!(page(1, 3, true).await, [1, 3, 5]);
    assert!(page(7, 3, false).await.is_empty());
    assert!(items(&*store, OTHER).await.is_empty());
}

/// Rule 9.
pub async fn reopening_takes_failures_back(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 3).await;
    let first = lease(&*store, ID).await;
    let all = [(0, failed("x")), (1, not_found()), (2, failed("y"))];
    record(&*store, &first, &all).await;
    store.release(&first).await.expect("its own lease");
    assert_eq!(store.reopen(ID).await.expect("a working store"), 2);
    assert_eq!(store.reopen(ID).await.expect("a working store"), 0);
    assert_eq!(store.reopen(OTHER).await.expect("a working store"), 0);
    assert_eq!(results(&*store, ID).await, [None, Some(not_found()), None]);
    let job = job(&*store, ID).await;
    assert_eq!((job.tally.open(), job.finished_at), (2, None));
    lease(&*store, ID).await;
}

/// Rule 10.
pub async fn a_deleted_job_is_gone_with_its_lease(store: Arc<dyn JobStore>, _: VirtualClock) {
    assert!(!store.delete(ID).await.expect("a working store"));
    create(&*store, ID, 2).await;
    let lost = lease(&*store, ID).await;
    record(&*store, &lost, &[(0, not_found())]).await;
    assert!(store.delete(ID).await.expect("a working store"));
    assert_eq!(store.job(ID).await.expect("a working store"), None);
    assert!(items(&*store, ID).await.is_empty());
    create(&*store, ID, 2).await;
    assert_eq!(results(&*store, ID).await, [None, None]);
    let lease = lease(&*store, ID).await;
    assert!(lease.token() > lost.token());
    let said = store.record(&lost, &[(1, not_found())]).await;
    assert!(matches!(said, Err(JobError::Lost { job: ID })), "{said:?}");
}

/// Rule 11.
pub async fn jobs_do_not_affect_each_other(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 2).await;
    create(&*store, OTHER, 2).await;
    let first = lease(&*store, ID).await;
    let second = lease(&*store, OTHER).await;
    record(&*store, &first, &[(0, not_found()), (1, failed("x"))]).await;
    record(&*store, &second, &[(1, found(1))]).await;
    assert_eq!(results(&*store, OTHER).await[0], None);
    assert_eq!(store.reopen(OTHER).await.expect("a working store"), 0);
    assert_eq!(job(&*store, ID).await.tally.failed, 1);
    assert!(store.delete(ID).await.expect("a working store"));
    assert_eq!(job(&*store, OTHER).await.tally.open(), 1);
    record(&*store, &second, &[(0, not_found())]).await;
}

/// `jobs` and its filter.
pub async fn jobs_are_listed_newest_first(store: Arc<dyn JobStore>, _: VirtualClock) {
    let ids = [3, 1, 2].map(|n| JobId::from_bytes([n; 16]));
    for id in ids {
        let name = format!("{id}");
        let created = store.create(id, &spec(&name), &hashes(1)).await;
        assert!(created.expect("a working store"));
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    create(&*store, OTHER_EMPTY, 0).await;
    let list = async |filter: JobFilter| {
        let jobs = store.jobs(&filter).await.expect("a working store");
        jobs.iter().map(|job| job.id).collect::<Vec<_>>()
    };
    let [first, second, third] = ids;
    let all = JobFilter::default();
    assert_eq!(list(all).await, [OTHER_EMPTY, third, second, first]);
    let unfinished = JobFilter {
        unfinished: true,
        limit: NonZeroUsize::new(2),
        ..JobFilter::default()
    };
    assert_eq!(list(unfinished).await, [third, second]);
    let theirs = JobFilter {
        submitter: Some(spec(&second.to_string()).submitter),
        ..JobFilter::default()
    };
    assert_eq!(list(theirs).await, [second]);
}

/// Rule 12.
pub async fn a_memo_is_changed_and_nothing_else(store: Arc<dyn JobStore>, _: VirtualClock) {
    create(&*store, ID, 2).await;
    lease(&*store, ID).await;
    let mut expected = job(&*store, ID).await;
    expected.spec.memo = "seen".to_owned();
    assert!(store.annotate(ID, "seen").await.expect("a working store"));
    assert!(!store.annotate(OTHER, "x").await.expect("a working store"));
    assert_eq!(job(&*store, ID).await, expected);
}
