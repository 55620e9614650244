//! An upload: hashes out of what streams in, and what there is to say of it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use vt_core::hash::{Extraction, Extractor, FileHash, HashKind};
use vt_report::escape::display_safe_within;

use crate::content::{self, NoText};

/// How many skipped pieces are told one by one.
const SKIPS: usize = 50;
/// How long a name may be that is shown.
const NAME: usize = 100;

/// Reads an upload, part by part, and keeps no more of it than its hashes.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    name: Option<String>,
    digest: Sha256,
    bytes: u64,
    hashes: Vec<FileHash>,
    seen: HashSet<FileHash>,
    found: Found,
}

/// What was found in an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Found {
    /// The start of the SHA-256 digest of what was uploaded.
    pub(crate) digest: String,
    pub(crate) bytes: u64,
    pub(crate) md5: u64,
    pub(crate) sha1: u64,
    pub(crate) sha256: u64,
    /// How many times a hash stood there again.
    pub(crate) duplicates: u64,
    /// How many pieces looked like a hash and were not taken.
    pub(crate) skipped: u64,
    /// The first of these.
    pub(crate) skips: Vec<Skip>,
    /// How many of the hashes had a fresh answer at once.
    pub(crate) known: u64,
}

/// A piece that looked like a hash and was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Skip {
    pub(crate) line: u64,
    pub(crate) text: String,
    pub(crate) reason: String,
}

/// One file or text of an upload, while it streams in.
#[derive(Debug, Default)]
pub(crate) struct Part {
    head: Vec<u8>,
    is_judged: bool,
    extractor: Extractor,
}

impl Part {
    /// Reads the next piece.
    pub(crate) fn push(&mut self, intake: &mut Intake, piece: &[u8]) -> Result<(), NoText> {
        intake.bytes += piece.len() as u64;
        intake.digest.update(piece);
        if !self.is_judged {
            let missing = content::HEAD.saturating_sub(self.head.len());
            self.head.extend(piece.iter().take(missing));
            if self.head.len() == content::HEAD {
                self.judge()?;
            }
        }
        self.extractor.push(piece);
        Ok(())
    }

    fn judge(&mut self) -> Result<(), NoText> {
        self.is_judged = true;
        content::judge(&std::mem::take(&mut self.head))
    }

    /// Ends the part.
    pub(crate) fn finish(mut self, intake: &mut Intake) -> Result<(), NoText> {
        if !self.is_judged {
            self.judge()?;
        }
        intake.take(&self.extractor.finish());
        Ok(())
    }
}

impl Intake {
    /// Names the upload, if nothing did before.
    pub(crate) fn name(&mut self, name: &str) {
        let safe = display_safe_within(name.trim(), NAME);
        if !safe.is_empty() {
            self.name.get_or_insert_with(|| safe.into_owned());
        }
    }

    /// How many bytes came in so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes a hash that stood alone.
    pub(crate) fn add(&mut self, hash: FileHash) {
        if !self.seen.insert(hash) {
            self.found.duplicates += 1;
            return;
        }
        self.hashes.push(hash);
        *match hash.kind() {
            HashKind::Md5 => &mut self.found.md5,
            HashKind::Sha1 => &mut self.found.sha1,
            _ => &mut self.found.sha256,
        } += 1;
    }

    fn take(&mut self, extraction: &Extraction) {
        for found in extraction.found() {
            self.add(found.hash);
            self.found.duplicates += found.count - 1;
        }
        self.found.skipped += extraction.skipped_total();
        let room = SKIPS.saturating_sub(self.found.skips.len());
        let skips = extraction.skipped().iter().take(room).map(|skipped| Skip {
            line: skipped.line,
            text: skipped.text.clone(),
            reason: skipped.reason.to_string(),
        });
        self.found.skips.extend(skips);
    }

    /// The name, what was found, and the hashes in the order of the input.
    pub(crate) fn finish(mut self) -> (String, Found, Vec<FileHash>) {
        let digest = self.digest.finalize();
        self.found.digest = digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.found.bytes = self.bytes;
        let name = self.name.unwrap_or_else(|| "pasted text".to_owned());
        (name, self.found, self.hashes)
    }
}

impl Found {
    /// How many distinct hashes.
    pub(crate) const fn hashes(&self) -> u64 {
        self.md5 + self.sha1 + self.sha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[&[u8]]) -> Result<(String, Found, Vec<FileHash>), NoText> {
        let mut intake = Intake::default();
        for bytes in parts {
            let mut part = Part::default();
            for piece in bytes.chunks(7) {
                part.push(&mut intake, piece)?;
            }
            part.finish(&mut intake)?;
        }
        Ok(intake.finish())
    }

    #[test]
    fn hashes_of_all_parts_are_counted_once_and_the_rest_is_explained() {
        let one: &[u8] = b"44d88612fea8a8f36de82e1278abb02f 44d88612fea8a8f36de82e1278abb02f";
        let two: &[u8] =
            b"3395856ce81f2b7382dee72602f798b642f14140\n44d88612fea8a8f36de82e1278abb02f\n\
            imphash: 0123456789abcdef0123456789abcdef\n";
        let (name, found, hashes) = read(&[one, two]).unwrap();
        assert_eq!((name.as_str(), hashes.len()), ("pasted text", 2));
        assert_eq!((found.md5, found.sha1, found.duplicates), (1, 1, 2));
        assert_eq!((found.skipped, found.skips[0].line), (1, 3));
        assert_eq!(found.bytes, (one.len() + two.len()) as u64);
        assert_eq!(found.digest.len(), 12);
    }

    #[test]
    fn a_name_is_shown_and_nothing_else_is_done_with_it() {
        let mut intake = Intake::default();
        intake.name("  ");
        intake.name("../../a\r\nb\u{202e}.txt");
        intake.name("other");
        let (name, ..) = intake.finish();
        assert_eq!(name, r"../../a\u{d}\u{a}b\u{202e}.txt");
    }

    #[test]
    fn a_program_is_refused_however_it_is_cut() {
        let program = [&b"MZ\x90\0\x03\0\0\0"[..], &[0; 2_000]].concat();
        assert!(matches!(read(&[&program]), Err(NoText::File(_))));
        assert!(matches!(read(&[&program[..50]]), Err(NoText::File(_))));
    }
}
