//! The server's own secret, from which links and signatures are made.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const LEN: usize = 32;

/// 256 random bits. Whoever has them can make every link of this server.
#[derive(Clone)]
pub struct Secret([u8; LEN]);

impl Secret {
    /// A new one, which nothing keeps.
    ///
    /// # Errors
    ///
    /// When the operating system has no randomness.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; LEN];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The one in this file, which is made if it is not there. Nobody else may
    /// read it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or made, or is something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(file) => Self::read(&file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error),
        }
    }

    fn read(file: &File) -> io::Result<Self> {
        let mut bytes = Vec::new();
        file.take(LEN as u64 + 1).read_to_end(&mut bytes)?;
        let bytes = bytes.try_into().map_err(|_| {
            io::Error::other("it is no secret of this program: it has another length")
        })?;
        Ok(Self(bytes))
    }

    /// Whole or not at all: a secret that is cut short would be another.
    fn create(path: &Path) -> io::Result<Self> {
        let secret = Self::random()?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        // The crate makes such files readable by their owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&secret.0)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(secret),
            // Another process was quicker: its secret counts.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Self::read(&File::open(path)?)
            }
            Err(error) => Err(error.error),
        }
    }

    /// What only this secret makes of a text, for one purpose.
    pub(crate) fn derive(&self, purpose: &str, text: &[u8]) -> [u8; LEN] {
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes keys of any length")
        };
        // The length tells where one ends and the other begins.
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/vt-web.secret");
        let first = Secret::open(&path).unwrap();
        assert_eq!(first.0, Secret::open(&path).unwrap().0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        fs::write(&path, "short").unwrap();
        assert!(Secret::open(&path).is_err());
    }

    #[test]
    fn each_purpose_makes_something_else() {
        let secret = Secret::random().unwrap();
        let made = ["a", "b"].map(|purpose| secret.derive(purpose, b"x"));
        assert_ne!(made[0], made[1]);
        assert_ne!(secret.derive("a", b"bx"), secret.derive("ab", b"x"));
        assert!(!format!("{secret:?}").contains(char::is_numeric));
    }
}
