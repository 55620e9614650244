//! The values of `python/vt_core/_values.py`.

use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyModule, PyTuple},
};

/// Makes the value that has this name there.
pub(crate) fn make<'py, F>(py: Python<'py>, name: &str, fields: F) -> PyResult<Bound<'py, PyAny>>
where
    F: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>>,
    PyErr: From<F::Error>,
{
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("vt_core._values")?.unbind())
    })?;
    let class = module.bind(py).getattr(name)?;
    // Not by a call of the class: that one is written in Python, to match names and
    // defaults, and here all fields are there in their order.
    static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let new = NEW.get_or_try_init(py, || {
        let new = py.get_type::<PyTuple>().getattr(intern!(py, "__new__"))?;
        Ok::<_, PyErr>(new.unbind())
    })?;
    new.bind(py).call1((class, fields.into_pyobject(py)?))
}
