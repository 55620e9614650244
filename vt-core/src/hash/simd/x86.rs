//! For x86-64: AVX2 where it is, else SSE2, which is everywhere.

use std::{
    arch::{
        is_x86_feature_detected,
        x86_64::{
            __m128i, __m256i, _MM_HINT_T0, _mm_and_si128, _mm_castsi128_ps, _mm_cmpeq_epi8,
            _mm_cmpeq_epi32, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_movemask_ps,
            _mm_or_si128, _mm_prefetch, _mm_set1_epi8, _mm_set1_epi32, _mm_sub_epi8,
            _mm256_add_epi8, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_castsi256_ps,
            _mm256_cmpeq_epi8, _mm256_cmpeq_epi32, _mm256_cmpgt_epi8, _mm256_loadu_si256,
            _mm256_maddubs_epi16, _mm256_movemask_epi8, _mm256_movemask_ps, _mm256_packus_epi16,
            _mm256_permute4x64_epi64, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
            _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_storeu_si256,
        },
    },
    ptr,
};

use super::{Instructions, Job, Marks, portable::Portable};

/// Made by [`Avx2::detect`] alone: who has one may call what needs AVX2, BMI1, LZCNT
/// and POPCNT.
#[derive(Clone, Copy, Debug)]
pub(in crate::hash) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has_all.then_some(Self(()))
    }

    #[inline]
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // SAFETY: `detect` has found all of these, or there would be no `self`.
        unsafe { run_avx2(self, job) }
    }
}

#[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
fn run_avx2<J: Job>(avx2: Avx2, job: J) -> J::Output {
    job.run(avx2)
}

impl Instructions for Avx2 {
    #[inline(always)]
    fn mark(self, block: &[u8; 64]) -> Marks {
        // SAFETY: `detect` has found AVX2, or there would be no `self`.
        unsafe { mark_avx2(block) }
    }

    #[inline(always)]
    fn decode(self, digits: &[u8; 64]) -> [u8; 32] {
        // SAFETY: `detect` has found AVX2, or there would be no `self`.
        unsafe { decode_avx2(digits) }
    }

    #[inline(always)]
    fn find(self, numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
        // SAFETY: `detect` has found AVX2, or there would be no `self`.
        unsafe { find_avx2(numbers, mask, wanted) }
    }

    #[inline(always)]
    fn fetch<T>(self, value: &T) {
        fetch(value);
    }
}

/// A byte is a digit if the classes of its two halves meet: 1 for what begins with 3,
/// 2 for what begins with 4 or 6. From 0x80 on a shuffle gives 0.
pub(super) const LOW: [u8; 16] = [1, 3, 3, 3, 3, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0];
pub(super) const HIGH: [u8; 16] = [0, 0, 0, 1, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline]
#[target_feature(enable = "avx2")]
fn mark_avx2(block: &[u8; 64]) -> Marks {
    let [low, high] = [&LOW, &HIGH].map(|table| _mm256_broadcastsi128_si256(load_128(table)));
    let [feed, carriage] = [b'\n', b'\r'].map(|byte| _mm256_set1_epi8(byte.cast_signed()));
    let (halves, _) = block.as_chunks();
    let mut marks = Marks::default();
    for half in halves.iter().rev() {
        let text = load_256(half);
        let above = _mm256_and_si256(_mm256_srli_epi16::<4>(text), _mm256_set1_epi8(0x0f));
        let classes = _mm256_and_si256(
            _mm256_shuffle_epi8(low, text),
            _mm256_shuffle_epi8(high, above),
        );
        let append = |bits: &mut u64, bytes: __m256i| {
            let mask = _mm256_movemask_epi8(bytes).cast_unsigned();
            *bits = *bits << 32 | u64::from(mask);
        };
        let digits = _mm256_cmpgt_epi8(classes, _mm256_setzero_si256());
        append(&mut marks.digits, digits);
        append(&mut marks.line_feeds, _mm256_cmpeq_epi8(text, feed));
        append(
            &mut marks.carriage_returns,
            _mm256_cmpeq_epi8(text, carriage),
        );
    }
    marks
}

#[inline]
#[target_feature(enable = "avx2")]
fn decode_avx2(digits: &[u8; 64]) -> [u8; 32] {
    let (halves, _) = digits.as_chunks();
    let [first, second] = [&halves[0], &halves[1]].map(|half| pairs_avx2(half));
    // The pack works in each half for itself: bring the quarters into their order.
    let bytes = _mm256_packus_epi16(first, second);
    store_256(_mm256_permute4x64_epi64::<0b11_01_10_00>(bytes))
}

