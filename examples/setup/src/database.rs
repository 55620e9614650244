//! Where answers and books are kept.

use std::path::PathBuf;

use clap::Args;
use etcetera::{BaseStrategy, choose_base_strategy};
use vt_cache_sqlite::{SqliteOptions, SqliteStore, other_host};
use vt_report::escape::display_safe;

use crate::Failure;

/// Where answers and books are kept.
#[derive(Clone, Debug, Default, Args)]
pub struct DatabaseArgs {
    /// The file that keeps answers and what was spent; by default vt-batch/vt.db
    /// in the user's data directory, and another for each other server.
    /// `:memory:` keeps nothing.
    #[arg(long, env = "VT_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Let that file grow to so many MiB. When it is full nothing more is kept,
    /// and nothing is sent that cannot be put on the books.
    #[arg(long, env = "VT_MAX_DB", value_name = "MIB")]
    pub max_db: Option<u64>,
}

/// Says that nothing is kept, as SQLite says it.
const MEMORY: &str = ":memory:";

/// Whose answers are kept. Those of a simulator never get among VirusTotal's:
/// each server has a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The server at this URL: VirusTotal, or another.
    Server(String),
    /// The simulator.
    Demo,
    /// Whoever: the file is only looked after.
    Any,
}

impl Owner {
    fn options(&self) -> SqliteOptions {
        let options = SqliteStore::options();
        match self {
            // What is no URL is refused elsewhere.
            Self::Server(base_url) => options.server(base_url),
            Self::Demo => options.purpose("the demo's made-up answers"),
            Self::Any => options.any_purpose(),
        }
    }

    fn file_name(&self) -> String {
        let other = match self {
            Self::Server(base_url) => other_host(base_url),
            Self::Demo | Self::Any => None,
        };
        match other {
            Some(host) => format!("{}.db", host.replace(['[', ']', ':'], "_")),
            None => "vt.db".to_owned(),
        }
    }
}

/// Where answers and books are kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// Nowhere after the process.
    Memory,
    /// In this file.
    File(SqliteStore),
}

impl Database {
    /// The file that is named, else the user's. A demo gets none unless it is
    /// named.
    ///
    /// # Errors
    ///
    /// When it cannot be used.
    pub async fn open(args: &DatabaseArgs, owner: &Owner) -> Result<Self, Failure> {
        let path = match (&args.db, owner) {
            (Some(path), _) if path.as_os_str() == MEMORY => return Ok(Self::Memory),
            (Some(path), _) => path.clone(),
            (None, Owner::Demo) => return Ok(Self::Memory),
            (None, owner) => usual_folder()?.join(owner.file_name()),
        };
        let mut options = owner.options();
        if let Some(mib) = args.max_db {
            options = options.max_bytes(mib.saturating_mul(1 << 20));
        }
        Ok(Self::File(open(path, options).await?))
    }

    /// The file that is named, else the user's, to look after what is in it.
    ///
    /// # Errors
    ///
    /// When it cannot be used, or there is none.
    pub async fn kept(args: &DatabaseArgs) -> Result<SqliteStore, Failure> {
        match Self::open(args, &Owner::Any).await? {
            Self::File(store) => Ok(store),
            Self::Memory => Err(Failure::usage("there is nothing to look after in :memory:")),
        }
    }

    /// What its owner should know: that it was damaged.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let store = self.store()?;
        notice(store)
    }

    /// The file, if there is one.
    #[must_use]
    pub const fn store(&self) -> Option<&SqliteStore> {
        match self {
            Self::Memory => None,
            Self::File(store) => Some(store),
        }
    }
}

/// What the owner of a file should know: that it was damaged.
#[must_use]
pub fn notice(store: &SqliteStore) -> Option<String> {
    let (file, aside) = (store.to_string(), store.quarantined()?.display());
    Some(format!(
        "the database {} was damaged and is now {aside}; the new one is empty, \
         and takes today's quota for spent",
        display_safe(&file)
    ))
}

async fn open(path: PathBuf, options: SqliteOptions) -> Result<SqliteStore, Failure> {
    let shown = path.to_string_lossy().into_owned();
    let opened = options.open(path).await;
    opened.map_err(|error| {
        Failure::failed(format!(
            "cannot use the database {}: {error}",
            display_safe(&shown)
        ))
    })
}

fn usual_folder() -> Result<PathBuf, Failure> {
    let base = choose_base_strategy().map_err(|_| {
        Failure::usage("cannot tell where your data directory is: name a file with --db")
    })?;
    Ok(base.data_dir().join("vt-batch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_a_file_of_its_own() {
        let name = |url: &str| Owner::Server(url.to_owned()).file_name();
        assert_eq!(name("https://www.virustotal.com"), "vt.db");
        assert_eq!(name("https://www.virustotal.com/"), "vt.db");
        assert_eq!(name("http://127.0.0.1:8080"), "127.0.0.1.db");
        assert_eq!(name("http://[::1]:8080"), "___1_.db");
        assert_eq!(name("https://cache.example/vt"), "cache.example.db");
        assert_eq!(name("no URL"), "vt.db");
    }
}
