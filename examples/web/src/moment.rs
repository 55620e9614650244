//! Times, as pages show them.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) DateTime<Utc>);

impl Moment {
    /// For programs: `2026-11-20T18:30:00Z`.
    pub(crate) fn iso(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// For people: `2026-11-20 18:30`.
    pub(crate) fn minute(self) -> String {
        self.0.format("%Y-%m-%d %H:%M").to_string()
    }

    /// For people: `2026-11-20`.
    pub(crate) fn day(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// How long until then, in words.
    pub(crate) fn until(self, now: DateTime<Utc>) -> String {
        in_words(self.0 - now)
    }
}

fn in_words(wait: TimeDelta) -> String {
    let seconds = wait.num_seconds().max(0);
    let (count, unit) = match seconds {
        0..2 => return "a moment".to_owned(),
        2..90 => (seconds, "seconds"),
        90..5_400 => ((seconds + 30) / 60, "minutes"),
        5_400..129_600 => ((seconds + 1_800) / 3_600, "hours"),
        _ => ((seconds + 43_200) / 86_400, "days"),
    };
    // Each begins with two.
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_the_unit_that_fits() {
        let told =
            [-5, 2, 89, 90, 5_399, 5_400, 86_400 * 3].map(|s| in_words(TimeDelta::seconds(s)));
        let expected = [
            "a moment",
            "2 seconds",
            "89 seconds",
            "2 minutes",
            "90 minutes",
            "2 hours",
            "3 days",
        ];
        assert_eq!(told, expected);
    }
}
