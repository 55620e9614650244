//! What is known of the file as a whole.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::{Error, connection::Place};

/// When the books of a file that was here before were lost.
const LOST_AT: &str = "lost_at";
/// What the file is kept for.
const PURPOSE: &str = "purpose";

pub(crate) fn set_lost_at(connection: &Connection, time: DateTime<Utc>) -> Result<(), Error> {
    set(connection, LOST_AT, &time.to_rfc3339())
}

pub(crate) fn lost_at(connection: &Connection) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(text) = get(connection, LOST_AT)? else {
        return Ok(None);
    };
    // A time that cannot be read is no reason to spend.
    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| Error::Corrupt)?;
    Ok(Some(time.to_utc()))
}

/// What the file is kept for, which has to be what is wanted if anything is. A
/// new one is kept for that from now on.
pub(crate) fn purpose(place: &Place, wanted: Option<&str>) -> Result<Option<String>, Error> {
    let connection = place.connect()?;
    let found = get(&connection, PURPOSE)?;
    let Some(wanted) = wanted else {
        return Ok(found);
    };
    if found.is_none() {
        set(&connection, PURPOSE, wanted)?;
    }
    // Read back: another process may have been quicker.
    match get(&connection, PURPOSE)? {
        Some(found) if found != wanted => Err(Error::Purpose {
            path: place.path().to_owned(),
            found,
            wanted: wanted.to_owned(),
        }),
        found => Ok(found),
    }
}

/// Sets what is not set yet.
fn set(connection: &Connection, name: &str, value: &str) -> Result<(), Error> {
    let insert = "INSERT OR IGNORE INTO meta (name, value) VALUES (?1, ?2)";
    connection.execute(insert, (name, value))?;
    Ok(())
}

fn get(connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    let mut select = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let mut rows = select.query([name])?;
    rows.next()?.map(|row| Ok(row.get(0)?)).transpose()
}
