//! Rows in the order of the input, out of outcomes as they come.

use std::collections::HashMap;

use vt_core::{hash::FileHash, scan::Outcome};

use crate::row::Row;

/// Gathers a row for each hash of a list.
///
/// # Examples
///
/// ```
/// use vt_core::{hash::FileHash, scan::{Error, Outcome}};
/// use vt_report::Rows;
///
/// let [first, second] = [FileHash::md5([1; 16]), FileHash::md5([2; 16])];
/// let outcome = |hash| Outcome { hash, result: Err(Error::Offline) };
/// let mut rows = Rows::new(&[first, second], vec!["Fortinet".to_owned()]);
/// rows.take(&outcome(second));
/// rows.take(&outcome(first));
/// assert_eq!(rows.finish().unwrap()[0].hash, first);
/// ```
#[derive(Clone, Debug)]
pub struct Rows {
    engines: Vec<String>,
    places: HashMap<FileHash, usize>,
    rows: Vec<Option<Row>>,
}

impl Rows {
    /// No row yet of these hashes, of which none should stand there twice.
    #[must_use]
    pub fn new(hashes: &[FileHash], engines: Vec<String>) -> Self {
        Self {
            engines,
            places: hashes.iter().copied().zip(0..).collect(),
            rows: vec![None; hashes.len()],
        }
    }

    /// Makes the row of one outcome. One of another hash is passed over.
    pub fn take(&mut self, outcome: &Outcome) {
        let place = self.places.get(&outcome.hash).copied();
        if let Some(row) = place.and_then(|place| self.rows.get_mut(place)) {
            *row = Some(Row::new(outcome, &self.engines));
        }
    }

    /// All rows; none if a hash had no outcome.
    #[must_use]
    pub fn finish(self) -> Option<Vec<Row>> {
        self.rows.into_iter().collect()
    }
}
