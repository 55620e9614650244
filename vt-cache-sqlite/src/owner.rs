//! Whose a file is, by its header.
//!
//! The file is looked at through SQLite where that is possible. To open and
//! close it in another way takes away all locks that this process has on it:
//! <https://www.sqlite.org/howtocorrupt.html>, section 2.2.

use std::{
    fmt::Write,
    fs::{self, File},
    io::{ErrorKind, Read},
    path::Path,
};

use rusqlite::{Connection, OpenFlags};

use crate::Error;

/// Says in the header of the file whose it is: "VTst".
pub(crate) const APPLICATION_ID: u32 = 0x5654_7374;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
/// Where SQLite keeps the application's id.
const ID_AT: usize = 68;

/// Refuses a file that somebody else made, before anything is written to it.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() == 0 => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(path)(error)),
    }
    let id = match application_id(path) {
        // SQLite cannot read it, so no store of this process works with it.
        Err(_) => id_in_header(path).map_err(Error::io(path))?,
        Ok(id) => Some(id),
    };
    if id == Some(APPLICATION_ID) {
        return Ok(());
    }
    Err(Error::NotOurs {
        path: path.to_owned(),
    })
}

fn application_id(path: &Path) -> Result<u32, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    // Neither locks nor a log: it may be another program's.
    let connection = Connection::open_with_flags(uri(path), flags)?;
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri + "?immutable=1"
}

fn id_in_header(path: &Path) -> std::io::Result<Option<u32>> {
    let mut header = Vec::with_capacity(HEADER);
    File::open(path)?
        .take(HEADER as u64)
        .read_to_end(&mut header)?;
    let id = header.get(ID_AT..ID_AT + 4);
    let id = id.and_then(|id| id.try_into().ok()).map(u32::from_be_bytes);
    Ok(id.filter(|_| header.starts_with(MAGIC)))
}
