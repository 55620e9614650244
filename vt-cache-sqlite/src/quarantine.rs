//! Damaged files: moved aside if they are ours, not touched if they are not.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use crate::{Error, connection::Place, meta};

/// Says in the header of the file whose it is: "VTst".
pub(crate) const APPLICATION_ID: u32 = 0x5654_7374;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
/// Where SQLite keeps the application's id.
const ID_AT: usize = 68;

/// Opens the file. A damaged one is moved aside, and where to is said; the new
/// one knows that books were lost.
pub(crate) fn open(path: &Path, now: DateTime<Utc>) -> Result<(Place, Option<PathBuf>), Error> {
    let is_ours = check_owner(path)?;
    match Place::open(path).and_then(check_structure) {
        Err(Error::Corrupt) if is_ours => {}
        opened => return opened.map(|place| (place, None)),
    }
    let aside = move_aside(path).map_err(Error::io(path))?;
    let place = Place::open(path)?;
    meta::set_lost_at(&place.connect()?, now)?;
    Ok((place, Some(aside)))
}

/// Whether this crate made the file. One that somebody else made is refused
/// before anything is written to it.
fn check_owner(path: &Path) -> Result<bool, Error> {
    let mut header = Vec::with_capacity(HEADER);
    match File::open(path) {
        Ok(file) => file
            .take(HEADER as u64)
            .read_to_end(&mut header)
            .map_err(Error::io(path))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(Error::io(path)(error)),
    };
    if header.is_empty() {
        return Ok(true);
    }
    let id = header
        .get(ID_AT..ID_AT + 4)
        .and_then(|id| id.try_into().ok())
        .map(u32::from_be_bytes);
    if header.starts_with(MAGIC) && id == Some(APPLICATION_ID) {
        return Ok(true);
    }
    Err(Error::NotOurs {
        path: path.to_owned(),
    })
}

/// Looks at the first page of every table, which is quick whatever the size.
fn check_structure(place: Place) -> Result<Place, Error> {
    let connection = place.connect()?;
    for table in ["lookup", "object", "body", "account", "meta"] {
        let select = format!("SELECT 1 FROM {table} LIMIT 1");
        connection.prepare(&select)?.exists([])?;
    }
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
