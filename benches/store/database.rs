//! A large file, made quickly: reports from templates, in the order of their
//! keys.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::DateTime;
use tokio::task::JoinHandle;
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Entry},
    hash::FileHash,
    report::FileReport,
};
use vt_sim::{FIRST_ORDINARY, Simulator, sample};

const BATCH: usize = 5_000;

/// A file with this many reports without their bodies.
pub(crate) struct Database {
    path: PathBuf,
    rows: u64,
}

impl Database {
    /// The file from an earlier run, or a new one.
    pub(crate) async fn ready(rows: u64) -> Self {
        let path = folder().join(rows.to_string()).join("vt.db");
        let database = Self { path, rows };
        let is_whole = database.folder().join("whole");
        if !is_whole.exists() {
            let _ = fs::remove_dir_all(database.folder());
            database.build().await;
            fs::write(is_whole, "").expect("a file beside it");
        }
        let bytes = fs::metadata(&database.path).expect("a file").len();
        println!("{rows} files, {} bytes each", bytes / rows);
        database
    }

    pub(crate) async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path).await.expect("a database")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().expect("a folder of its own")
    }

    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// A file of its own for a measurement, and the folder to remove after it.
    pub(crate) async fn new_beside(&self, name: &str) -> (PathBuf, SqliteStore) {
        let folder = self.folder().join(name);
        let _ = fs::remove_dir_all(&folder);
        let store = SqliteStore::open(folder.join("vt.db")).await;
        (folder, store.expect("a new file"))
    }

    /// The next batch is made while one is written.
    async fn build(&self) {
        let store = self.open().await;
        let templates = Templates::new();
        let mut writing: Option<JoinHandle<()>> = None;
        for first in (0..self.rows).step_by(BATCH) {
            let numbers = (first..self.rows).take(BATCH);
            let entries: Vec<Entry> = numbers
                .map(|number| {
                    let report = Arc::new(templates.report(number, self.rows));
                    Entry::found(report, DateTime::UNIX_EPOCH)
                })
                .collect();
            let store = store.clone();
            let write = async move { store.put(&entries).await.expect("a write") };
            if let Some(before) = writing.replace(tokio::spawn(write)) {
                before.await.expect("the batch before");
            }
        }
        if let Some(last) = writing {
            last.await.expect("the last batch");
        }
    }
}

/// `target/bench-store`, whatever the target folder is called.
fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().nth(3).expect("target/release/deps");
    target.join("bench-store")
}

/// Reports as they come, without their bodies.
pub(crate) struct Templates(Vec<FileReport>);

impl Templates {
    pub(crate) fn new() -> Self {
        let simulator = Simulator::builder().unknown(0.0).build();
        let simulator = simulator.expect("settings that work");
        let report = |number| {
            let body = simulator.report(&sample(number).sha256);
            let report = FileReport::from_json(body.expect("a known sample"));
            report.expect("a report").without_raw()
        };
        Self((FIRST_ORDINARY..FIRST_ORDINARY + 16).map(report).collect())
    }

    /// The report of one file of so many.
    pub(crate) fn report(&self, number: u64, rows: u64) -> FileReport {
        let mut report = self.of(number);
        [report.md5, report.sha1, report.sha256] = digests(number, rows);
        report
    }

    /// The report of a file that nobody has seen.
    pub(crate) fn random(&self, number: u64, random: &mut fastrand::Rng) -> FileReport {
        let mut report = self.of(number);
        [report.md5, report.sha1, report.sha256] = [16, 20, 32].map(|length| {
            let mut digest = [0; 32];
            random.fill(&mut digest);
            FileHash::from_bytes(&digest[..length]).expect("a digest's length")
        });
        report
    }

    fn of(&self, number: u64) -> FileReport {
        let templates = self.0.len() as u64;
        let template = usize::try_from(number % templates).expect("less than there are");
        self.0[template].clone()
    }
}

/// The digests of one file of so many. Their first bytes go evenly from the
/// least to the greatest, so that each row is written after the one before.
pub(crate) fn digests(number: u64, rows: u64) -> [FileHash; 3] {
    let first = u64::MAX / rows * number;
    [(16, 0), (20, 2), (32, 4)].map(|(length, kind)| {
        let mut digest = [0; 32];
        fastrand::Rng::with_seed(first + kind).fill(&mut digest);
        digest[..8].copy_from_slice(&(first + kind).to_be_bytes());
        FileHash::from_bytes(&digest[..length]).expect("a digest's length")
    })
}

/// Random hashes of files that are there, of all three kinds.
pub(crate) fn hashes(rows: u64, count: usize, random: &mut fastrand::Rng) -> Vec<FileHash> {
    (0..count)
        .map(|_| digests(random.u64(0..rows), rows)[random.usize(0..3)])
        .collect()
}
