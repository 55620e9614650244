//! The links under which reports are found.

use std::{fmt, io, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use vt_core::job::JobId;

use crate::Secret;

/// Whoever knows it sees the report: 256 bits that nobody guesses.
///
/// It is nowhere on disk. The database has a digest of it, which is the job's
/// id, and a [`Seed`] of which the server's secret makes it again: for lists of
/// reports and for mails.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Link([u8; 32]);

/// What a link is made of, along with the server's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed([u8; 16]);

impl Seed {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }
}

impl Link {
    pub(crate) fn new(secret: &Secret, seed: Seed) -> Self {
        Self(secret.derive("link", &seed.0))
    }

    /// Under which the job is kept.
    pub(crate) fn job_id(&self) -> JobId {
        let digest: [u8; 32] = Sha256::digest(self.0).into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        JobId::from_bytes(id)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

// Logs are read by people who are not to read reports.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}…", self.to_string())
    }
}

impl FromStr for Link {
    type Err = NoLink;

    fn from_str(text: &str) -> Result<Self, NoLink> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| NoLink)?;
        bytes.try_into().map(Self).map_err(|_| NoLink)
    }
}

/// A text that is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is no link to a report")]
pub(crate) struct NoLink;

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| de::Error::custom("no seed"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_link_comes_back_from_its_text_and_from_its_seed() {
        let secret = Secret::random().unwrap();
        let seed = Seed::random().unwrap();
        let link = Link::new(&secret, seed);
        assert_eq!(link.to_string().len(), 43);
        assert_eq!(link.to_string().parse(), Ok(link.clone()));
        let kept = serde_json::to_string(&seed).unwrap();
        assert_eq!(
            link,
            Link::new(&secret, serde_json::from_str(&kept).unwrap())
        );
        assert_ne!(link, Link::new(&Secret::random().unwrap(), seed));
    }

    #[test]
    fn no_link_comes_twice_and_each_bit_is_as_often_set_as_not() {
        let secret = Secret::random().unwrap();
        let links: Vec<Link> = (0..100_000)
            .map(|_| Link::new(&secret, Seed::random().unwrap()))
            .collect();
        let distinct: HashSet<[u8; 32]> = links.iter().map(|link| link.0).collect();
        assert_eq!(distinct.len(), links.len());
        for bit in 0..256 {
            let is_set = |link: &&Link| link.0[bit / 8] >> (bit % 8) & 1 == 1;
            let set = links.iter().filter(is_set).count();
            // Seven standard deviations.
            assert!((48_900..51_100).contains(&set), "bit {bit}: {set}");
        }
    }

    #[test]
    fn what_is_no_link_is_refused_and_a_link_is_not_logged_whole() {
        let link = Link([7; 32]);
        for text in [
            "",
            "x",
            &"A".repeat(42),
            &"A".repeat(44),
            "../../etc/passwd",
            &format!("{link}="),
        ] {
            assert_eq!(text.parse::<Link>(), Err(NoLink), "{text}");
        }
        assert!(format!("{link:?}").chars().count() < 8);
    }
}
