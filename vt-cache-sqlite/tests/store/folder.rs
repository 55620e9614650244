//! A store in a folder of its own.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use tempfile::TempDir;
use vt_cache_sqlite::{Error, SqliteStore};
use vt_core::{
    quota::{KeyId, Ledger, Permit, Quota, Reservation, Spend, Wait},
    testkit::VirtualClock,
};

pub(crate) const KEY: KeyId = KeyId::from_bytes([7; 16]);

pub(crate) struct Folder(pub(crate) TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.path().join("deep/er/vt.db")
    }

    pub(crate) async fn open(&self) -> Result<SqliteStore, Error> {
        SqliteStore::open(self.file()).await
    }

    pub(crate) async fn open_on(&self, clock: &VirtualClock, boot_id: &str) -> SqliteStore {
        let options = SqliteStore::options()
            .clock(Arc::new(clock.clone()))
            .boot_id(boot_id);
        options.open(self.file()).await.unwrap()
    }

    /// The file once everything is in it and nothing in the log.
    pub(crate) async fn settle(&self) -> Vec<u8> {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        let is_busy = || {
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            connection
                .query_row(checkpoint, [], |row| row.get::<_, i64>(0))
                .unwrap()
                != 0
        };
        // The thread of the store that was just dropped may be doing the same.
        while is_busy() {
            tokio::task::yield_now().await;
        }
        drop(connection);
        fs::read(self.file()).unwrap()
    }
}

pub(crate) fn spend(quota: Quota) -> Spend {
    let deadline = Duration::from_secs(30);
    Spend {
        key: KEY,
        quota,
        deadline,
    }
}

pub(crate) async fn reserve(store: &SqliteStore, quota: Quota) -> Result<Permit, Wait> {
    match store.reserve(&spend(quota)).await.unwrap() {
        Reservation::Granted(permit) => Ok(permit),
        Reservation::Wait(wait) => Err(wait),
    }
}
