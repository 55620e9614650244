//! Damage that the quick look at the start does not find.

use std::{fs, path::PathBuf};

use vt_cache_sqlite::SqliteStore;
use vt_core::{
    cache::{Cache, Detail, Entry},
    hash::FileHash,
    quota::{Ledger, Limit, Quota},
    testkit::cache::report,
};

use crate::folder::{Folder, KEY, reserve, spend};

const ENTRIES: u32 = 3_000;
const PAGE: usize = 4_096;

fn marker(folder: &Folder) -> PathBuf {
    folder.0.path().join("deep/er/vt.db.suspect")
}

fn entry(n: u32) -> Entry {
    Entry::found(report(n, 0), chrono::DateTime::UNIX_EPOCH)
}

fn hashes() -> Vec<FileHash> {
    (0..ENTRIES).map(|n| report(n, 0).md5).collect()
}

/// A file with a charge and many answers, some pages of which are overwritten:
/// not the first of a table.
async fn damaged() -> Folder {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let entries: Vec<Entry> = (0..ENTRIES).map(entry).collect();
    store.put(&entries).await.unwrap();
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    drop(store);
    let mut bytes = folder.settle().await;
    let page = bytes.len() / PAGE / 2;
    bytes[page * PAGE..(page + 20) * PAGE].fill(0xa5);
    fs::write(folder.file(), bytes).unwrap();
    folder
}

/// That the next to open the file starts anew, with the day spent, and the one
/// after that finds nothing unusual.
async fn assert_moved_aside(folder: &Folder) {
    let store = folder.open().await.unwrap();
    assert!(store.quarantined().unwrap().exists());
    let usage = store.usage(KEY, &Quota::PUBLIC).await.unwrap();
    assert!(usage.day >= 500, "{usage:?}");
    assert!(!marker(folder).exists());
    let found = store.get(&hashes(), Detail::Summary).await.unwrap();
    assert!(found.iter().all(Option::is_none), "the new one is empty");
    store.put(&[entry(1)]).await.unwrap();
    assert_eq!(folder.open().await.unwrap().quarantined(), None);
}

#[tokio::test]
async fn damage_that_is_met_when_reading_is_dealt_with_at_the_next_start() {
    let folder = damaged().await;
    let store = folder.open().await.unwrap();
    assert_eq!(store.quarantined(), None, "the quick look finds nothing");
    assert!(!marker(&folder).exists());
    let error = store.get(&hashes(), Detail::Summary).await.unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = fs::metadata(marker(&folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Another process starts while this one goes on with the damaged file.
    assert_moved_aside(&folder).await;
    let error = store.reserve(&spend(Quota::PUBLIC)).await.unwrap_err();
    assert!(error.to_string().contains("replaced"), "{error}");
}

#[tokio::test]
async fn damage_that_is_met_when_writing_is_dealt_with_at_the_next_start() {
    let folder = damaged().await;
    let store = folder.open().await.unwrap();
    let entries: Vec<Entry> = (0..ENTRIES).map(entry).collect();
    store.put(&entries).await.unwrap_err();
    assert!(marker(&folder).exists());
    drop(store);
    assert_moved_aside(&folder).await;
}

#[tokio::test]
async fn damaged_books_are_dealt_with_at_the_next_start() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other
        .execute("UPDATE account SET checksum = checksum + 1", [])
        .unwrap();
    drop(other);
    store.reserve(&spend(Quota::PUBLIC)).await.unwrap_err();
    assert!(marker(&folder).exists());
    drop(store);
    assert_moved_aside(&folder).await;
}

#[tokio::test]
async fn a_false_alarm_costs_nothing_but_a_look() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    store.put(&[entry(7)]).await.unwrap();
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    fs::write(marker(&folder), "").unwrap();
    let store = folder.open().await.unwrap();
    assert_eq!(store.quarantined(), None);
    assert!(!marker(&folder).exists());
    let found = store.get(&[report(7, 0).sha1], Detail::Full).await.unwrap();
    assert_eq!(found, [Some(entry(7))]);
    let usage = store.usage(KEY, &Quota::PUBLIC).await.unwrap();
    assert_eq!(usage.day, 1);
}

#[tokio::test]
async fn nothing_left_of_a_suspected_file_are_lost_books() {
    for is_empty in [true, false] {
        let folder = Folder::new();
        drop(folder.open().await.unwrap());
        folder.settle().await;
        fs::write(marker(&folder), "").unwrap();
        if is_empty {
            fs::write(folder.file(), "").unwrap();
        } else {
            fs::remove_file(folder.file()).unwrap();
        }
        let store = folder.open().await.unwrap();
        let usage = store.usage(KEY, &Quota::PUBLIC).await.unwrap();
        assert!(usage.day >= 500, "{usage:?}");
        let wait = reserve(&store, Quota::PUBLIC).await.unwrap_err();
        assert_eq!(wait.limit, Limit::Server, "first the minute");
    }
}

#[tokio::test]
async fn of_many_who_start_at_once_one_deals_with_it() {
    let folder = damaged().await;
    fs::write(marker(&folder), "").unwrap();
    let start = || {
        let file = folder.file();
        tokio::spawn(async move { SqliteStore::open(file).await.unwrap() })
    };
    let starts: Vec<_> = (0..8).map(|_| start()).collect();
    let mut moved = 0;
    for start in starts {
        let store = start.await.unwrap();
        moved += u32::from(store.quarantined().is_some());
        assert!(reserve(&store, Quota::PUBLIC).await.is_err());
    }
    assert_eq!(moved, 1);
    let names = fs::read_dir(folder.file().parent().unwrap()).unwrap();
    let is_aside = |name: &str| name.contains("damaged-") && !name.contains("damaged-1");
    for name in names {
        let name = name.unwrap().file_name().into_string().unwrap();
        assert!(!is_aside(&name), "{name}");
    }
}

#[tokio::test]
async fn a_file_without_one_of_its_tables_is_damaged() {
    let tables = {
        let folder = Folder::new();
        drop(folder.open().await.unwrap());
        let connection = rusqlite::Connection::open(folder.file()).unwrap();
        let mut select = connection
            .prepare("SELECT name FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%'")
            .unwrap();
        let names = select.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<Vec<String>, _>>().unwrap()
    };
    assert!(tables.len() >= 5, "{tables:?}");
    for table in tables {
        let folder = Folder::new();
        drop(folder.open().await.unwrap());
        let connection = rusqlite::Connection::open(folder.file()).unwrap();
        connection
            .execute_batch(&format!("DROP TABLE {table}"))
            .unwrap();
        drop(connection);
        assert_moved_aside(&folder).await;
    }
}
