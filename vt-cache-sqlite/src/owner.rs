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

use crate::{Error, connection::Identity};

/// Says in the header of the file whose it is: "VTst".
pub(crate) const APPLICATION_ID: u32 = 0x5654_7374;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER: usize = 100;
/// Where SQLite keeps the application's id.
const ID_AT: usize = 68;

/// Refuses a file that somebody else made, before anything is written to it.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    loop {
        let identity = Identity::of(path).ok();
        if is_ours(path)? {
            return Ok(());
        }
        // Another process may have moved a damaged file aside and begun a new
        // one since its length was read: then it is that one that counts.
        let has_content = fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0);
        if has_content && identity == Identity::of(path).ok() {
            return Err(Error::NotOurs {
                path: path.to_owned(),
            });
        }
    }
}

/// Whether the file may be written to: it is ours, or there is nothing in it.
fn is_ours(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() == 0 => return Ok(true),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(Error::io(path)(error)),
    }
    let id = match application_id(path) {
        Ok(id) => Some(id),
        // SQLite cannot read it, so no store of this process works with it.
        Err(_) => match id_in_header(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            id => id.map_err(Error::io(path))?,
        },
    };
    Ok(id == Some(APPLICATION_ID))
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

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;

    #[test]
    fn a_file_that_is_moved_aside_meanwhile_is_not_taken_for_somebody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name);
        let path = name("vt.db");
        let ours = Connection::open(&path).unwrap();
        let set = ours.pragma_update(None, "application_id", APPLICATION_ID);
        set.and_then(|()| ours.close().map_err(|(_, error)| error))
            .unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let aside = name(&format!("vt.db.damaged-{n}"));
                    let new = name("new");
                    fs::rename(&path, &aside).unwrap();
                    File::create(&path).unwrap();
                    fs::copy(&aside, &new).unwrap();
                    fs::rename(&new, &path).unwrap();
                }
            });
            let refused = (0..2_000).find_map(|_| check(&path).err());
            is_over.store(true, Ordering::Relaxed);
            assert!(refused.is_none(), "{refused:?}");
        });
    }
}
