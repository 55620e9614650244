//! Zeroed memory, in large pages if it is much.

use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// From so many bytes on the system is asked for memory of its own: two of the pages
/// that a processor finds fastest.
const LARGE: usize = 4 * 1024 * 1024;

/// Zeros at first. What is not touched takes no memory, if there is much of it.
#[derive(Debug)]
pub(super) enum Memory {
    Heap(Vec<u8>),
    Mapped(MmapMut),
}

impl Memory {
    pub(super) fn zeroed(len: usize) -> Self {
        if len >= LARGE
            && let Ok(mapped) = MmapMut::map_anon(len)
        {
            // Where every few kilobytes have to be asked for, that takes longer than
            // all else that is done with them. A system that cannot do better may not.
            #[cfg(target_os = "linux")]
            let _ = mapped.advise(memmap2::Advice::HugePage);
            return Self::Mapped(mapped);
        }
        Self::Heap(vec![0; len])
    }

    /// The same with zeros behind it.
    pub(super) fn longer(self, len: usize) -> Self {
        match self {
            Self::Heap(mut bytes) if len < LARGE => {
                bytes.resize(len, 0);
                Self::Heap(bytes)
            }
            short => {
                let mut longer = Self::zeroed(len);
                longer[..short.len()].copy_from_slice(&short);
                longer
            }
        }
    }
}

impl Deref for Memory {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }
}

impl DerefMut for Memory {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }
}