/// What each two of 32 digits spell.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs_avx2(digits: &[u8; 32]) -> __m256i {
    let digits = load_256(digits);
    let values = _mm256_and_si256(digits, _mm256_set1_epi8(0x0f));
    let is_letter = _mm256_cmpgt_epi8(digits, _mm256_set1_epi8(b'9'.cast_signed()));
    let nine = _mm256_and_si256(is_letter, _mm256_set1_epi8(9));
    let values = _mm256_add_epi8(values, nine);
    // In each pair 16 times the first and once the second.
    _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0110))
}

#[inline]
#[target_feature(enable = "avx2")]
fn find_avx2(numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
    let [mask, wanted] = [mask, wanted].map(|number| _mm256_set1_epi32(number.cast_signed()));
    let (halves, _) = numbers.as_flattened().as_chunks();
    halves.iter().rev().fold(0, |bits, half| {
        let alike = _mm256_cmpeq_epi32(_mm256_and_si256(load_256(half), mask), wanted);
        let mask = _mm256_movemask_ps(_mm256_castsi256_ps(alike));
        bits << 8 | mask as u16
    })
}

/// Made on x86-64 only, where there always is SSE2.
#[derive(Clone, Copy, Debug)]
pub(in crate::hash) struct Sse2(());

impl Sse2 {
    pub(super) const fn new() -> Self {
        Self(())
    }
}

impl Instructions for Sse2 {
    #[inline(always)]
    fn mark(self, block: &[u8; 64]) -> Marks {
        // SAFETY: every x86-64 has SSE2.
        unsafe { mark_sse2(block) }
    }

    #[inline(always)]
    fn decode(self, digits: &[u8; 64]) -> [u8; 32] {
        // The instruction that would help came after SSE2.
        Portable.decode(digits)
    }

    #[inline(always)]
    fn find(self, numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
        // SAFETY: every x86-64 has SSE2.
        unsafe { find_sse2(numbers, mask, wanted) }
    }

    #[inline(always)]
    fn fetch<T>(self, value: &T) {
        fetch(value);
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn mark_sse2(block: &[u8; 64]) -> Marks {
    let splat = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    // Whether unsigned bytes are one of so many from `first` on.
    let is_within = |text, first, count: u8| {
        let place = _mm_sub_epi8(text, splat(first));
        _mm_cmpeq_epi8(_mm_min_epu8(place, splat(count - 1)), place)
    };
    let (quarters, _) = block.as_chunks();
    let mut marks = Marks::default();
    for quarter in quarters.iter().rev() {
        let text = load_128(quarter);
        let small = _mm_or_si128(text, splat(0x20));
        let digits = _mm_or_si128(is_within(text, b'0', 10), is_within(small, b'a', 6));
        let append = |bits: &mut u64, bytes: __m128i| {
            let mask = _mm_movemask_epi8(bytes).cast_unsigned();
            *bits = *bits << 16 | u64::from(mask);
        };
        append(&mut marks.digits, digits);
        append(&mut marks.line_feeds, _mm_cmpeq_epi8(text, splat(b'\n')));
        append(
            &mut marks.carriage_returns,
            _mm_cmpeq_epi8(text, splat(b'\r')),
        );
    }
    marks
}

#[inline]
#[target_feature(enable = "sse2")]
fn find_sse2(numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16 {
    let [mask, wanted] = [mask, wanted].map(|number| _mm_set1_epi32(number.cast_signed()));
    let (quarters, _) = numbers.as_flattened().as_chunks();
    quarters.iter().rev().fold(0, |bits, quarter| {
        let alike = _mm_cmpeq_epi32(_mm_and_si128(load_128(quarter), mask), wanted);
        let mask = _mm_movemask_ps(_mm_castsi128_ps(alike));
        bits << 4 | mask as u16
    })
}

#[inline(always)]
pub(super) fn fetch<T>(value: &T) {
    // SAFETY: every x86-64 has SSE, and this reads nothing that the program could tell.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ptr::from_ref(value).cast()) }
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn load_128(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: it reads the 16 bytes of the reference, and needs no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_256(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: it reads the 32 bytes of the reference, and needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_256(value: __m256i) -> [u8; 32] {
    let mut bytes = [0; 32];
    // SAFETY: it writes the 32 bytes of the array, and needs no alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) };
    bytes
}
