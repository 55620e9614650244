//! One hash.

use std::borrow::Cow;

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyString, PyType},
};
use vt_core::hash::{self, HashKind};

use crate::error;

/// An MD5, SHA-1 or SHA-256 digest of a file.
///
/// `str` gives lower-case hex, `bytes` the digest. Hashes order by kind (MD5 first),
/// then by value.
#[pyclass(frozen, eq, ord, hash, from_py_object, module = "vt_core")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileHash(pub(crate) hash::FileHash);

#[pymethods]
impl FileHash {
    #[new]
    fn new(digest: AnyHash) -> Self {
        Self(digest.0)
    }

    /// From a digest of 16, 20 or 32 bytes.
    #[classmethod]
    fn from_bytes(_: &Bound<'_, PyType>, digest: &[u8]) -> PyResult<Self> {
        let hash = hash::FileHash::from_bytes(digest);
        hash.map(Self).ok_or_else(|| error::digest(digest.len()))
    }

    #[getter]
    fn kind(&self) -> &'static str {
        match self.0.kind() {
            HashKind::Md5 => "md5",
            HashKind::Sha1 => "sha1",
            // The only other one that VirusTotal knows.
            _ => "sha256",
        }
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_bytes())
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("FileHash('{}')", self.0)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (String,)) {
        (slf.get_type(), (slf.get().__str__(),))
    }
}

/// A hash, or its text.
#[derive(Clone, Copy)]
pub(crate) struct AnyHash(pub(crate) hash::FileHash);

impl<'py> FromPyObject<'_, 'py> for AnyHash {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(hash) = object.cast::<FileHash>() {
            return Ok(Self(hash.get().0));
        }
        let Ok(text) = object.cast::<PyString>() else {
            let found = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "a hash is a FileHash or a str, not {found}"
            )));
        };
        // A text with a lone surrogate is no hash, which is all there is to say.
        let text = text.to_cow().unwrap_or(Cow::Borrowed("\u{fffd}"));
        hash::FileHash::from_hex(text.trim().as_bytes())
            .map(Self)
            .map_err(error::hash)
    }
}
