//! Bodies that come compressed.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use zlib_rs::{Inflate, InflateFlush, Status, crc32::crc32};

use super::TransportError;

/// The largest window, as zlib numbers them.
const WINDOW: u8 = 15;

/// How many times as long a text can get: a byte is four matches of 258 each.
const MOST: usize = 4 * 258;

/// How much of a text is unpacked at a time that is only measured.
const PIECE: usize = 64 * 1024;

// Which fields gzip's header has.
const CHECK: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;

/// Unpacks gzip, each body at once.
///
/// A body says at its end how long the text is, so that this goes into one piece
/// of memory of the right size. A body of several parts cannot be read so: none
/// has been seen, and the next attempt asks for one without compression.
#[derive(Default)]
pub(super) struct Unpacker {
    // Tens of kilobytes each, as many as there were bodies at the same time.
    idle: Mutex<Vec<Inflate>>,
}

impl Unpacker {
    /// The text in a body of which there is no more than `longest`.
    pub(super) fn unpack(&self, packed: &[u8], longest: usize) -> Result<Bytes, TransportError> {
        if packed.is_empty() {
            return Ok(Bytes::new());
        }
        let member = Member::read(packed).ok_or(TransportError::Encoding)?;
        let mut inflate = self.take();
        let text = member.inflate(&mut inflate, longest).ok_or_else(|| {
            inflate.reset(false);
            match member.is_longer(&mut inflate, longest) {
                true => TransportError::TooLarge,
                false => TransportError::Encoding,
            }
        });
        self.give_back(inflate);
        text.map(Bytes::from)
    }

    fn take(&self) -> Inflate {
        let idle = self.idle().pop();
        idle.unwrap_or_else(|| Inflate::new(false, WINDOW))
    }

    fn give_back(&self, mut inflate: Inflate) {
        inflate.reset(false);
        self.idle().push(inflate);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Inflate>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacker").finish_non_exhaustive()
    }
}

/// A gzip file, as RFC 1952 has it.
struct Member<'a> {
    deflated: &'a [u8],
    checksum: u32,
    length: usize,
}

