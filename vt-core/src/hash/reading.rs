//! Reads a text from its beginning to its end: finds out its encoding, then decodes
//! and sifts it.

use std::mem;

use super::{
    Encoding, Occurrence,
    encoding::{self, Decoder},
    sieve::{Finds, Sieve},
    skips::Skips,
};

/// How much is sifted before what was found is handed on, in bytes: so much of that
/// is held.
const PIECE: usize = 64 * 1024;

/// A text that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Reading {
    bytes: u64,
    // The beginning of the text, while its encoding is not known.
    head: Vec<u8>,
    decoder: Option<Decoder>,
    sieve: Sieve,
    finds: Finds,
}

/// What there is to say of a text besides its hashes.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) skips: Skips,
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) encoding: Encoding,
}

impl Reading {
    /// Reads the next bytes, and hands the hashes in them to `take`, some at a time.
    pub(super) fn push(&mut self, bytes: &[u8], take: &mut impl FnMut(&[Occurrence])) {
        self.bytes += bytes.len() as u64;
        let mut bytes = bytes;
        if self.decoder.is_none() {
            let missing = encoding::HEAD - self.head.len();
            let (head, rest) = bytes.split_at(missing.min(bytes.len()));
            self.head.extend_from_slice(head);
            self.recognise(self.head.len() == encoding::HEAD, take);
            bytes = rest;
        }
        self.read(bytes, take);
    }

    /// Ends the text.
    pub(super) fn finish(mut self, take: &mut impl FnMut(&[Occurrence])) -> Rest {
        self.recognise(true, take);
        let mut encoding = Encoding::Utf8;
        if let Some(decoder) = &self.decoder {
            self.sieve.sift(decoder.finish(), &mut self.finds);
            encoding = decoder.encoding();
        }
        let lines = self.sieve.finish(&mut self.finds);
        take(&self.finds.found);
        Rest {
            skips: self.finds.skips,
            lines,
            bytes: self.bytes,
            encoding,
        }
    }

    fn recognise(&mut self, complete: bool, take: &mut impl FnMut(&[Occurrence])) {
        if self.decoder.is_some() {
            return;
        }
        if let Some((encoding, mark)) = Encoding::recognise(&self.head, complete) {
            self.decoder = Some(Decoder::new(encoding));
            let head = mem::take(&mut self.head);
            self.read(&head[mark..], take);
        }
    }

    fn read(&mut self, bytes: &[u8], take: &mut impl FnMut(&[Occurrence])) {
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        for piece in bytes.chunks(PIECE) {
            decoder.decode(piece, |text| self.sieve.sift(text, &mut self.finds));
            take(&self.finds.found);
            self.finds.found.clear();
        }
    }

    /// How much memory it holds, in bytes.
    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        let found = self.finds.found.capacity() * size_of::<Occurrence>();
        self.head.capacity() + self.sieve.held() + found
    }
}
