//! Rows 70 to 76: the file in which the books and the answers are, and what
//! becomes of it. Whatever that is, nothing is sent that cannot be charged.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::{
    FutureExt,
    future::{BoxFuture, LocalBoxFuture},
};
use tempfile::TempDir;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, CacheExt, Detail, Entry, MemoryCache},
    quota::Quota,
    scan::Scanner,
    testkit::cache::report,
    time::{BootTime, Clock},
};

use super::stage::named;
use crate::{
    keeping::Reluctant,
    lab::{Lab, collect, file, files},
};

/// One entry: what is done to the file, and what must come of it.
struct Row {
    number: u8,
    name: &'static str,
    play: fn() -> LocalBoxFuture<'static, Came>,
    /// What a lookup gives meanwhile, how many requests that took, and what
    /// it gives afterwards.
    expect: (&'static str, usize, &'static str),
}

type Came = (String, usize, String);

/// Which rows of the matrix are here.
pub(super) fn numbers() -> impl Iterator<Item = u8> {
    ROWS.iter().map(|row| row.number)
}

static ROWS: &[Row] = &[
    Row {
        number: 70,
        name: "another program holds the lock for longer than anybody waits",
        play: || locked().boxed_local(),
        expect: ("Ledger", 0, "Found"),
    },
    Row {
        number: 71,
        name: "the disk is full, and then it is not",
        play: || full().boxed_local(),
        expect: ("Ledger", 0, "Found"),
    },
    Row {
        number: 72,
        name: "an answer cannot be kept at once",
        play: || not_kept().boxed_local(),
        expect: ("Found", 1, "kept"),
    },
    Row {
        number: 73,
        name: "a file system that is only read",
        play: || read_only().boxed_local(),
        expect: ("refused", 0, "refused"),
    },
    Row {
        number: 74,
        name: "the file is damaged: the day counts as spent, and is then over",
        play: || damaged().boxed_local(),
        expect: ("Pending", 0, "Found"),
    },
    Row {
        number: 75,
        name: "the file is deleted while it is in use",
        play: || gone(|path| fs::remove_file(path).unwrap()).boxed_local(),
        expect: ("Ledger", 0, "Found"),
    },
    Row {
        number: 75,
        name: "another file is put in its place while it is in use",
        play: || {
            let replace = |path: PathBuf| {
                fs::rename(&path, path.with_extension("old")).unwrap();
                fs::copy(path.with_extension("old"), &path).unwrap();
            };
            gone(replace).boxed_local()
        },
        expect: ("Ledger", 0, "Found"),
    },
    Row {
        number: 76,
        name: "the SQLite that is linked is without the defect",
        play: || linked().boxed_local(),
        expect: ("new enough", 0, "opens"),
    },
];

#[test]
fn every_row_about_the_store_holds() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(row.number != 70)
            .build();
        let (during, requests, afterwards) = runtime.unwrap().block_on((row.play)());
        let is_right = (&*during, requests, &*afterwards) == row.expect;
        let (number, name, must) = (row.number, row.name, row.expect);
        let came = format!("{during}, {requests} requests, {afterwards}; not {must:?}");
        if !is_right {
            wrong.push(format!("row {number}, {name}: {came}"));
        }
    }
    println!("{} entries of the fault table about the store", ROWS.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A file in a folder of its own, and who asks with it.
struct Desk {
    folder: TempDir,
    lab: Lab,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            lab: Lab::with(Quota::PUBLIC, |simulator| simulator.engines(6)),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("vt.db")
    }

    fn options(&self) -> vt_cache_sqlite::SqliteOptions {
        let clock = Arc::new(self.lab.clock.clone());
        SqliteStore::options().clock(clock).boot_id("boot")
    }

    async fn open(&self) -> SqliteStore {
        self.options().open(self.file()).await.unwrap()
    }

    fn scanner(&self, store: SqliteStore) -> Scanner {
        let builder = self.lab.builder().cache(store.clone());
        builder.ledger(store).build()
    }

    async fn asked(&self, scanner: &Scanner) -> String {
        named(scanner.lookup(file(1)[0]).await)
    }
}

async fn locked() -> Came {
    let desk = Desk::new();
    let clock: Arc<dyn Clock> = Arc::new(Fast(tokio::time::Instant::now()));
    let options = SqliteStore::options()
        .clock(Arc::clone(&clock))
        .boot_id("boot");
    let store = options.open(desk.file()).await.unwrap();
    let builder = desk.lab.builder().clock(clock).cache(MemoryCache::new());
    let scanner = builder.ledger(store).build();
    let other = rusqlite::Connection::open(desk.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let during = desk.asked(&scanner).await;
    let requests = desk.lab.requests();
    other.execute_batch("ROLLBACK").unwrap();
    (during, requests, desk.asked(&scanner).await)
}

/// A clock ten times as fast as the machine's.
#[derive(Debug)]
struct Fast(tokio::time::Instant);

const FASTER: u32 = 10;

impl Clock for Fast {
    fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + self.0.elapsed() * FASTER
    }

    fn boot(&self) -> BootTime {
        BootTime::from_start(self.0.elapsed() * FASTER)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(duration / FASTER).boxed()
    }
}

