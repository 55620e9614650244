//! The file itself: who may read it, and what it refuses.

use std::{fs, path::Path, sync::Barrier, thread};

use vt_cache_sqlite::{Error, SqliteStore};
use vt_core::{
    cache::{Cache, CacheExt, Detail, Entry},
    quota::Quota,
    testkit::cache::report,
};

use crate::folder::{Folder, reserve};

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    store
        .put(&[Entry::found(report(1, 0), chrono::DateTime::UNIX_EPOCH)])
        .await
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.file().parent().unwrap()), 0o700);
    let mut files = 0;
    for entry in fs::read_dir(folder.file().parent().unwrap()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
        files += 1;
    }
    assert!(files >= 2, "the log is there too");
}

#[tokio::test]
async fn answers_are_there_after_it_was_closed() {
    let folder = Folder::new();
    let entry = Entry::found(report(1, 100), chrono::DateTime::UNIX_EPOCH);
    folder
        .open()
        .await
        .unwrap()
        .put(std::slice::from_ref(&entry))
        .await
        .unwrap();
    let store = folder.open().await.unwrap();
    for hash in report(1, 0).hashes() {
        let found = store.get_one(hash, Detail::Full).await.unwrap();
        assert_eq!(found.as_ref(), Some(&entry));
    }
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.found, stats.not_found), (1, 0));
}

/// What leads to a report from its MD5 and SHA-1 is written once, and is older
/// than the report from then on.
#[tokio::test]
async fn an_answer_that_was_renewed_outlives_the_old_one_under_every_digest() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    for seconds in [0, 100] {
        let entries: Vec<Entry> = (0..300)
            .map(|n| Entry::found(report(n, 0), at(seconds)))
            .collect();
        store.put(&entries).await.unwrap();
    }
    assert_eq!(store.evict(at(50)).await.unwrap(), 0);
    for hash in (0..300).flat_map(|n| report(n, 0).hashes()) {
        let found = store.get_one(hash, Detail::Summary).await.unwrap();
        assert_eq!(found.unwrap().fetched_at(), at(100));
    }
    assert_eq!(store.evict(at(101)).await.unwrap(), 300);
    drop(store);
    let connection = rusqlite::Connection::open(folder.file()).unwrap();
    let left = connection.query_row("SELECT count(*) FROM lookup", [], |row| row.get(0));
    assert_eq!(left, Ok(0), "nothing leads nowhere");
}

/// In one batch and in several, about the same file by different digests.
#[tokio::test]
async fn of_answers_to_one_question_the_last_counts_whatever_the_order_of_keys() {
    let at = chrono::DateTime::UNIX_EPOCH;
    let [md5, _, sha256] = report(1, 0).hashes();
    let found = Entry::found(report(1, 0), at);
    let unknown = |hash| Entry::not_found(hash, at);
    for batch in [true, false] {
        for (entries, by_md5, by_sha256) in [
            (vec![unknown(sha256), found.clone()], true, true),
            (vec![found.clone(), unknown(sha256)], true, false),
            (vec![found.clone(), unknown(md5)], false, true),
            (vec![unknown(md5), found.clone()], true, true),
            (
                vec![found.clone(), unknown(sha256), found.clone()],
                true,
                true,
            ),
            (
                vec![unknown(sha256), found.clone(), unknown(sha256)],
                true,
                false,
            ),
        ] {
            let folder = Folder::new();
            let store = folder.open().await.unwrap();
            for entries in entries.chunks(if batch { entries.len() } else { 1 }) {
                store.put(entries).await.unwrap();
            }
            let found = store.get(&[md5, sha256], Detail::Summary).await.unwrap();
            let found: Vec<bool> = found
                .iter()
                .map(|entry| entry.as_ref().unwrap().lookup().report().is_some())
                .collect();
            assert_eq!(found, [by_md5, by_sha256], "{entries:?}");
            let unknown = u64::from(!by_md5) + u64::from(!by_sha256);
            assert_eq!(store.stats().await.unwrap().not_found, unknown);
        }
    }
}

#[tokio::test]
async fn what_is_no_database_or_somebody_else_s_is_not_touched() {
    let folder = Folder::new();
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    let other = {
        let connection = rusqlite::Connection::open(folder.file()).unwrap();
        connection
            .execute_batch("CREATE TABLE notes (text TEXT)")
            .unwrap();
        drop(connection);
        fs::read(folder.file()).unwrap()
    };
    let texts: [&[u8]; 3] = [b"my notes", &[0; 5_000], &other];
    for content in texts {
        fs::write(folder.file(), content).unwrap();
        let error = folder.open().await.unwrap_err();
        assert!(matches!(error, Error::NotOurs { .. }), "{error}");
        assert_eq!(fs::read(folder.file()).unwrap(), content);
    }
}

#[tokio::test]
async fn made_up_answers_do_not_get_among_real_ones() {
    let folder = Folder::new();
    drop(folder.open().await.unwrap());
    let error = SqliteStore::options()
        .purpose("the demo")
        .open(folder.file())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not for the demo"), "{error}");
}

#[tokio::test]
async fn a_newer_format_is_refused_with_a_clear_text() {
    let folder = Folder::new();
    drop(folder.open().await.unwrap());
    let connection = rusqlite::Connection::open(folder.file()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = folder.open().await.unwrap_err();
    assert!(error.to_string().contains("update it"), "{error}");
}

#[test]
fn several_that_make_the_same_file_at_once_all_get_it() {
    const AT_ONCE: usize = 8;
    for _ in 0..25 {
        let folder = Folder::new();
        let start = Barrier::new(AT_ONCE);
        let open = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.build().unwrap();
            start.wait();
            runtime.block_on(folder.open()).map(drop)
        };
        thread::scope(|scope| {
            let opened: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(open)).collect();
            for opened in opened {
                opened.join().unwrap().unwrap();
            }
        });
    }
}

/// On Linux, closing a file anywhere in a process ends all locks that this
/// process has on it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn opening_it_twice_in_one_process_takes_no_lock_away() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    let file = fs::canonicalize(folder.file()).unwrap();
    // proc(5): a line for each lock that this process took by this descriptor.
    // /proc/locks, which has all locks of the machine, is not read in one piece:
    // while others lock and unlock, lines of it can be missed.
    let locks = || -> usize {
        let of_descriptor = |entry: fs::DirEntry| {
            let is_file = fs::read_link(entry.path()).is_ok_and(|path| path == file);
            let info = Path::new("/proc/self/fdinfo").join(entry.file_name());
            let info = fs::read_to_string(info).unwrap_or_default();
            info.lines()
                .filter(|line| is_file && line.starts_with("lock:"))
                .count()
        };
        let descriptors = fs::read_dir("/proc/self/fd").unwrap();
        descriptors.map(|entry| of_descriptor(entry.unwrap())).sum()
    };
    assert_eq!(locks(), 1, "SQLite's own");
    let _second = folder.open().await.unwrap();
    assert_eq!(locks(), 1, "still");
}
