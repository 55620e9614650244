//! Mails as files.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{Post, Unsent};
use crate::mail::Letter;

/// Writes mails into a folder, one file each, as mail programs open them.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the folder {}", self.0.display())
    }
}

#[async_trait]
impl Post for Folder {
    async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        let (folder, name) = (self.0.clone(), letter.file_name());
        let bytes = letter.bytes().to_vec();
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await;
        written
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| {
                tracing::warn!(%error, "a mail cannot be written");
                Unsent::Later("the file cannot be written".to_owned())
            })
    }
}

/// Whole or not at all; the same mail again takes the place of the first.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}