/// Of the requests those count that were not charged.
async fn full() -> Came {
    const FILLERS: u32 = 300;
    const ROOM: u64 = 27 * 4_096;

    let desk = Desk {
        lab: Lab::with(Quota::UNLIMITED, |simulator| simulator.engines(6)),
        ..Desk::new()
    };
    let filler = desk.open().await;
    let entries: Vec<Entry> = (0..FILLERS)
        .map(|n| Entry::found(report(n, 0), DateTime::UNIX_EPOCH))
        .collect();
    filler.put(&entries).await.unwrap();
    let store = desk.options().max_bytes(ROOM).open(desk.file()).await;
    let scanner = desk.scanner(store.unwrap());
    let outcomes = collect(scanner.scan(files(10..26))).await;
    let failed = outcomes.into_iter().find(|outcome| outcome.result.is_err());
    let during = failed.map_or("Found".to_owned(), |outcome| named(outcome.result));
    scanner.idle().await;
    let charged = scanner.usage().await.unwrap().day;
    let uncharged = desk.lab.requests() - charged as usize;
    let day = DateTime::UNIX_EPOCH + Duration::from_secs(86_400);
    filler.evict(day).await.unwrap();
    (during, uncharged, desk.asked(&scanner).await)
}

async fn not_kept() -> Came {
    let desk = Desk::new();
    let cache = Reluctant::new(2);
    let scanner = desk.lab.builder().cache(cache.clone()).build();
    let first = desk.asked(&scanner).await;
    assert_eq!(first, desk.asked(&scanner).await);
    let requests = desk.lab.requests();
    tokio::time::sleep(Duration::from_secs(300)).await;
    let kept = cache.inner.get_one(file(1)[0], Detail::Full).await.unwrap();
    let afterwards = if kept.is_some() { "kept" } else { "not kept" };
    (first, requests, afterwards.to_owned())
}

/// Also for root, whom no permission keeps from writing.
#[cfg(target_os = "linux")]
async fn read_only() -> Came {
    let opened = || async {
        match SqliteStore::open("/sys/vt.db").await {
            Ok(_) => "opened".to_owned(),
            Err(error) if error.to_string().contains("vt.db") => "refused".to_owned(),
            Err(error) => error.to_string(),
        }
    };
    (opened().await, 0, opened().await)
}

#[cfg(not(target_os = "linux"))]
async fn read_only() -> Came {
    ("refused".to_owned(), 0, "refused".to_owned())
}

async fn damaged() -> Came {
    const HEADER: usize = 100;

    let desk = Desk::new();
    let scanner = desk.scanner(desk.open().await);
    collect(scanner.scan(files(10..13))).await;
    scanner.idle().await;
    let before = desk.lab.requests();
    drop(scanner);
    let mut bytes = settled(&desk).await;
    bytes[HEADER..].fill(0xa5);
    fs::write(desk.file(), bytes).unwrap();
    let store = desk.open().await;
    assert!(store.quarantined().is_some(), "it is moved aside");
    let scanner = desk.scanner(store);
    let limit = Duration::from_secs(11 * 3_600);
    let during = named(scanner.lookup_within(file(1)[0], limit).await);
    let requests = desk.lab.requests() - before;
    (during, requests, desk.asked(&scanner).await)
}

/// The file once everything is in it and nothing in the log.
async fn settled(desk: &Desk) -> Vec<u8> {
    let connection = rusqlite::Connection::open(desk.file()).unwrap();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_busy = || connection.query_row(checkpoint, [], |row| row.get::<_, i64>(0));
    // The thread of the store that was just dropped may be doing the same.
    while is_busy().unwrap() != 0 {
        tokio::task::yield_now().await;
    }
    drop(connection);
    fs::read(desk.file()).unwrap()
}

async fn gone(end: impl FnOnce(PathBuf)) -> Came {
    let desk = Desk::new();
    let scanner = desk.scanner(desk.open().await);
    collect(scanner.scan(files(10..12))).await;
    scanner.idle().await;
    let before = desk.lab.requests();
    end(desk.file());
    let during = desk.asked(&scanner).await;
    let requests = desk.lab.requests() - before;
    // Whoever starts again goes on with what is there.
    let again = desk.scanner(desk.open().await);
    (during, requests, desk.asked(&again).await)
}

async fn linked() -> Came {
    let is_new = rusqlite::version_number() >= 3_051_003;
    let desk = Desk::new();
    let opens = desk.options().open(desk.file()).await.is_ok();
    let say = |is_so: bool, so: &str| {
        if is_so {
            so.to_owned()
        } else {
            "no".to_owned()
        }
    };
    (say(is_new, "new enough"), 0, say(opens, "opens"))
}