impl<'a> Member<'a> {
    fn read(packed: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = packed.split_first_chunk()?;
        let [0x1f, 0x8b, 8, flags, _, _, _, _, _, _] = *head else {
            return None;
        };
        if flags & EXTRA != 0 {
            let (length, behind) = rest.split_first_chunk()?;
            rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                let end = rest.iter().position(|byte| *byte == 0)?;
                rest = &rest[end + 1..];
            }
        }
        if flags & CHECK != 0 {
            rest = rest.get(2..)?;
        }
        let (rest, length) = rest.split_last_chunk()?;
        let (deflated, checksum) = rest.split_last_chunk()?;
        Some(Self {
            deflated,
            checksum: u32::from_le_bytes(*checksum),
            length: usize::try_from(u32::from_le_bytes(*length)).ok()?,
        })
    }

    /// The text, if it is whole and as long as is said.
    fn inflate(&self, inflate: &mut Inflate, longest: usize) -> Option<Vec<u8>> {
        // A lie must not cost the memory that it names.
        if self.length > longest || self.length / MOST > self.deflated.len() {
            return None;
        }
        let mut text = vec![0; self.length];
        let end = inflate.decompress(self.deflated, &mut text, InflateFlush::Finish);
        let is_whole = matches!(end, Ok(Status::StreamEnd))
            && inflate.total_in() == self.deflated.len() as u64
            && inflate.total_out() == self.length as u64
            && crc32(0, &text) == self.checksum;
        is_whole.then_some(text)
    }

    /// Whether the text is longer than it may be, whatever is said of it.
    fn is_longer(&self, inflate: &mut Inflate, longest: usize) -> bool {
        let mut piece = vec![0; PIECE];
        let (mut rest, mut text) = (self.deflated, 0);
        loop {
            let end = inflate.decompress(rest, &mut piece, InflateFlush::NoFlush);
            let gained = inflate.total_out() - text;
            text += gained;
            if text > longest as u64 {
                return true;
            }
            if !matches!(end, Ok(Status::Ok)) || gained == 0 {
                return false;
            }
            // It has read no more than there is.
            rest = &self.deflated[inflate.total_in() as usize..];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder, write::GzEncoder};

    use super::*;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// With memory that was used before.
    fn unpack(packed: &[u8], longest: usize) -> Result<Bytes, TransportError> {
        let unpacker = Unpacker::default();
        let _ = unpacker.unpack(&pack(b"another")[..20], 100);
        unpacker.unpack(packed, longest)
    }

    #[test]
    fn what_was_packed_comes_back_in_memory_of_its_size() {
        let seed = 7;
        let mut random = fastrand::Rng::with_seed(seed);
        for length in [0, 1, 2, 100, 4_096, 42_000, 70_000, 300_000] {
            // Half of it repeats, half does not.
            let text: Vec<u8> = (0..length)
                .map(|at| {
                    if at % 8_192 < 4_096 {
                        b'a'
                    } else {
                        random.u8(..)
                    }
                })
                .collect();
            let unpacked = unpack(&pack(&text), length);
            assert_eq!(unpacked.unwrap(), text, "seed {seed}, length {length}");
        }
        assert!(unpack(b"", 0).unwrap().is_empty());
    }

    #[test]
    fn every_field_of_the_header_is_passed_over() {
        for fields in 0..8 {
            let mut builder = GzBuilder::new();
            if fields & 1 != 0 {
                builder = builder.filename("a name");
            }
            if fields & 2 != 0 {
                builder = builder.comment("a comment");
            }
            if fields & 4 != 0 {
                builder = builder.extra("more");
            }
            let mut encoder = builder.write(Vec::new(), Compression::fast());
            encoder.write_all(b"a text").unwrap();
            let packed = encoder.finish().unwrap();
            assert_eq!(unpack(&packed, 100).unwrap(), "a text", "{fields}");
        }
        let mut checked = pack(b"a text");
        checked[3] |= CHECK;
        checked.splice(10..10, [0, 0]);
        assert_eq!(unpack(&checked, 100).unwrap(), "a text");
    }

    #[test]
    fn a_body_that_is_not_whole_is_no_body() {
        let whole = pack(&b"0123456789".repeat(100));
        for length in 1..whole.len() {
            assert!(unpack(&whole[..length], usize::MAX).is_err(), "{length}");
        }
        for at in 10..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(unpack(&damaged, usize::MAX).is_err(), "{at}");
        }
        let twice = [whole.clone(), whole].concat();
        assert!(matches!(
            unpack(&twice, usize::MAX),
            Err(TransportError::Encoding)
        ));
    }

    #[test]
    fn what_is_too_long_is_said_to_be_whatever_it_says_itself() {
        let bomb = pack(&vec![0; 1_000_000]);
        assert!(unpack(&bomb, 1_000_000).is_ok());
        let end = bomb.len() - 4;
        for length in [0, 3, 999_999, 1_000_000, 1 << 23, 1 << 30, u32::MAX] {
            let mut liar = bomb.clone();
            liar[end..].copy_from_slice(&length.to_le_bytes());
            for longest in [0, 1, 65_536, 999_999] {
                let error = unpack(&liar, longest).unwrap_err();
                assert!(matches!(error, TransportError::TooLarge), "{length}");
            }
            let error = unpack(&liar, 1_000_000).err();
            let is_true = length == 1_000_000;
            let is_expected = |error| matches!(error, TransportError::Encoding);
            assert!(error.map_or(is_true, is_expected), "{length}");
        }
        let cut = unpack(&bomb[..bomb.len() / 2], 1_000_000).unwrap_err();
        assert!(matches!(cut, TransportError::Encoding));
    }
}
