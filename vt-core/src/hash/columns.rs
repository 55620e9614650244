//! Where each distinct hash stands first, and how often it stands there.

use std::collections::HashMap;

use super::records::Records;

/// Five bytes for each hash: a list of a hundred million should fit into memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    // The lower half of the line's number, and the count. Lines never get smaller from
    // one hash to the next, so it is enough to know where the upper half becomes one
    // more. The largest count stands for a number that is in `many`.
    rows: Records<5>,
    turns: Vec<usize>,
    many: HashMap<usize, u64>,
}

impl Columns {
    /// Notes the next hash, which stands on this line, for the first time.
    pub(super) fn push(&mut self, line: u64) {
        while (self.turns.len() as u64) < line >> 32 {
            self.turns.push(self.rows.len());
        }
        let [a, b, c, d] = (line as u32).to_le_bytes();
        self.rows.push([a, b, c, d, 1]);
    }

    /// Notes that a hash stands there once more.
    pub(super) fn count(&mut self, place: usize) {
        let [.., count] = self.rows.at_mut(place);
        match count.checked_add(1) {
            Some(next) if next < u8::MAX => *count = next,
            _ => {
                let before = u64::from(u8::MAX) - 1;
                *self.many.entry(place).or_insert(before) += 1;
                *count = u8::MAX;
            }
        }
    }

    /// The line on which a hash stands first.
    pub(super) fn line_of(&self, place: usize) -> u64 {
        let upper = self.turns.partition_point(|turn| *turn <= place);
        let [lower @ .., _] = *self.rows.at(place);
        (upper as u64) << 32 | u64::from(u32::from_le_bytes(lower))
    }

    /// How often a hash stands there.
    pub(super) fn count_of(&self, place: usize) -> u64 {
        let [.., count] = *self.rows.at(place);
        let many = (count == u8::MAX).then(|| self.many.get(&place)).flatten();
        many.copied().unwrap_or_else(|| u64::from(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_four_thousand_millions_come_back() {
        let lines = [
            1,
            1,
            7,
            u64::from(u32::MAX),
            1 << 32,
            1 << 32,
            (3 << 32) + 5,
            9 << 32,
        ];
        let mut columns = Columns::default();
        lines.iter().for_each(|line| columns.push(*line));
        let told: Vec<u64> = (0..lines.len()).map(|at| columns.line_of(at)).collect();
        assert_eq!(told, lines);
    }

    #[test]
    fn a_hash_is_counted_beyond_what_a_byte_holds() {
        let mut columns = Columns::default();
        columns.push(1);
        columns.push(2);
        for count in 1..1_000 {
            assert_eq!(columns.count_of(1), count);
            columns.count(1);
        }
        assert_eq!(columns.count_of(0), 1);
    }
}
