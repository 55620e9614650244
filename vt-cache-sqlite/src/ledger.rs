//! The file as a ledger: one row per key, changed under the file's one lock.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use vt_core::{
    quota::{
        Account, Attempt, KeyId, Ledger, LedgerError, Permit, Quota, Reservation, Spend, Spent,
        Usage,
    },
    time::Now,
};

use crate::{Error, SqliteStore, checksum, meta};

/// How long a request may be under way whose charge was lost with its file.
const LONGEST_DEADLINE: Duration = Duration::from_secs(600);

#[async_trait]
impl Ledger for SqliteStore {
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
        let Spend {
            key,
            quota,
            deadline,
        } = *spend;
        let reserved = self.change(key, move |account, now| {
            let reserved = account.reserve(now, &quota, deadline);
            let is_change = reserved.is_ok();
            (reserved, is_change)
        });
        Ok(match self.told(reserved.await)? {
            Ok(charge) => Reservation::Granted(Permit::new(key, charge)),
            Err(wait) => Reservation::Wait(wait),
        })
    }

    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
        let charge = permit.charge();
        let finished = self.change(permit.key(), move |account, now| {
            (account.finish(now, charge, attempt), true)
        });
        self.told(finished.await)
    }

    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
        let blocked = self.change(key, move |account, now| {
            (account.block(now, duration), true)
        });
        self.told(blocked.await)
    }

    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
        let raised = self.change(key, move |account, now| {
            let is_change = account.raise(now, &seen);
            ((), is_change)
        });
        self.told(raised.await)
    }

    async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError> {
        let (time, quota) = (self.time().clone(), *quota);
        let used = self.readers().read(move |connection| {
            let now = time.now();
            Ok(load(connection, key, now, time.boot_id())?.usage(now, &quota))
        });
        self.told(used.await)
    }
}

impl SqliteStore {
    /// Lets `change` have the books of a key, and returns when they are on disk,
    /// if it says that it changed them.
    async fn change<T: Send + 'static>(
        &self,
        key: KeyId,
        change: impl FnOnce(&mut Account, Now) -> (T, bool) + Send + 'static,
    ) -> Result<T, Error> {
        let time = self.time().clone();
        let written = self.writer().write(move |connection| {
            // Only now: it may have waited for another process.
            let now = time.now();
            let mut account = load(connection, key, now, time.boot_id())?;
            let (result, is_change) = change(&mut account, now);
            if is_change {
                save(connection, key, now, time.boot_id(), account)?;
            }
            Ok(result)
        });
        written.await
    }

    fn told<T>(&self, result: Result<T, Error>) -> Result<T, LedgerError> {
        result.map_err(|error| LedgerError::new(self, error))
    }
}

/// What the table `account` holds.
#[derive(Serialize, Deserialize)]
struct State {
    boot_id: String,
    saved: Now,
    account: Account,
}

fn load(connection: &Connection, key: KeyId, now: Now, boot_id: &str) -> Result<Account, Error> {
    let mut select =
        connection.prepare_cached("SELECT state, checksum FROM account WHERE key_id = ?1")?;
    let mut rows = select.query([key.as_bytes()])?;
    let Some(row) = rows.next()? else {
        return first_account(connection, now);
    };
    let state = read(key, row)?;
    let mut account = state.account;
    if state.boot_id != boot_id {
        account.restart(state.saved, now);
    }
    Ok(account)
}

/// How many keys have books, if all of those are whole.
pub(crate) fn check_books(connection: &Connection) -> Result<u64, Error> {
    let mut select = connection.prepare("SELECT state, checksum, key_id FROM account")?;
    let mut rows = select.query([])?;
    let mut books = 0;
    while let Some(row) = rows.next()? {
        let key = row.get(2).map_err(|_| Error::Corrupt)?;
        read(KeyId::from_bytes(key), row)?;
        books += 1;
    }
    Ok(books)
}

/// What a row holds whose first columns are `state` and `checksum`.
fn read(key: KeyId, row: &Row<'_>) -> Result<State, Error> {
    let text: String = row.get(0).map_err(|_| Error::Corrupt)?;
    if row.get(1) != Ok(state_checksum(key, &text)) {
        return Err(Error::Corrupt);
    }
    serde_json::from_str(&text).map_err(|_| Error::Corrupt)
}

/// The books of a key that has none: empty, unless they were lost with a
/// damaged file, today.
fn first_account(connection: &Connection, now: Now) -> Result<Account, Error> {
    let lost_at = meta::lost_at(connection)?;
    if lost_at.is_some_and(|lost_at| lost_at.date_naive() >= now.wall.date_naive()) {
        return Ok(Account::after_loss(now, LONGEST_DEADLINE));
    }
    Ok(Account::default())
}

fn save(
    connection: &Connection,
    key: KeyId,
    saved: Now,
    boot_id: &str,
    account: Account,
) -> Result<(), Error> {
    let state = State {
        boot_id: boot_id.to_owned(),
        saved,
        account,
    };
    let text = serde_json::to_string(&state).map_err(|error| Error::Other(error.to_string()))?;
    let mut replace = connection
        .prepare_cached("REPLACE INTO account (key_id, state, checksum) VALUES (?1, ?2, ?3)")?;
    replace.execute((key.as_bytes(), &text, state_checksum(key, &text)))?;
    Ok(())
}

fn state_checksum(key: KeyId, text: &str) -> i64 {
    checksum::of(&[key.as_bytes(), text.as_bytes()])
}
