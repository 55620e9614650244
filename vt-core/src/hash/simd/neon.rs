//! For 64-bit ARM, where NEON is everywhere.

use std::arch::aarch64::{
    uint8x16_t, vaddvq_u16, vandq_u8, vceqq_u8, vcleq_u8, vdupq_n_u8, vextq_u8, vld1q_u8, vorrq_u8,
    vreinterpretq_u16_u8, vsubq_u8, vzip1q_u8,
};

use super::{Instructions, Marks, portable::Portable};

/// Made on 64-bit ARM only, where there always is NEON.
#[derive(Clone, Copy, Debug)]
pub(in crate::hash) struct Neon(());

impl Neon {
    pub(super) const fn new() -> Self {
        Self(())
    }
}

impl Instructions for Neon {
    #[inline(always)]
    fn mark(self, block: &[u8; 64]) -> Marks {
        // SAFETY: every 64-bit ARM that the standard library is for has NEON.
        unsafe { mark(block) }
    }

    #[inline(always)]
    fn decode(self, digits: &[u8; 64]) -> [u8; 32] {
        // The compiler makes NEON of it.
        Portable.decode(digits)
    }

    #[inline(always)]
    fn find(self, numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
        Portable.find(numbers, mask, wanted)
    }

    #[inline(always)]
    fn fetch<T>(self, value: &T) {
        Portable.fetch(value);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn mark(block: &[u8; 64]) -> Marks {
    // Whether unsigned bytes are one of so many from `first` on.
    let is_within = |text, first, count: u8| {
        let place = vsubq_u8(text, vdupq_n_u8(first));
        vcleq_u8(place, vdupq_n_u8(count - 1))
    };
    let (quarters, _) = block.as_chunks();
    let mut marks = Marks::default();
    for quarter in quarters.iter().rev() {
        let text = load(quarter);
        let small = vorrq_u8(text, vdupq_n_u8(0x20));
        let digits = vorrq_u8(is_within(text, b'0', 10), is_within(small, b'a', 6));
        let append = |bits: &mut u64, bytes| *bits = *bits << 16 | u64::from(mask(bytes));
        append(&mut marks.digits, digits);
        append(&mut marks.line_feeds, vceqq_u8(text, vdupq_n_u8(b'\n')));
        append(
            &mut marks.carriage_returns,
            vceqq_u8(text, vdupq_n_u8(b'\r')),
        );
    }
    marks
}

/// A bit for each byte, of which each is all ones or all zeros.
#[inline]
#[target_feature(enable = "neon")]
fn mask(bytes: uint8x16_t) -> u16 {
    const WEIGHTS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    let bits = vandq_u8(bytes, load(&WEIGHTS));
    // Each of the lower eight side by side with its counterpart above, so that one
    // sum of eight 16-bit numbers is the mask.
    let pairs = vzip1q_u8(bits, vextq_u8::<8>(bits, bits));
    vaddvq_u16(vreinterpretq_u16_u8(pairs))
}

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: it reads the 16 bytes of the reference, and needs no alignment.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}
