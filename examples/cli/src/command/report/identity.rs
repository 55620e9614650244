//! What makes two runs the same.

use sha2::{Digest, Sha256};
use vt_core::{hash::FileHash, job::JobId};

use crate::args::AgeArgs;

/// The job of a report on these hashes, with answers of this age: what it is
/// written as does not matter.
pub(super) fn of(hashes: &[FileHash], age: &AgeArgs) -> JobId {
    let mut digest = Sha256::new();
    digest.update(b"vt-batch report 1\0");
    let max_age = age.max_age.map_or(u128::MAX, |age| age.as_nanos());
    digest.update(max_age.to_le_bytes());
    digest.update([u8::from(age.refresh)]);
    for hash in hashes {
        let bytes = hash.as_bytes();
        // The length tells where one hash ends and the next begins.
        digest.update([u8::try_from(bytes.len()).unwrap_or(u8::MAX)]);
        digest.update(bytes);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let [id, _] = digest.as_chunks::<16>().0 else {
        return JobId::from_bytes([0; 16]);
    };
    JobId::from_bytes(*id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn other_hashes_or_another_age_are_another_job() {
        let hash = |text: &str| text.parse::<FileHash>().unwrap();
        let a = hash("44d88612fea8a8f36de82e1278abb02f");
        let b = hash("3395856ce81f2b7382dee72602f798b642f14140");
        let plain = AgeArgs {
            max_age: None,
            refresh: false,
            offline: false,
        };
        let hour = AgeArgs {
            max_age: Some(Duration::from_secs(3_600)),
            ..plain
        };
        let refresh = AgeArgs {
            refresh: true,
            ..plain
        };
        let ids = [
            of(&[a, b], &plain),
            of(&[b, a], &plain),
            of(&[a], &plain),
            of(&[a, b], &hour),
            of(&[a, b], &refresh),
        ];
        assert_eq!(ids[0], of(&[a, b], &plain));
        let distinct: std::collections::HashSet<_> = ids.into_iter().collect();
        assert_eq!(distinct.len(), 5);
    }
}
