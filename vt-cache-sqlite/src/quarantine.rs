//! Damaged files: moved aside if they are ours, not touched if they are not.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::{
    Error,
    connection::Place,
    ledger,
    marker::{self, Marker},
    meta, owner, schema,
};

/// Opens the file. A damaged one is moved aside, and where to is said; the new
/// one knows that books were lost.
///
/// At every start a quick look is taken, and a thorough one if that, or
/// somebody who had the file open, came upon damage.
pub(crate) fn open(path: &Path, now: DateTime<Utc>) -> Result<(Place, Option<PathBuf>), Error> {
    // By its real name: its other files, and the marker, are beside that.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    owner::check(&path)?;
    if !marker::is_set(&path) {
        match Place::open(&path).and_then(check_structure) {
            Err(Error::Corrupt) => marker::set(&path)?,
            opened => return opened.map(|place| (place, None)),
        }
    }
    match Marker::claim(&path)? {
        Some(marker) => settle(&path, marker, now),
        None => Ok((Place::open(&path).and_then(check_structure)?, None)),
    }
}

/// Finds out whether a suspected file is damaged, and puts it right.
fn settle(
    path: &Path,
    marker: Marker,
    now: DateTime<Utc>,
) -> Result<(Place, Option<PathBuf>), Error> {
    let (place, aside) = match Place::open(path).and_then(check_all) {
        Err(Error::Corrupt) => {
            let aside = move_aside(path).map_err(Error::io(path))?;
            (Place::open(path)?, Some(aside))
        }
        opened => (opened?, None),
    };
    let connection = place.connect()?;
    // Also where a process died just after it had moved the file aside, or
    // nothing is left of the file.
    if ledger::check_books(&connection)? == 0 {
        meta::set_lost_at(&connection, now)?;
    }
    marker.remove()?;
    Ok((place, aside))
}

/// Looks at the first page of every table, which is quick whatever the size.
fn check_structure(place: Place) -> Result<Place, Error> {
    let connection = place.connect()?;
    for table in tables_of_the_schema()? {
        let is_table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        if !connection.prepare(is_table)?.exists([&table])? {
            return Err(Error::Corrupt);
        }
        let select = format!("SELECT 1 FROM {table} LIMIT 1");
        connection.prepare(&select)?.exists([])?;
    }
    Ok(place)
}

/// Which tables a file should have: those of a new one.
fn tables_of_the_schema() -> Result<Vec<String>, Error> {
    let mut model = Connection::open_in_memory()?;
    schema::migrate(&mut model)?;
    let mut select = model.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = select.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Looks at every page, and at all that errors were seen from. Damaged answers
/// are none of it: each has its checksum, and counts as a miss.
fn check_all(place: Place) -> Result<Place, Error> {
    let place = check_structure(place)?;
    let connection = place.connect()?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(Error::Corrupt);
    }
    meta::lost_at(&connection)?;
    ledger::check_books(&connection)?;
    Ok(place)
}

fn move_aside(path: &Path) -> std::io::Result<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let free = |n: &u32| !beside(&format!(".damaged-{n}")).exists();
    let n = (1..u32::MAX).find(free).unwrap_or(u32::MAX);
    let aside = beside(&format!(".damaged-{n}"));
    fs::rename(path, &aside)?;
    // They belong to the damaged file: beside the new one they would be read
    // as its own.
    for suffix in ["-wal", "-shm"] {
        match fs::rename(beside(suffix), beside(&format!(".damaged-{n}{suffix}"))) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}
