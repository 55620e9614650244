//! For x86-64 with AVX-512: 64 bytes in one register, and masks with a bit for each.

use std::arch::{
    is_x86_feature_detected,
    x86_64::{
        __m512i, _mm256_storeu_si256, _mm512_and_si512, _mm512_broadcast_i32x4,
        _mm512_cmpeq_epi8_mask, _mm512_cmpeq_epi32_mask, _mm512_cmpgt_epi8_mask,
        _mm512_cvtepi16_epi8, _mm512_loadu_si512, _mm512_maddubs_epi16, _mm512_mask_add_epi8,
        _mm512_set1_epi8, _mm512_set1_epi16, _mm512_set1_epi32, _mm512_shuffle_epi8,
        _mm512_srli_epi16, _mm512_test_epi8_mask,
    },
};

use super::{
    Instructions, Job, Marks,
    x86::{self, HIGH, LOW},
};

/// Made by [`Avx512::detect`] alone: who has one may call what needs AVX-512 F,
/// BW and VL, BMI1, BMI2, LZCNT and POPCNT.
#[derive(Clone, Copy, Debug)]
pub(in crate::hash) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has_all.then_some(Self(()))
    }

    #[inline]
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // SAFETY: `detect` has found all of these, or there would be no `self`.
        unsafe { run(self, job) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi1,bmi2,lzcnt,popcnt")]
fn run<J: Job>(avx512: Avx512, job: J) -> J::Output {
    job.run(avx512)
}

impl Instructions for Avx512 {
    #[inline(always)]
    fn mark(self, block: &[u8; 64]) -> Marks {
        // SAFETY: `detect` has found AVX-512 F and BW, or there would be no `self`.
        unsafe { mark(block) }
    }

    #[inline(always)]
    fn decode(self, digits: &[u8; 64]) -> [u8; 32] {
        // SAFETY: `detect` has found AVX-512 F and BW, or there would be no `self`.
        unsafe { decode(digits) }
    }

    #[inline(always)]
    fn find(self, numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
        // SAFETY: `detect` has found AVX-512 F, or there would be no `self`.
        unsafe { find(numbers, mask, wanted) }
    }

    #[inline(always)]
    fn fetch<T>(self, value: &T) {
        x86::fetch(value);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn mark(block: &[u8; 64]) -> Marks {
    let [low, high] = [&LOW, &HIGH].map(|table| _mm512_broadcast_i32x4(x86::load_128(table)));
    let text = load(block);
    let above = _mm512_and_si512(_mm512_srli_epi16::<4>(text), _mm512_set1_epi8(0x0f));
    let [low, high] =
        [(low, text), (high, above)].map(|(table, at)| _mm512_shuffle_epi8(table, at));
    let all_that_are =
        |byte: u8| _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(byte.cast_signed()));
    Marks {
        digits: _mm512_test_epi8_mask(low, high),
        line_feeds: all_that_are(b'\n'),
        carriage_returns: all_that_are(b'\r'),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn decode(digits: &[u8; 64]) -> [u8; 32] {
    let digits = load(digits);
    let values = _mm512_and_si512(digits, _mm512_set1_epi8(0x0f));
    let letters = _mm512_cmpgt_epi8_mask(digits, _mm512_set1_epi8(b'9'.cast_signed()));
    let values = _mm512_mask_add_epi8(values, letters, values, _mm512_set1_epi8(9));
    // In each pair 16 times the first and once the second.
    let pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi16(0x0110));
    let value = _mm512_cvtepi16_epi8(pairs);
    let mut bytes = [0; 32];
    // SAFETY: it writes the 32 bytes of the array, and needs no alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) };
    bytes
}

#[inline]
#[target_feature(enable = "avx512f")]
fn find(numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
    let (bytes, _) = numbers.as_flattened().as_chunks();
    let [mask, wanted] = [mask, wanted].map(|number| _mm512_set1_epi32(number.cast_signed()));
    _mm512_cmpeq_epi32_mask(_mm512_and_si512(load(&bytes[0]), mask), wanted)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: it reads the 64 bytes of the reference, and needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}
