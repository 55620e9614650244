//! Where hashes come from: a text, bytes, a file, or hashes themselves.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyMemoryView, PyString},
};
use vt_core::hash::{Extraction, Extractor, FileHash};

use crate::{error, extraction, hash::AnyHash, runtime::visit};

/// How much is asked of an open file at once.
const CHUNK: usize = 4 << 20;

/// How much is searched between two looks whether Ctrl-C was pressed: some
/// milliseconds' worth even where every line is a hash.
const LOOK: usize = 1 << 20;

/// How many hashes of a list are taken in between two such looks.
const STRIDE: usize = 65_536;

/// The hashes to ask about, and how many pieces of a text were left out.
pub(crate) struct Hashes {
    pub(crate) hashes: Vec<FileHash>,
    pub(crate) skipped: Option<u64>,
}

impl Hashes {
    /// Hashes as they are, and those that are found in anything that has text.
    pub(crate) fn of(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(extraction) = source.cast::<extraction::Extraction>() {
            return Ok(Self::found(extraction.get().inner()));
        }
        if is_text(source)? {
            return Ok(Self::found(&extract(source)?));
        }
        let mut given = source.try_iter()?;
        let mut hashes = Vec::new();
        while let Some(hash) = visit(source.py(), || given.next().transpose())? {
            let hash: AnyHash = hash.extract()?;
            hashes.push(hash.0);
            if hashes.len() % STRIDE == 0 {
                source.py().check_signals()?;
            }
        }
        Ok(Self {
            hashes,
            skipped: None,
        })
    }

    fn found(extraction: &Extraction) -> Self {
        Self {
            hashes: extraction.hashes().collect(),
            skipped: Some(extraction.skipped_total()),
        }
    }

    /// Each hash once.
    pub(crate) fn distinct(mut self) -> Self {
        let mut seen = std::collections::HashSet::with_capacity(self.hashes.len());
        self.hashes.retain(|hash| seen.insert(*hash));
        self
    }
}

/// Whether hashes are to be found in this, and it is none itself.
#[pyfunction]
#[pyo3(name = "_is_text")]
pub(crate) fn is_text(source: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = source.py();
    Ok(source.is_instance_of::<PyString>()
        || source.is_instance_of::<PyBytes>()
        || is_buffer(source)
        || source.hasattr(intern!(py, "__fspath__"))?
        || source.hasattr(intern!(py, "read"))?)
}

fn is_buffer(source: &Bound<'_, PyAny>) -> bool {
    source.is_instance_of::<PyByteArray>() || source.is_instance_of::<PyMemoryView>()
}

/// Finds hashes in a text, bytes, the file at a path, or an open file.
pub(crate) fn extract(source: &Bound<'_, PyAny>) -> PyResult<Extraction> {
    let py = source.py();
    let mut extractor = Extractor::new();
    if source.hasattr(intern!(py, "__fspath__"))? {
        read_path(&mut extractor, source)?;
    } else if source.hasattr(intern!(py, "read"))? {
        read(&mut extractor, source)?;
    } else {
        push(&mut extractor, source)?;
    }
    Ok(py.detach(|| extractor.finish()))
}

fn push(extractor: &mut Extractor, piece: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = piece.py();
    if let Ok(text) = piece.cast::<PyString>() {
        if let Ok(text) = text.to_str() {
            return push_bytes(py, extractor, text.as_bytes());
        }
        // It has a surrogate alone, as file names have that are no UTF-8.
        let bytes = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
        return push(extractor, &bytes);
    }
    if let Ok(bytes) = piece.cast::<PyBytes>() {
        return push_bytes(py, extractor, bytes.as_bytes());
    }
    if is_buffer(piece) {
        // Others may write to it while it is read: so a copy is.
        let bytes = py.get_type::<PyBytes>().call1((piece,))?;
        return push(extractor, &bytes);
    }
    let found = piece.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "hashes are found in str, bytes, bytearray, memoryview, a path (os.PathLike) \
         or an open file, not in {found}"
    )))
}

fn push_bytes(py: Python<'_>, extractor: &mut Extractor, bytes: &[u8]) -> PyResult<()> {
    for chunk in bytes.chunks(LOOK) {
        py.detach(|| extractor.push(chunk));
        py.check_signals()?;
    }
    Ok(())
}

fn read(extractor: &mut Extractor, source: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = source.py();
    loop {
        let piece = visit(py, || source.call_method1(intern!(py, "read"), (CHUNK,)))?;
        if piece.len()? == 0 {
            return Ok(());
        }
        push(extractor, &piece)?;
    }
}

fn read_path(extractor: &mut Extractor, source: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = source.py();
    let path = source.extract::<PathBuf>()?;
    // A pipe or a terminal keeps its reader waiting, and only Python's own reading
    // can be interrupted then.
    if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let options = PyDict::new(py);
        options.set_item(intern!(py, "buffering"), 0)?;
        let open = py.import(intern!(py, "io"))?.getattr(intern!(py, "open"))?;
        let file = open.call((source, "rb"), Some(&options))?;
        let result = read(extractor, &file);
        file.call_method0(intern!(py, "close"))?;
        return result;
    }
    read_file(py, extractor, &path)
}

fn read_file(py: Python<'_>, extractor: &mut Extractor, path: &Path) -> PyResult<()> {
    let cannot = |error| error::file(&error, path);
    let mut file = py.detach(|| File::open(path)).map_err(cannot)?;
    // A piece that fits into the processor's cache: it is read right after.
    let mut buffer = vec![0; 256 << 10];
    loop {
        let mut read = 0;
        while read < LOOK {
            let piece = py.detach(|| {
                let length = file.read(&mut buffer)?;
                extractor.push(&buffer[..length]);
                Ok(length)
            });
            match piece.map_err(cannot)? {
                0 => return Ok(()),
                length => read += length,
            }
        }
        py.check_signals()?;
    }
}
