//! The values of `python/vt_core/_values.py`.

use pyo3::{call::PyCallArgs, prelude::*, sync::PyOnceLock, types::PyModule};

/// Makes the value that has this name there.
pub(crate) fn make<'py>(
    py: Python<'py>,
    name: &str,
    fields: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("vt_core._values")?.unbind())
    })?;
    module.bind(py).getattr(name)?.call1(fields)
}
