//! Looks at 64 bytes at once, and reads 32 digits at once: the one module with
//! `unsafe`.
//!
//! What the processor can do is found out when the program runs. [`Simd::run`] then
//! does a [`Job`] with the best [`Instructions`] there are, of which the job's code
//! is made as many times as there are kinds. All of them give the same answers as
//! `portable`, which is the one to read first.
#![expect(
    unsafe_code,
    reason = "vector instructions, and only where the processor was asked for them"
)]

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use portable::Portable;

/// What is so of 64 bytes of a text: a bit for each, the first byte's lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// ASCII hex digits.
    pub(super) digits: u64,
    pub(super) line_feeds: u64,
    pub(super) carriage_returns: u64,
}

/// A kind of instructions. To have a value is proof that the processor has them.
pub(super) trait Instructions: Copy {
    fn mark(self, block: &[u8; 64]) -> Marks;

    /// The 32 bytes that 64 hex digits spell. Of what is no digit it makes something.
    fn decode(self, digits: &[u8; 64]) -> [u8; 32];

    /// Which of 16 numbers are the `wanted` one where `mask` has ones: a bit for each,
    /// the first one's lowest.
    fn find(self, numbers: &[[u8; 4]; 16], mask: u32, wanted: u32) -> u16;

    /// Asks for a value to be brought near, and does not wait for it.
    fn fetch<T>(self, value: &T);
}

/// What is to be done quickly. Its `run`, and what that calls, should be
/// `inline(always)`: what is not inlined is made for any processor.
pub(super) trait Job {
    type Output;

    fn run(self, instructions: impl Instructions) -> Self::Output;
}

/// The best instructions that this processor has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Simd {
    /// 512 bits: servers since 2017, and what AMD has made since 2022.
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
    /// 256 bits: nearly every x86 since 2013.
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    /// 128 bits: every x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2(x86::Sse2),
    /// 128 bits: every 64-bit ARM.
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon),
    /// Any processor.
    #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    Portable(Portable),
}

impl Simd {
    /// Asks the processor. The answer is remembered, so asking again costs nothing.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn detect() -> Self {
        let avx512 = avx512::Avx512::detect().map(Self::Avx512);
        let best = avx512.or_else(|| x86::Avx2::detect().map(Self::Avx2));
        best.unwrap_or(Self::Sse2(x86::Sse2::new()))
    }

    /// Every 64-bit ARM has the same.
    #[cfg(target_arch = "aarch64")]
    pub(super) fn detect() -> Self {
        Self::Neon(neon::Neon::new())
    }

    /// Nothing is known of this processor.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(super) fn detect() -> Self {
        Self::Portable(Portable)
    }

    /// Does a job.
    #[inline]
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(avx512) => avx512.run(job),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.run(job),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2(sse2) => job.run(sse2),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(neon) => job.run(neon),
            #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
            Self::Portable(portable) => job.run(portable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that this processor has.
    fn all() -> Vec<Simd> {
        let mut all = vec![Simd::Portable(Portable), Simd::detect()];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(x86::Avx2::detect().map(Simd::Avx2));
            all.push(Simd::Sse2(x86::Sse2::new()));
        }
        all.dedup_by_key(|simd| std::mem::discriminant(simd));
        all
    }

    struct Mark<'a>(&'a [u8; 64]);

    impl Job for Mark<'_> {
        type Output = Marks;

        fn run(self, instructions: impl Instructions) -> Marks {
            instructions.mark(self.0)
        }
    }

    struct Decode<'a>(&'a [u8; 64]);

    impl Job for Decode<'_> {
        type Output = [u8; 32];

        fn run(self, instructions: impl Instructions) -> [u8; 32] {
            instructions.decode(self.0)
        }
    }

    struct Find<'a>(&'a [[u8; 4]; 16], u32, u32);

    impl Job for Find<'_> {
        type Output = u16;

        fn run(self, instructions: impl Instructions) -> u16 {
            instructions.find(self.0, self.1, self.2)
        }
    }

    fn marks(block: &[u8; 64]) -> Marks {
        let bits = |is_so: fn(&u8) -> bool| {
            let places = (0..64).filter(|at| is_so(&block[*at]));
            places.fold(0, |bits, at| bits | 1 << at)
        };
        Marks {
            digits: bits(u8::is_ascii_hexdigit),
            line_feeds: bits(|byte| *byte == b'\n'),
            carriage_returns: bits(|byte| *byte == b'\r'),
        }
    }

    #[test]
    fn every_byte_is_marked_as_the_standard_library_does_at_every_place() {
        for simd in all() {
            for byte in (0..=u8::MAX).step_by(if cfg!(miri) { 17 } else { 1 }) {
                for other in [0, b'a', b'\n', 0xff] {
                    for at in [0, 1, 7, 8, 15, 16, 31, 32, 47, 48, 62, 63] {
                        let mut block = [other; 64];
                        block[at] = byte;
                        let found = simd.run(Mark(&block));
                        assert_eq!(found, marks(&block), "{simd:?}: {byte} at {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn random_blocks_are_marked_as_the_standard_library_does() {
        let mut random = fastrand::Rng::with_seed(5);
        let blocks = if cfg!(miri) { 100 } else { 100_000 };
        for simd in all() {
            for _ in 0..blocks {
                let mut block = [0; 64];
                random.fill(&mut block);
                assert_eq!(simd.run(Mark(&block)), marks(&block), "{simd:?}: {block:?}");
            }
        }
    }

    #[test]
    fn digits_are_decoded_as_the_standard_library_does() {
        let mut random = fastrand::Rng::with_seed(6);
        let texts = if cfg!(miri) { 50 } else { 50_000 };
        for simd in all() {
            for _ in 0..texts {
                let digits = [(); 64].map(|()| random.choice(*b"0123456789abcdefABCDEF").unwrap());
                let text = str::from_utf8(&digits).unwrap();
                let (first, second) = text.split_at(32);
                let bytes = |half| u128::from_str_radix(half, 16).unwrap().to_be_bytes();
                let expected = [bytes(first), bytes(second)].concat();
                assert_eq!(simd.run(Decode(&digits))[..], expected, "{simd:?}: {text}");
            }
        }
    }

    #[test]
    fn numbers_are_found_by_the_bits_that_matter() {
        let mut random = fastrand::Rng::with_seed(7);
        let rounds = if cfg!(miri) { 50 } else { 50_000 };
        for simd in all() {
            for _ in 0..rounds {
                let numbers = [(); 16].map(|()| random.u32(..4) << random.u32(..31));
                let mask = random.choice([0, 1, 3 << 30, u32::MAX]).unwrap();
                let wanted = random.choice(numbers).unwrap() & mask;
                let alike = (0..16).filter(|at| numbers[*at] & mask == wanted);
                let expected = alike.fold(0, |bits, at| bits | 1 << at);
                let numbers = numbers.map(u32::to_ne_bytes);
                let found = simd.run(Find(&numbers, mask, wanted));
                assert_eq!(found, expected, "{simd:?}: {numbers:?}, {mask}, {wanted}");
            }
        }
    }
}
