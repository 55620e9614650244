//! For any processor: eight bytes at once, in the words it has.

use super::{Instructions, Marks};

#[derive(Clone, Copy, Debug)]
pub(in crate::hash) struct Portable;

impl Instructions for Portable {
    fn mark(self, block: &[u8; 64]) -> Marks {
        Marks {
            digits: bits(block, is_digit),
            line_feeds: bits(block, |byte| byte == b'\n'),
            carriage_returns: bits(block, |byte| byte == b'\r'),
        }
    }

    fn decode(self, digits: &[u8; 64]) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (eights, _) = digits.as_chunks();
        let (fours, _) = bytes.as_chunks_mut();
        for (four, eight) in fours.iter_mut().zip(eights) {
            *four = decode_eight(*eight);
        }
        bytes
    }

    #[inline(always)]
    fn find(self, numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
        let is_wanted = |number: &[u8; 4]| u32::from_ne_bytes(*number) & mask == wanted;
        let flags = numbers.iter().rev().map(is_wanted);
        flags.fold(0, |bits, flag| bits << 1 | u16::from(flag))
    }

    #[inline(always)]
    fn fetch<T>(self, _: &T) {
        // There is no way to ask that every processor understands.
    }
}

/// Says whether the byte is an ASCII hex digit.
const fn is_digit(byte: u8) -> bool {
    // Without a branch: digits and letters change too often to be guessed.
    (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6)
}

/// A bit for each byte of which something is so.
fn bits(block: &[u8; 64], is_so: impl Fn(u8) -> bool) -> u64 {
    // Two steps, so that the compiler makes vector code of the first.
    let flags = block.map(|byte| u8::from(is_so(byte)));
    let (eights, _) = flags.as_chunks();
    eights.iter().rev().fold(0, |bits, eight| {
        // The product gathers the lowest bits of eight bytes in the highest byte.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << 8 | gathered
    })
}

/// The four bytes that eight hex digits spell.
const fn decode_eight(digits: [u8; 8]) -> [u8; 4] {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let digits = u64::from_le_bytes(digits);
    // '0'..='9' are 0x30.., 'A' and 'a' end in 1: bit 6 tells them apart.
    let values = (digits & (ONES * 0x0f)) + (digits >> 6 & ONES) * 9;
    // The first of two digits, which has the lower place here, is the high half.
    let pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let pairs = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    let bytes = (pairs | pairs >> 16) & 0xffff_ffff;
    (bytes as u32).to_le_bytes()
}
