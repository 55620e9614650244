//! When things happened to a made-up file.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Draft;

/// How long before the simulator's start the files were sent in whose analysis still runs.
pub(crate) const FRESH_FOR: TimeDelta = TimeDelta::minutes(2);

/// Dates are drawn before this day, so that a report reads the same on whatever later day the simulator starts.
const DATES_BEFORE: NaiveDate = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();

/// Unix seconds, each in the simulator's past.
pub(super) struct Dates {
    pub(super) creation: i64,
    pub(super) first_submission: i64,
    pub(super) last_submission: i64,
    pub(super) analysis: DateTime<Utc>,
    pub(super) last_modification: i64,
}

impl Dates {
    pub(super) fn draw(draft: &Draft, random: &mut fastrand::Rng) -> Self {
        let before = DATES_BEFORE
            .and_hms_opt(0, 0, 0)
            .map_or(draft.simulator_start, |midnight| midnight.and_utc())
            .min(draft.simulator_start - Days::new(1));
        let drawn = before - TimeDelta::seconds(random.i64(0..86_400 * 700));
        let analysis = draft.fresh.unwrap_or(drawn);
        let age = random.i64(0..86_400 * 1000);
        let first = match draft.fresh {
            Some(_) => draft.simulator_start - FRESH_FOR,
            None => analysis - TimeDelta::seconds(age),
        };
        let modified = match draft.fresh {
            Some(_) => analysis,
            None => analysis + TimeDelta::seconds(90),
        };
        Self {
            creation: (first - TimeDelta::days(random.i64(1..900))).timestamp(),
            first_submission: first.timestamp(),
            last_submission: first.max(analysis - TimeDelta::minutes(5)).timestamp(),
            analysis,
            last_modification: modified.timestamp(),
        }
    }
}
