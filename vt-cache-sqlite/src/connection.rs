//! Opening the file, and the connections to it.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use crate::{Error, fork::Open, marker, owner::APPLICATION_ID, schema};

/// How long SQLite itself waits for a lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The first version without the defect that loses transactions when a WAL is
/// reset while another process reads it.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Where the file is, and which file it was when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    identity: Identity,
    // Wherever there is a connection there is a place.
    _open: Arc<Open>,
}

impl Place {
    /// Makes the file and its folder where they are missing, for the user
    /// alone, and brings it to the present format.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let open = Open::begin()?;
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(Error::SqliteTooOld {
                found: rusqlite::version(),
            });
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        make_folder(folder).map_err(Error::io(folder))?;
        make_file(path).map_err(Error::io(path))?;
        // By its real name: SQLite derives the names of its other files from
        // it, and two names for one file would not see each other's.
        let path = fs::canonicalize(path).map_err(Error::io(path))?;
        refuse_network(&path)?;
        let identity = Identity::of(&path).map_err(Error::io(&path))?;
        let place = Self {
            path,
            identity,
            _open: Arc::new(open),
        };
        place.claim()?;
        schema::migrate(&mut place.connect()?)?;
        Ok(place)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is still the one that was opened.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match Identity::of(&self.path) {
            Ok(identity) if identity == self.identity => Ok(()),
            _ => Err(Error::Moved {
                path: self.path.clone(),
            }),
        }
    }

    /// Notes that the file is damaged, if this error says so: at the next start
    /// all of it is looked at.
    pub(crate) fn note(&self, error: &Error) {
        if !matches!(error, Error::Corrupt) || self.check().is_err() {
            return;
        }
        if let Err(error) = marker::set(&self.path) {
            tracing::warn!(%error, "the next start will not know of the damage");
        }
    }

    /// Says in the header of a new file whose it is. Before there is a log: a
    /// header that is only there would not be seen in the file.
    fn claim(&self) -> Result<(), Error> {
        if fs::metadata(&self.path)
            .map_err(Error::io(&self.path))?
            .len()
            > 0
        {
            return Ok(());
        }
        let connection = self.connect_plain()?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        Ok(())
    }

    fn connect_plain(&self) -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(connection)
    }

    /// A connection that may read and write.
    pub(crate) fn connect(&self) -> Result<Connection, Error> {
        let connection = self.connect_plain()?;
        keep_a_log(&connection)?;
        // A commit is on disk when it returns: it may have cost quota.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// A connection that only reads.
    pub(crate) fn connect_reader(&self) -> Result<Connection, Error> {
        let connection = self.connect()?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

/// Makes SQLite write to a log first. It does not wait for its lock where that
/// is new to the file, so that of several processes that make one all but one
/// would fail.
fn keep_a_log(connection: &Connection) -> Result<(), Error> {
    const PAUSE: Duration = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    loop {
        let done = connection.pragma_update(None, "journal_mode", "WAL");
        match done.map_err(Error::from) {
            Err(Error::Busy) if waited < BUSY_TIMEOUT => thread::sleep(PAUSE),
            done => return done,
        }
        waited += PAUSE;
    }
}

#[cfg(unix)]
fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes the file before SQLite does: SQLite would let others read it. The
/// files that SQLite puts beside it get the same permissions. One that is there
/// is not opened: closing it would take away this process's locks on it.
pub(crate) fn make_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        options.mode(0o600);
    }
    match options.open(path) {
        // Whether it can be written, SQLite says when it comes to that.
        Err(_) if path.exists() => Ok(()),
        opened => opened.map(drop),
    }
}

#[cfg(target_os = "linux")]
fn refuse_network(path: &Path) -> Result<(), Error> {
    // NFS, SMB, SMB2, CIFS: from linux/magic.h.
    const NETWORK: [u32; 4] = [0x6969, 0x517b, 0xfe53_4d42, 0xff53_4d42];
    let found = rustix::fs::statfs(path).map_err(|error| Error::Io {
        path: path.to_owned(),
        source: error.into(),
    })?;
    // The type is a word of another size and sign on each architecture.
    if NETWORK.contains(&(found.f_type as u32)) {
        return Err(Error::NetworkFileSystem {
            path: path.to_owned(),
        });
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
const fn refuse_network(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// Which file a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt;

        let metadata = fs::metadata(path)?;
        Ok(Self(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        fs::metadata(path).map(|_| Self(0, 0))
    }
}
