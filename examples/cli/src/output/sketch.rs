//! What is written before it is known whether it will be of use.

use std::{
    fs::File,
    io::{self, BufWriter, Seek, Stdout, Write},
};

use tempfile::SpooledTempFile;

/// How much is held back in memory, in bytes, before a temporary file takes it.
const HELD: usize = 8 << 20;

/// It ends by [`Output::keep`](super::Output::keep), or by
/// [`Output::discard`](super::Output::discard).
pub(crate) struct Sketch(pub(super) BufWriter<Medium>);

pub(super) enum Medium {
    /// What is in a pipe cannot be taken back: so it is held until it is certain.
    Held(SpooledTempFile),
    /// Nobody sees this file before it is finished.
    Draft(File),
    /// It is certain already.
    Stdout(Stdout),
}

impl Sketch {
    pub(super) fn held() -> Self {
        Self::on(Medium::Held(SpooledTempFile::new(HELD)))
    }

    pub(super) fn draft(file: File) -> Self {
        Self::on(Medium::Draft(file))
    }

    pub(super) fn stdout() -> Self {
        Self::on(Medium::Stdout(io::stdout()))
    }

    fn on(medium: Medium) -> Self {
        Self(BufWriter::with_capacity(64 * 1024, medium))
    }

    /// Copies what was held to where it goes.
    pub(super) fn release(self, out: &mut dyn Write) -> io::Result<()> {
        if let Medium::Held(mut held) = self.0.into_inner()? {
            held.rewind()?;
            io::copy(&mut held, out)?;
        }
        Ok(())
    }

    /// Takes back what was written.
    pub(super) fn erase(self) -> io::Result<()> {
        // What is still in the buffer shall not be written.
        if let (Medium::Draft(mut file), _) = self.0.into_parts() {
            file.set_len(0)?;
            file.rewind()?;
        }
        Ok(())
    }
}

impl Write for Sketch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for Medium {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Held(held) => held.write(bytes),
            Self::Draft(file) => file.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Held(held) => held.flush(),
            Self::Draft(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}
