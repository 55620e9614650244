//! Moments as Python has them: to the microsecond.

use chrono::{DateTime, SubsecRound, Utc};

/// The moment that Python can say. What is pickled and comes back is then equal.
pub(crate) fn said(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.trunc_subsecs(6)
}
