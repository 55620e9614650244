//! VirusTotal's answer as it came, compressed.

use std::io;

use bytes::Bytes;
use zstd::bulk::{Compressor, Decompressor};

/// The level that costs about as little as writing the result.
const LEVEL: i32 = 3;
/// A body is at most so large when it is unpacked; what claims to be larger is
/// damaged.
const LARGEST: usize = 64 << 20;

/// Compresses one body after the other.
pub(crate) struct Packer(Compressor<'static>);

impl Packer {
    pub(crate) fn new() -> io::Result<Self> {
        Compressor::new(LEVEL).map(Self)
    }

    /// A body as it is kept.
    pub(crate) fn pack(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
        self.0.compress(body)
    }
}

/// Unpacks one body after the other.
#[derive(Default)]
pub(crate) struct Unpacker(Option<Decompressor<'static>>);

impl Unpacker {
    /// A body as it came, if the bytes are one.
    pub(crate) fn unpack(&mut self, bytes: &[u8]) -> Option<Bytes> {
        let size = zstd::zstd_safe::get_frame_content_size(bytes).ok()??;
        let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST)?;
        let context = match &mut self.0 {
            Some(context) => context,
            none => none.insert(Decompressor::new().ok()?),
        };
        context.decompress(bytes, size).ok().map(Bytes::from)
    }
}
