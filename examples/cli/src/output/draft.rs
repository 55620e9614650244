//! A file that nobody sees before it is whole.

use std::{fs::File, io, path::Path};

use tempfile::NamedTempFile;

/// What is written before it has its name.
pub(crate) enum Draft {
    /// Without any name: if the program is killed, nothing is left of it.
    #[cfg(target_os = "linux")]
    Nameless(File),
    /// Under a name of its own, where there is nothing better: it stays behind
    /// if the program is killed.
    Named(NamedTempFile),
}

impl Draft {
    /// An empty one in the folder of this file.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(file) = nameless::create(folder(path)) {
            return Ok(Self::Nameless(file));
        }
        named(path).map(Self::Named)
    }

    pub(super) fn file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => file,
            Self::Named(file) => file.as_file(),
        }
    }

    /// Gives it its name, in the place of whatever had that.
    pub(super) fn publish(self, path: &Path) -> io::Result<()> {
        self.file().sync_all()?;
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => nameless::publish(file, path),
            Self::Named(file) => persist(file, path),
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".vt-batch-");
    builder
}

fn named(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = builder();
    #[cfg(unix)]
    {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};

        // As any new file: what the umask leaves of it.
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(path))
}

fn persist<F>(file: NamedTempFile<F>, path: &Path) -> io::Result<()> {
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(target_os = "linux")]
mod nameless {
    use std::{
        fs::{File, OpenOptions},
        io::{self, Seek},
        os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
        path::Path,
    };

    use rustix::fs::{AtFlags, CWD, OFlags, linkat};

    use super::{builder, folder, named, persist};

    pub(super) fn create(folder: &Path) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::TMPFILE.bits().cast_signed())
            .open(folder)
    }

    pub(super) fn publish(file: File, path: &Path) -> io::Result<()> {
        match link(&file, path) {
            // No call puts a nameless file in the place of another: for a
            // moment it has a name of its own.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let second = builder().make_in(folder(path), |name| link(&file, name))?;
                persist(second, path)
            }
            Err(_) => copy(file, path),
            linked => linked,
        }
    }

    fn link(file: &File, path: &Path) -> io::Result<()> {
        let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
        linkat(CWD, descriptor, CWD, path, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }

    /// For systems that let nobody give a name, such as those without `/proc`.
    pub(super) fn copy(mut file: File, path: &Path) -> io::Result<()> {
        let mut second = named(path)?;
        file.rewind()?;
        io::copy(&mut file, &mut second)?;
        second.as_file().sync_all()?;
        persist(second, path)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    /// Writes a file twice in this way, and fails if it is not whole each time
    /// or if anything else is there.
    fn assert_publishes(create: fn(&Path) -> io::Result<Draft>, publish: fn(Draft, &Path)) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("report.csv");
        for text in ["the first", "another"] {
            let draft = create(&path).unwrap();
            draft.file().write_all(text.as_bytes()).unwrap();
            publish(draft, &path);
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_appears_whole_however_it_gets_its_name() {
        let publish = |draft: Draft, path: &Path| draft.publish(path).unwrap();
        assert_publishes(Draft::of, publish);
        assert_publishes(|path| named(path).map(Draft::Named), publish);
        #[cfg(target_os = "linux")]
        assert_publishes(Draft::of, |draft, path| {
            nameless::copy(draft.file().try_clone().unwrap(), path).unwrap();
        });
    }

    #[test]
    #[cfg(unix)]
    fn a_file_may_be_read_by_whoever_may_read_any_new_file() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let (usual, path) = (place.path().join("usual"), place.path().join("report.csv"));
        fs::write(&usual, "").unwrap();
        Draft::of(&path).unwrap().publish(&path).unwrap();
        assert_eq!(mode(&path), mode(&usual));
    }
}
