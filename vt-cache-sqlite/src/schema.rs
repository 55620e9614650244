//! The tables, and how older files get them.

use rusqlite::{Connection, TransactionBehavior};

use crate::Error;

/// Each step takes a file from the format of its place to the next. Steps that
/// were released are never changed.
const STEPS: &[&str] = &[FIRST, JOBS];

/// `lookup` finds an answer by any digest, `object` is a file's report in
/// short, `body` VirusTotal's answer as it came. The keys are 63 bits of a
/// digest, so that reads in the order of keys walk through the file once; the
/// digest itself is compared. Bodies have a table of their own: beside them,
/// short rows would be spread over many more pages. An object is found by its
/// SHA-256 without a row in `lookup`, unless it is `hidden` because VirusTotal
/// has said since that it does not know that SHA-256. A row of `lookup` that
/// leads to an object may be older than that object, and goes with it.
const FIRST: &str = "
    CREATE TABLE lookup (
        key INTEGER PRIMARY KEY,
        digest BLOB NOT NULL,
        object INTEGER,
        fetched_ms INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE object (
        key INTEGER PRIMARY KEY,
        summary BLOB NOT NULL,
        hidden INTEGER NOT NULL,
        fetched_ms INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE body (
        key INTEGER PRIMARY KEY,
        body BLOB NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE account (
        key_id BLOB PRIMARY KEY,
        state TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// `job` is one row per job; `item` its hashes in their order, `result` what
/// came of those that are not open any more; `lease` who works on it, by a
/// number that is never used again.
const JOBS: &str = "
    CREATE TABLE job (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        spec TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        finished_ms INTEGER,
        tally TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX job_by_time ON job (created_ms, number);
    CREATE TABLE lease (
        token INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL UNIQUE,
        boot_id TEXT NOT NULL,
        until_ms INTEGER NOT NULL,
        worker TEXT NOT NULL
    ) STRICT;
    CREATE TABLE item (
        job INTEGER NOT NULL,
        place INTEGER NOT NULL,
        digest BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (job, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE result (
        job INTEGER NOT NULL,
        place INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        source INTEGER NOT NULL,
        fetched_ms INTEGER NOT NULL,
        content BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (job, place)
    ) STRICT, WITHOUT ROWID;
";

/// The format of files that this version writes.
pub(crate) const FORMAT: u32 = STEPS.len() as u32;

/// Brings a file to the present format. Several processes may do so at once.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    if format(connection)? == FORMAT {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    let found = format(&transaction)?;
    let steps = usize::try_from(found)
        .ok()
        .and_then(|done| STEPS.get(done..));
    let Some(steps) = steps else {
        return Err(Error::Newer {
            found,
            known: FORMAT,
        });
    };
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", FORMAT)?;
    Ok(transaction.commit()?)
}

fn format(connection: &Connection) -> Result<u32, Error> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
