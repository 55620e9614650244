//! Where answers and books are kept.

use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};
use vt_cache_sqlite::SqliteStore;

use crate::{args::DatabaseArgs, exit::Failure};

/// Says that nothing is kept, as SQLite says it.
const MEMORY: &str = ":memory:";
/// What the file of a demo is kept for.
const DEMO: &str = "the demo's made-up answers";

/// Where answers and books are kept.
pub(crate) enum Database {
    Memory,
    File(SqliteStore),
}

impl Database {
    /// The file that is named, else the user's. A demo gets none unless it is
    /// named.
    pub(crate) async fn open(args: &DatabaseArgs, is_demo: bool) -> Result<Self, Failure> {
        match &args.db {
            Some(path) if path.as_os_str() == MEMORY => Ok(Self::Memory),
            Some(path) => Ok(Self::File(open(path.clone(), is_demo).await?)),
            None if is_demo => Ok(Self::Memory),
            None => Ok(Self::File(open(usual_file()?, false).await?)),
        }
    }

    pub(crate) const fn store(&self) -> Option<&SqliteStore> {
        match self {
            Self::Memory => None,
            Self::File(store) => Some(store),
        }
    }
}

async fn open(path: PathBuf, is_demo: bool) -> Result<SqliteStore, Failure> {
    let shown = vt_report::escape::display_safe(&path.to_string_lossy()).into_owned();
    let mut options = SqliteStore::options();
    if is_demo {
        options = options.purpose(DEMO);
    }
    let store = options
        .open(path)
        .await
        .map_err(|error| Failure::failed(format!("cannot use the database {shown}: {error}")))?;
    if let Some(aside) = store.quarantined() {
        eprintln!(
            "vt-batch: the database {shown} was damaged and is now {}; the new one is empty, \
             and takes today's quota for spent",
            aside.display()
        );
    }
    Ok(store)
}

fn usual_file() -> Result<PathBuf, Failure> {
    let base = choose_base_strategy().map_err(|_| {
        Failure::usage("cannot tell where your data directory is: name a file with --db")
    })?;
    Ok(base.data_dir().join("vt-batch").join("vt.db"))
}
