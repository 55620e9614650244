//! Where results go: standard output, or a file that appears whole.

use std::{
    fmt,
    io::{self, BufWriter, IsTerminal, StdoutLock, Write},
    path::{Path, PathBuf},
};

use crate::{
    args::Color,
    exit::{Exit, Failure},
};

mod draft;
mod sketch;

use draft::Draft;

pub(crate) use sketch::Sketch;

/// Where results go.
pub(crate) enum Output {
    Stdout,
    /// A file that gets its name at the end.
    File {
        path: PathBuf,
        draft: Draft,
    },
}

impl Output {
    /// Finds out now whether a file can be written: not after hours of
    /// waiting for answers.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Stdout);
        };
        if path.is_dir() {
            let path = path.display();
            return Err(Failure::failed(format!(
                "cannot write to {path}: it is a directory"
            )));
        }
        let draft = Draft::of(path).map_err(cannot_write(path))?;
        Ok(Self::File {
            path: path.to_owned(),
            draft,
        })
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::Stdout) && io::stdout().is_terminal()
    }

    pub(crate) fn has_color(&self, color: Color) -> bool {
        match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                self.is_terminal() && !set("NO_COLOR")
            }
        }
    }

    /// What to write to from elsewhere, before [`finish`](Self::finish).
    pub(crate) fn writer(&self) -> Result<Box<dyn Write + Send>, Failure> {
        match self {
            Self::Stdout => Ok(Box::new(BufWriter::new(io::stdout()))),
            Self::File { path, draft } => {
                let file = draft.file().try_clone().map_err(cannot_write(path))?;
                Ok(Box::new(BufWriter::new(file)))
            }
        }
    }

    /// Lets a file be seen that was written and flushed.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout => Ok(()),
            Self::File { path, draft } => draft.publish(&path).map_err(cannot_write(&path)),
        }
    }

    /// What to write to while it may turn out to be of no use, unless that
    /// `is_certain` now.
    pub(crate) fn sketch(&self, is_certain: bool) -> Result<Sketch, Failure> {
        match self {
            Self::Stdout if is_certain => Ok(Sketch::stdout()),
            Self::Stdout => Ok(Sketch::held()),
            Self::File { path, draft } => {
                let file = draft.file().try_clone().map_err(cannot_write(path))?;
                Ok(Sketch::draft(file))
            }
        }
    }

    /// Lets a sketch be seen.
    pub(crate) fn keep(self, sketch: Sketch) -> Result<(), Failure> {
        self.write(|out| sketch.release(out))
    }

    /// Throws a sketch away; the place is as it was.
    pub(crate) fn discard(self, sketch: Sketch) -> Result<Self, Failure> {
        let erased = sketch.erase();
        self.when_written(erased)?;
        Ok(self)
    }

    /// What it means that something could not be written here: nothing, if it was a
    /// reader that has seen enough and closed the pipe.
    pub(crate) fn when_written(&self, result: io::Result<()>) -> Result<(), Failure> {
        match self {
            Self::File { path, .. } => result.map_err(cannot_write(path)),
            Self::Stdout => result.or_else(|error| broken_pipe_is_success(error).map(drop)),
        }
    }

    /// Writes everything, and only then lets a file be seen.
    ///
    /// A reader that has seen enough and closed the pipe is no failure.
    pub(crate) fn write(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let Self::File { path, draft } = &self else {
            return to_stdout(write);
        };
        let mut out = BufWriter::new(draft.file());
        write(&mut out)
            .and_then(|()| out.flush())
            .map_err(cannot_write(path))?;
        drop(out);
        self.finish()
    }
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::failed(format!("cannot write to {path}: {error}"))
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out: BufWriter<StdoutLock<'_>> = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // What is left in the buffer has nobody to read it.
    drop(out.into_parts());
    written.or_else(|error| broken_pipe_is_success(error).map(drop))
}

/// Tells the user something. That nobody can be told is no reason to stop.
pub(crate) fn tell(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "vt-batch: {text}");
}

/// The end of a failed write to standard output.
pub(crate) fn broken_pipe_is_success(error: io::Error) -> Result<Exit, Failure> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(Exit::Complete),
        _ => Err(Failure::failed(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}
