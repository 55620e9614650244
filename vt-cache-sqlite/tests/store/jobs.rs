//! Jobs in the file: against the simplest store, and after what happens to
//! files and processes.

use std::{num::NonZeroUsize, time::Duration};

use rusqlite::Connection;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{CacheExt, Detail, Freshness},
    hash::FileHash,
    job::{
        Claim, Item, ItemQuery, ItemResult, Job, JobFilter, JobId, JobSpec, JobStore, Lease,
        MemoryJobStore,
    },
    report::Lookup,
    scan::{Answer, Source},
    testkit::cache::report,
};

use crate::folder::Folder;

const ID: JobId = JobId::from_bytes([3; 16]);
const HOUR: Duration = Duration::from_secs(3_600);
const ALL: ItemQuery = ItemQuery {
    from: 0,
    limit: NonZeroUsize::MAX,
    open: false,
};

fn spec() -> JobSpec {
    JobSpec {
        name: "list.txt".to_owned(),
        submitter: "a".to_owned(),
        freshness: Freshness::default(),
        memo: String::new(),
    }
}

fn hashes(count: u32) -> Vec<FileHash> {
    (0..count).map(|n| report(n, 0).sha256).collect()
}

fn answered(lookup: Lookup) -> ItemResult {
    ItemResult::Answered(Answer {
        lookup,
        source: Source::Joined,
        fetched_at: chrono::DateTime::UNIX_EPOCH,
    })
}

