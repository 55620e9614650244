//! Lists: lines that are a hash and nothing else, one after the other.

use super::{
    FileHash, HashKind, Occurrence,
    simd::{Instructions, Job, Simd},
};

/// How long such a line can be, with CR and LF.
const LONGEST: usize = 66;

/// Takes the hashes of the lines at the beginning of a text that are nothing else,
/// and says where the rest begins.
///
/// On a list there is no need to look for runs, nor at what is around them: nothing is
/// before a hash on its line that could be its label.
pub(super) fn take(text: &[u8], first_line: u64, found: &mut Vec<Occurrence>, simd: Simd) -> usize {
    simd.run(Take {
        text,
        line: first_line,
        found,
    })
}

/// A job of its own, so that the registers are for this loop alone.
struct Take<'a> {
    text: &'a [u8],
    line: u64,
    found: &'a mut Vec<Occurrence>,
}

impl Job for Take<'_> {
    type Output = usize;

    #[inline(always)]
    fn run(self, by: impl Instructions) -> usize {
        let Self {
            text,
            mut line,
            found,
        } = self;
        let mut at = 0;
        while let Some(rest) = text[at..].first_chunk::<LONGEST>() {
            let (digits, _) = rest.split_first_chunk().unwrap_or((&[0; 64], &[]));
            let length = by.mark(digits).digits.trailing_ones() as usize;
            let Some(kind) = HashKind::of_hex_len(length) else {
                break;
            };
            at += match [rest[length], rest[length + 1]] {
                [b'\n', _] => length + 1,
                [b'\r', b'\n'] => length + 2,
                _ => break,
            };
            let hash = FileHash::from_digits(kind, digits, by);
            found.push(Occurrence { hash, line });
            line += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use crate::hash::{Found, extract};

    fn found(text: &str) -> Vec<Found> {
        extract(text.as_bytes()).found().collect()
    }

    #[test]
    fn a_list_has_the_hashes_of_a_text_that_is_none() {
        let seed = 21;
        let mut random = Rng::with_seed(seed);
        for round in 0..if cfg!(miri) { 3 } else { 2_000 } {
            let (mut list, mut text) = (String::new(), String::new());
            let oddness = random.u32(2..40);
            for _ in 0..random.u32(..60) {
                let line = line(&mut random, oddness);
                let end = ["\n", "\n", "\n", "\r\n", "\r"][random.usize(..5)];
                list += &format!("{line}{end}");
                // With something before it no line is one of a list.
                text += &format!("| {line}{end}");
            }
            assert_eq!(
                found(&list),
                found(&text),
                "seed {seed}, round {round}: {list}"
            );
        }
    }

    fn line(random: &mut Rng, oddness: u32) -> String {
        let digits = *random.choice(&[32, 40, 64]).unwrap();
        let mut digit = || random.choice(b"0123456789abcdefABCDEF".iter()).unwrap();
        let mut line: String = (0..digits).map(|_| char::from(*digit())).collect();
        match random.u32(..oddness) {
            0 => line.insert_str(0, "imphash: "),
            1 => line += "0",
            2 => line += " evil.exe",
            3 => line = " ".to_owned(),
            4 => line = "# a comment".to_owned(),
            5 => line = "x".repeat(random.usize(1..600)),
            6 => line.truncate(random.usize(28..=digits)),
            _ => {}
        }
        line
    }
}
