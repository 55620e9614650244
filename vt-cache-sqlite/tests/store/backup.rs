//! Copies of the file while it is in use.

use std::{
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta};
use vt_cache_sqlite::{Error, SqliteStore};
use vt_core::{
    cache::{Cache, CacheExt, Detail, Entry},
    quota::{Ledger, Quota},
    testkit::cache::report,
};

use crate::folder::{Folder, KEY, reserve};

fn found(n: u32) -> Entry {
    let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(n.into());
    Entry::found(report(n, 10_000), at)
}

async fn is_known(store: &SqliteStore, n: u32) -> bool {
    let entry = store.get_one(report(n, 0).md5, Detail::Full).await.unwrap();
    assert!(entry.is_none() || entry == Some(found(n)), "file {n}");
    entry.is_some()
}

/// Puts two files at once, again and again.
async fn write(store: &SqliteStore, first: u32) {
    for n in (first..).step_by(2) {
        store.put(&[found(n), found(n + 1)]).await.unwrap();
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_copy_has_the_answers_and_the_books_of_one_moment() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let before: Vec<Entry> = (0..1_000).map(found).collect();
    store.put(&before).await.unwrap();
    for _ in 0..4 {
        drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    }
    let other = folder.open().await.unwrap();
    let target = folder.0.path().join("copy.db");
    tokio::select! {
        biased;
        () = write(&other, 1_000) => unreachable!("it goes on"),
        done = store.backup(&target) => done.unwrap(),
    }
    let copy = SqliteStore::open(&target).await.unwrap();
    assert_eq!(copy.quarantined(), None);
    for n in 0..1_000 {
        assert!(is_known(&copy, n).await, "file {n}");
    }
    let mut n = 1_000;
    while is_known(&copy, n).await {
        assert!(is_known(&copy, n + 1).await, "half a transaction at {n}");
        n += 2;
    }
    assert_eq!(copy.stats().await.unwrap().found, u64::from(n));
    let usage = |store: SqliteStore| async move { store.usage(KEY, &Quota::PUBLIC).await.unwrap() };
    assert_eq!(usage(copy.clone()).await.day, usage(store).await.day);
    reserve(&copy, Quota::PUBLIC).await.unwrap_err();
}

#[tokio::test]
async fn what_is_there_already_is_not_touched() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let at = |name: &str| folder.0.path().join(name);
    fs::write(at("notes"), "my notes").unwrap();
    fs::write(at("empty"), "").unwrap();
    std::os::unix::fs::symlink(at("nothing"), at("link")).unwrap();
    let before = names(folder.0.path());
    let own = folder.file();
    for path in [at("notes"), at("empty"), at("link"), own, at("deep")] {
        let error = store.backup(&path).await.unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()));
    }
    assert_eq!(names(folder.0.path()), before);
    assert_eq!(fs::read(at("notes")).unwrap(), b"my notes");
    assert_eq!(fs::read(at("empty")).unwrap(), b"");
    store.put(&[found(1)]).await.unwrap();
}

#[tokio::test]
async fn a_copy_is_one_file_for_its_user_alone_whatever_the_name() {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt};

    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    store.put(&[found(1)]).await.unwrap();
    let name = std::ffi::OsStr::from_bytes(b"it's ?mode=ro&\xff 100%23");
    let inside = folder.0.path().join(name);
    fs::create_dir(&inside).unwrap();
    let target = inside.join(name);
    store.backup(&target).await.unwrap();
    assert_eq!(names(&inside), [&*target]);
    let mode = fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let copy = SqliteStore::open(target).await.unwrap();
    assert!(is_known(&copy, 1).await);
    assert_eq!(copy.purpose(), store.purpose());
}

#[tokio::test]
async fn nothing_is_left_of_a_copy_that_fails() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let entries: Vec<Entry> = (0..1_000).map(found).collect();
    store.put(&entries).await.unwrap();
    let missing = folder.0.path().join("missing");
    let error = store.backup(missing.join("copy.db")).await.unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert!(!missing.exists());

    let length = folder.settle().await.len();
    let file = fs::OpenOptions::new().write(true).open(folder.file());
    let noise = vec![0xa5; length / 2];
    file.unwrap()
        .write_all_at(&noise, length as u64 / 2)
        .unwrap();
    let before = names(folder.0.path());
    let error = store.backup(folder.0.path().join("copy.db")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Corrupt), "{error}");
    assert_eq!(names(folder.0.path()), before);

    fs::rename(folder.file(), folder.0.path().join("gone.db")).unwrap();
    let error = store.backup(folder.0.path().join("copy.db")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Moved { .. }), "{error}");
}