async fn granted(store: &dyn JobStore, id: JobId) -> Lease {
    match store.claim(id, HOUR).await.unwrap() {
        Claim::Granted(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// The store, and a job of three hashes whose lease somebody has.
async fn leased(folder: &Folder) -> (SqliteStore, Lease) {
    let store = folder.open().await.unwrap();
    assert!(store.create(ID, &spec(), &hashes(3)).await.unwrap());
    let lease = granted(&store, ID).await;
    (store, lease)
}

fn change(folder: &Folder, sql: &str) {
    let changed = Connection::open(folder.file()).unwrap().execute(sql, []);
    assert_eq!(changed.unwrap(), 1);
}

/// Two stores that are told the same, one of them closed and opened now and
/// then.
struct Pair {
    file: SqliteStore,
    memory: MemoryJobStore,
    leases: Vec<(Lease, Lease)>,
}

impl Pair {
    async fn step(&mut self, rng: &mut fastrand::Rng) {
        let id = JobId::from_bytes([rng.u8(0..4); 16]);
        let (file, memory) = (&self.file, &self.memory);
        match rng.u32(0..10) {
            0..=1 => {
                let hashes = hashes(rng.u32(0..6));
                let created = file.create(id, &spec(), &hashes).await.unwrap();
                assert_eq!(created, memory.create(id, &spec(), &hashes).await.unwrap());
            }
            2..=3 => {
                let claims = [file.claim(id, HOUR).await, memory.claim(id, HOUR).await];
                match claims.map(Result::unwrap) {
                    [Claim::Granted(a), Claim::Granted(b)] => self.leases.push((a, b)),
                    [Claim::Held { .. }, Claim::Held { .. }] => {}
                    [a, b] => assert_eq!(a, b),
                }
            }
            4 => {
                let failed = file.reopen(id).await.unwrap();
                assert_eq!(failed, memory.reopen(id).await.unwrap());
            }
            5 if rng.u32(0..8) == 0 => {
                let deleted = file.delete(id).await.unwrap();
                assert_eq!(deleted, memory.delete(id).await.unwrap());
            }
            6 => {
                let Some((a, b)) = rng.choice(&self.leases) else {
                    return;
                };
                let released = file.release(a).await.is_ok();
                assert_eq!(released, memory.release(b).await.is_ok());
            }
            _ => {
                let Some((a, b)) = rng.choice(&self.leases) else {
                    return;
                };
                let results = some_results(rng);
                let recorded = file.record(a, &results).await.is_ok();
                assert_eq!(recorded, memory.record(b, &results).await.is_ok());
            }
        }
    }

    async fn compare(&self) {
        let list = JobFilter::default();
        let jobs = [self.file.jobs(&list).await, self.memory.jobs(&list).await];
        let [file, memory] = jobs.map(|jobs| jobs.unwrap().into_iter().map(timeless).collect());
        let (file, memory): (Vec<Job>, Vec<Job>) = (file, memory);
        assert_eq!(file, memory);
        for job in file {
            let items = [
                self.file.items(job.id, &ALL).await,
                self.memory.items(job.id, &ALL).await,
            ];
            let [file, memory]: [Vec<Item>; 2] = items.map(Result::unwrap);
            assert_eq!(file, memory);
        }
    }
}

/// The stores are asked one after the other.
fn timeless(mut job: Job) -> Job {
    job.created_at = chrono::DateTime::UNIX_EPOCH;
    job.finished_at = job.finished_at.map(|_| chrono::DateTime::UNIX_EPOCH);
    job
}

fn some_results(rng: &mut fastrand::Rng) -> Vec<(u32, ItemResult)> {
    let result = |rng: &mut fastrand::Rng| match rng.u32(0..3) {
        0 => ItemResult::Failed(format!("reason {}", rng.u8(..)).into()),
        1 => answered(Lookup::NotFound),
        _ => {
            let report = report(rng.u32(0..9), 0).without_raw();
            answered(Lookup::Found(report.into()))
        }
    };
    let count = rng.usize(0..4);
    (0..count).map(|_| (rng.u32(0..7), result(rng))).collect()
}

#[tokio::test]
async fn any_order_of_operations_equals_the_simplest_store() {
    let seed = std::env::var("VT_TEST_SEED").map_or(6, |seed| seed.parse().unwrap());
    let operations = std::env::var("VT_OPERATIONS").map_or(2_000, |text| text.parse().unwrap());
    println!("{operations} operations on jobs in any order, seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let folder = Folder::new();
    let mut pair = Pair {
        file: folder.open().await.unwrap(),
        memory: MemoryJobStore::new(),
        leases: Vec::new(),
    };
    for _ in 0..operations {
        pair.step(&mut rng).await;
        if rng.u32(0..50) == 0 {
            pair.file = folder.open().await.unwrap();
        }
        if rng.u32(0..10) == 0 {
            pair.compare().await;
        }
    }
    pair.compare().await;
}

#[tokio::test]
async fn a_file_of_the_first_format_keeps_its_answers_and_gets_jobs() {
    use vt_core::cache::{Cache, Entry};

    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let entry = Entry::found(report(1, 9), chrono::DateTime::UNIX_EPOCH);
    store.put(std::slice::from_ref(&entry)).await.unwrap();
    drop(store);
    let connection = Connection::open(folder.file()).unwrap();
    let back = "DROP TABLE job; DROP TABLE lease; DROP TABLE item; DROP TABLE result;
                PRAGMA user_version = 1;";
    connection.execute_batch(back).unwrap();
    drop(connection);
    let store = folder.open().await.unwrap();
    let hash = entry.hashes().next().unwrap();
    let found = store.get_one(hash, Detail::Full).await.unwrap();
    assert_eq!(found, Some(entry));
    assert!(store.create(ID, &spec(), &hashes(2)).await.unwrap());
}

#[tokio::test]
async fn a_damaged_result_is_none_and_can_be_had_again() {
    let folder = Folder::new();
    let (store, lease) = leased(&folder).await;
    let results = [
        (0, answered(Lookup::NotFound)),
        (1, answered(Lookup::NotFound)),
    ];
    store.record(&lease, &results).await.unwrap();
    change(&folder, "UPDATE result SET fetched_ms = 1 WHERE place = 1");
    let open = ItemQuery { open: true, ..ALL };
    let items = store.items(ID, &open).await.unwrap();
    let places: Vec<u32> = items.iter().map(|item| item.index).collect();
    assert_eq!(places, [1, 2]);
    store.record(&lease, &results).await.unwrap();
    let items = store.items(ID, &ALL).await.unwrap();
    assert_eq!(items[1].result, Some(answered(Lookup::NotFound)));
    let tally = store.job(ID).await.unwrap().unwrap().tally;
    assert_eq!((tally.not_found, tally.open()), (2, 1));
}

#[tokio::test]
async fn a_damaged_hash_is_left_out_and_a_damaged_job_gives_way() {
    let folder = Folder::new();
    let (store, _) = leased(&folder).await;
    change(
        &folder,
        "UPDATE item SET digest = zeroblob(32) WHERE place = 1",
    );
    let items = store.items(ID, &ALL).await.unwrap();
    let places: Vec<u32> = items.iter().map(|item| item.index).collect();
    assert_eq!(places, [0, 2]);
    change(
        &folder,
        "UPDATE job SET spec = replace(spec, 'list', 'lost')",
    );
    assert_eq!(store.job(ID).await.unwrap(), None);
    assert!(store.jobs(&JobFilter::default()).await.unwrap().is_empty());
    assert_eq!(store.claim(ID, HOUR).await.unwrap(), Claim::Missing);
    assert!(store.create(ID, &spec(), &hashes(1)).await.unwrap());
    assert_eq!(store.items(ID, &ALL).await.unwrap().len(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_job_of_a_process_that_has_ended_can_be_taken_at_once() {
    let folder = Folder::new();
    let (store, lost) = leased(&folder).await;
    let other = folder.open().await.unwrap();
    let held = other.claim(ID, HOUR).await.unwrap();
    assert!(matches!(held, Claim::Held { .. }), "{held:?}");
    // This process's number, but another process.
    let ended = "UPDATE lease SET worker = json_set(worker, '$.started', 1)";
    change(&folder, ended);
    let lease = granted(&other, ID).await;
    assert!(store.renew(&lost, HOUR).await.is_err());
    // With the machine every process ended.
    change(&folder, "UPDATE lease SET boot_id = 'another'");
    let last = granted(&store, ID).await;
    assert!(last.token() > lease.token());
}
