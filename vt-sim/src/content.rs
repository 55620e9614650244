//! Bodies of any size in little memory.

use std::iter;

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, Crc, FlushCompress};

/// Spaces are sent, and compressed, in runs of this many.
const RUN: usize = 1 << 20;

/// The bytes of a body, those that repeat themselves held once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    bytes: Bytes,
    times: u64,
}

impl Run {
    fn len(&self) -> u64 {
        self.bytes.len() as u64 * self.times
    }
}

impl Content {
    pub(crate) fn of(bytes: Bytes) -> Self {
        let mut content = Self::default();
        content.push(bytes, 1);
        content
    }

    pub(crate) fn len(&self) -> u64 {
        self.runs.iter().map(Run::len).sum()
    }

    /// Adds spaces until it is this long.
    pub(crate) fn pad(&mut self, length: u64) {
        let spaces = length.saturating_sub(self.len());
        let run = Bytes::from(vec![b' '; RUN.min(usize::try_from(spaces).unwrap_or(RUN))]);
        let rest = run.slice(..(spaces % RUN as u64) as usize);
        self.push(run, spaces / RUN as u64);
        self.push(rest, 1);
    }

    /// Compresses it: what repeats itself is compressed once.
    pub(crate) fn gzip(&self) -> Self {
        // No name, no time, the system unknown.
        const HEAD: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
        // A last block with nothing in it.
        const LAST: &[u8] = b"\x03\0";
        let mut content = Self::of(Bytes::from_static(HEAD));
        let mut sum = Crc::new();
        for run in &self.runs {
            let mut once = Crc::new();
            once.update(&run.bytes);
            for _ in 0..run.times {
                sum.combine(&once);
            }
            // What is sent often is worth the effort.
            let level = match run.times {
                1 => Compression::fast(),
                _ => Compression::best(),
            };
            content.push(deflate(&run.bytes, level), run.times);
        }
        let mut tail = BytesMut::from(LAST);
        tail.extend_from_slice(&sum.sum().to_le_bytes());
        tail.extend_from_slice(&sum.amount().to_le_bytes());
        content.push(tail.freeze(), 1);
        content
    }

    /// Leaves out what is behind a length.
    pub(crate) fn truncate(&mut self, length: u64) {
        let mut left = length;
        let mut kept = Self::default();
        for run in &self.runs {
            let whole = (left / run.bytes.len() as u64).min(run.times);
            kept.push(run.bytes.clone(), whole);
            left -= whole * run.bytes.len() as u64;
            if whole < run.times {
                // What is left is less than one run.
                kept.push(run.bytes.slice(..left as usize), 1);
                break;
            }
        }
        *self = kept;
    }

    /// Cuts it into pieces of this many bytes, or less where it must be.
    pub(crate) fn pieces(&self, size: usize) -> impl Iterator<Item = Bytes> + '_ {
        let size = size.max(1);
        self.runs
            .iter()
            .flat_map(|run| (0..run.times).map(|_| run.bytes.clone()))
            .flat_map(move |mut bytes| {
                iter::from_fn(move || {
                    let end = size.min(bytes.len());
                    (end > 0).then(|| bytes.split_to(end))
                })
            })
    }

    /// Puts it together, unless it is longer than so much.
    pub(crate) fn collect(&self, most: u64) -> Option<Bytes> {
        if self.len() > most {
            return None;
        }
        if let [Run { bytes, times: 1 }] = &self.runs[..] {
            return Some(bytes.clone());
        }
        let mut whole = BytesMut::new();
        for piece in self.pieces(RUN) {
            whole.extend_from_slice(&piece);
        }
        Some(whole.freeze())
    }

    fn push(&mut self, bytes: Bytes, times: u64) {
        if !bytes.is_empty() && times > 0 {
            self.runs.push(Run { bytes, times });
        }
    }
}

/// Compresses bytes into blocks that know nothing of what stood before, so that they may be repeated.
fn deflate(bytes: &[u8], level: Compression) -> Bytes {
    let mut compress = Compress::new(level, false);
    // More than the worst case: 5 bytes for each stored block, and the mark of the flush.
    let mut blocks = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64);
    // A buffer that is large enough leaves nothing to fail; a short body would show as one that does not decode.
    let _ = compress.compress_vec(bytes, &mut blocks, FlushCompress::Full);
    blocks.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn text(content: &Content) -> Bytes {
        content.collect(u64::MAX).unwrap()
    }

    fn padded(text: &'static [u8], length: u64) -> Content {
        let mut content = Content::of(Bytes::from_static(text));
        content.pad(length);
        content
    }

    #[test]
    fn padding_adds_spaces_up_to_the_length_and_takes_nothing_away() {
        for length in [0, 2, 3, 10, RUN as u64 + 1, RUN as u64 + 2, 3 * RUN as u64] {
            let content = padded(b"{}", length);
            assert_eq!(content.len(), length.max(2));
            let text = text(&content);
            assert_eq!(text.len() as u64, content.len());
            assert!(text.starts_with(b"{}") && text[2..].iter().all(|&byte| byte == b' '));
        }
    }

    #[test]
    fn what_is_compressed_by_runs_decodes_to_the_same() {
        let noise: Vec<u8> = {
            let mut random = fastrand::Rng::with_seed(1);
            (0..200_000).map(|_| random.u8(..)).collect()
        };
        for plain in [
            Content::default(),
            Content::of(noise.into()),
            padded(b"{}", 5 * RUN as u64 + 7),
        ] {
            let mut decoded = Vec::new();
            let packed = text(&plain.gzip());
            GzDecoder::new(&packed[..])
                .read_to_end(&mut decoded)
                .unwrap();
            assert!(decoded == text(&plain), "{} bytes", plain.len());
        }
    }

    #[test]
    fn a_gigabyte_is_a_megabyte_when_compressed() {
        let packed = padded(b"{}", 1 << 30).gzip();
        assert!(packed.len() < 1 << 21, "{} bytes", packed.len());
        assert!(packed.runs.iter().all(|run| run.bytes.len() < 1 << 16));
    }

    #[test]
    fn truncating_keeps_the_beginning() {
        let whole = text(&padded(b"{\"a\": 1}", 2 * RUN as u64 + 100));
        for length in [0, 5, 8, 9, RUN + 8, RUN + 9, 2 * RUN + 99, 2 * RUN + 100] {
            let mut content = padded(b"{\"a\": 1}", whole.len() as u64);
            content.truncate(length as u64);
            assert!(text(&content) == whole[..length], "{length}");
        }
    }

    #[test]
    fn pieces_are_as_large_as_asked_for_and_lose_nothing() {
        let content = padded(b"0123456789", 25);
        let pieces: Vec<Bytes> = content.pieces(4).collect();
        assert_eq!(pieces[..3], [&b"0123"[..], b"4567", b"89"]);
        assert_eq!(pieces.concat(), text(&content));
    }
}
