//! Which file a hash means.

mod numbered;
mod recorded;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

use crate::{
    digest::{AskedHash, Digests},
    profile::{Profile, Shares},
    sample::Specimen,
};

pub use recorded::{IgnoredReport, ReportsError};

use numbered::{Numbered, prefix};
use recorded::Recordings;

/// A file as the simulator sees it.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) sha256: [u8; 32],
    pub(crate) source: Source,
}

/// Where the answer for a file comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A recorded report, sent as it is.
    Recorded { body: Bytes, detected: bool },
    /// A report that is made up from the digests.
    MadeUp { digests: Digests, profile: Profile },
}

/// Everything the simulator knows about which files there are.
#[derive(Debug)]
pub(crate) struct Catalogue {
    recordings: Recordings,
    samples: Numbered,
    shares: Shares,
    seed: u64,
    /// Files invented for hashes that nothing else answers, by all their digests.
    invented: Mutex<HashMap<AskedHash, Digests>>,
}

impl Catalogue {
    pub(crate) fn new(samples: u64, shares: Shares, seed: u64) -> Self {
        Self {
            recordings: Recordings::default(),
            samples: Numbered::new(samples),
            shares,
            seed,
            invented: Mutex::default(),
        }
    }

    /// Adds the recorded reports of a folder.
    pub(crate) fn read_reports(&mut self, folder: &Path) -> Result<(), ReportsError> {
        self.recordings.read_folder(folder)
    }

    pub(crate) fn ignored_reports(&self) -> &[IgnoredReport] {
        self.recordings.ignored()
    }

    /// Finds the file that a digest belongs to; there is always one.
    pub(crate) fn find(&self, asked: AskedHash) -> Listing {
        if let Some(recording) = self.recordings.find(asked) {
            return Listing {
                sha256: recording.sha256,
                source: Source::Recorded {
                    body: recording.body.clone(),
                    detected: recording.detected,
                },
            };
        }
        let (digests, profile) = match self.samples.find(asked) {
            Some((n, digests)) => (digests, self.profile_of_sample(n, &digests)),
            None => {
                let digests = self.invent(asked);
                (digests, self.draw_profile(&digests))
            }
        };
        Listing {
            sha256: digests.sha256,
            source: Source::MadeUp { digests, profile },
        }
    }

    /// Returns the number from which everything that is made up about a file is drawn.
    pub(crate) fn identity(&self, digests: &Digests) -> u64 {
        prefix(&digests.sha256) ^ self.seed
    }

    fn profile_of_sample(&self, n: u64, digests: &Digests) -> Profile {
        match Specimen::of_number(n) {
            Some(specimen) => Profile::of_specimen(specimen),
            None => self.draw_profile(digests),
        }
    }

    fn draw_profile(&self, digests: &Digests) -> Profile {
        Profile::draw(self.identity(digests), self.shares)
    }

    fn invent(&self, asked: AskedHash) -> Digests {
        let mut invented = self.invented.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digests) = invented.get(&asked) {
            return *digests;
        }
        let digests = Digests::made_up(asked);
        for hash in digests.each() {
            invented.insert(hash, digests);
        }
        digests
    }
}
