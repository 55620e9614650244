//! Limits of a key and what is spent of them.

use pyo3::prelude::*;
use vt_core::{
    quota::{self, Usage},
    report::{Allowance, Allowances},
};

use crate::value;

/// `vt_core.Quota`.
#[derive(FromPyObject)]
pub(crate) struct Quota {
    per_minute: Option<u32>,
    per_day: Option<u32>,
    per_month: Option<u32>,
}

impl Quota {
    pub(crate) fn limits(&self) -> quota::Quota {
        quota::Quota::UNLIMITED
            .per_minute(self.per_minute)
            .per_day(self.per_day)
            .per_month(self.per_month)
    }
}

fn limits_value<'py>(py: Python<'py>, quota: &quota::Quota) -> PyResult<Bound<'py, PyAny>> {
    value::make(
        py,
        "Quota",
        (quota.per_minute, quota.per_day, quota.per_month),
    )
}

pub(crate) fn usage_value<'py>(py: Python<'py>, usage: &Usage) -> PyResult<Bound<'py, PyAny>> {
    let fields = (
        usage.at,
        limits_value(py, &usage.quota)?,
        usage.minute,
        usage.day,
        usage.month,
        usage.left(),
        usage.blocked_for,
        usage.external_use,
    );
    value::make(py, "Usage", fields)
}

pub(crate) fn allowances_value<'py>(
    py: Python<'py>,
    allowances: &Allowances,
) -> PyResult<Bound<'py, PyAny>> {
    let one = |allowance: Option<Allowance>| {
        let made = allowance.map(|allowance| {
            let fields = (allowance.used, allowance.allowed, allowance.is_shared);
            value::make(py, "Allowance", fields)
        });
        made.transpose()
    };
    let fields = (
        one(allowances.hourly)?,
        one(allowances.daily)?,
        one(allowances.monthly)?,
    );
    value::make(py, "Allowances", fields)
}

/// A value that is made where Python is at hand.
pub(crate) struct Deferred<T>(pub(crate) T, pub(crate) Maker<T>);

type Maker<T> = for<'py> fn(Python<'py>, &T) -> PyResult<Bound<'py, PyAny>>;

impl<'py, T> IntoPyObject<'py> for Deferred<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        (self.1)(py, &self.0)
    }
}
