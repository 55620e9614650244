//! Which columns the table has, and where they stand.

use super::sheet::{INNER, LEFT, RIGHT};

/// How many engines get a column each. More share one, which names those that
/// detect the file.
pub(super) const MOST_ENGINES: usize = 3;

const GAP: f32 = 11.0;
/// Wide enough for the 64 digits of a SHA-256.
const HASH: f32 = 248.0;
const STATUS: f32 = 52.0;
const HITS: f32 = 40.0;
const DATES: f32 = 76.0;

/// From where to where a column goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    pub(super) x: f32,
    pub(super) width: f32,
}

impl Column {
    pub(super) fn end(self) -> f32 {
        self.x + self.width
    }

    /// A column from the beginning of this to the end of the other.
    pub(super) fn to(self, other: Self) -> Self {
        Self {
            x: self.x,
            width: other.end() - self.x,
        }
    }
}

/// The columns, from left to right.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) hash: Column,
    pub(super) status: Column,
    pub(super) hits: Column,
    /// One for each engine, or one for all.
    pub(super) opinions: Vec<Column>,
    pub(super) threat: Column,
    pub(super) dates: Column,
}

impl Columns {
    /// The columns of a report with so many engines.
    pub(super) fn new(engines: usize) -> Self {
        let parts = match engines {
            0..=MOST_ENGINES => engines,
            _ => 1,
        };
        let fixed = HASH + STATUS + HITS + DATES;
        let to_divide = INNER - fixed - GAP * (4 + parts) as f32;
        // The threat stands for a name too; names are long.
        let share = match (engines, parts) {
            (MOST_ENGINES.., 1) => 0.62,
            (_, parts) => 1.0 / (parts as f32 + 1.0),
        };
        let opinion = to_divide * share;
        let mut x = LEFT;
        let mut next = |width: f32| {
            let column = Column { x, width };
            x += width + GAP;
            column
        };
        Self {
            hash: next(HASH),
            status: next(STATUS),
            hits: next(HITS),
            opinions: (0..parts).map(|_| next(opinion)).collect(),
            threat: next(to_divide - opinion * parts as f32),
            dates: Column {
                x: RIGHT - DATES,
                width: DATES,
            },
        }
    }

    /// The room of a remark: from the first engine, and over the threat where
    /// that is empty.
    pub(super) fn remark(&self, over_threat: bool) -> Column {
        match (self.opinions.first(), self.opinions.last()) {
            (Some(first), Some(last)) => first.to(if over_threat { self.threat } else { *last }),
            _ => self.threat,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_side_by_side_and_fill_the_width() {
        for engines in [0, 1, 2, 3, 4, 70] {
            let columns = Columns::new(engines);
            let mut all = vec![columns.hash, columns.status, columns.hits];
            all.extend(&columns.opinions);
            all.extend([columns.threat, columns.dates]);
            assert_eq!(all[0].x, LEFT);
            assert!((all.last().unwrap().end() - RIGHT).abs() < 0.01);
            for pair in all.windows(2) {
                let gap = pair[1].x - pair[0].end();
                assert!((gap - GAP).abs() < 0.01, "{engines}: {pair:?}");
                assert!(pair[1].width > 39.0, "{engines}: {pair:?}");
            }
        }
    }
}
