use std::{
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
};

use fastrand::Rng;

use super::*;
use crate::hash::{Extraction, extract, extraction::Findings};

/// A text that is read a few bytes at a time, and can be read so many times.
struct Text {
    bytes: Vec<u8>,
    most: usize,
    reads_left: AtomicUsize,
}

impl Text {
    fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            most: usize::MAX,
            reads_left: AtomicUsize::new(usize::MAX),
        }
    }
}

impl ReadAt for Text {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let take = |left: usize| left.checked_sub(1);
        let left = self
            .reads_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        left.map_err(|_| io::Error::other("the disk is gone"))?;
        let from = usize::try_from(offset).unwrap().min(self.bytes.len());
        let rest = &self.bytes[from..];
        let count = rest.len().min(buffer.len()).min(self.most);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn in_blocks(text: &impl ReadAt, threads: usize, size: usize) -> io::Result<Extraction> {
    let mut findings = Findings::default();
    let rest = search(text, threads, size, &mut |batch| findings.take(batch))?;
    Ok(findings.finish(rest.expect("it is no UTF-16")))
}

/// Everything that an extraction says.
fn told(extraction: &Extraction) -> impl PartialEq + Debug + use<> {
    (
        extraction.found().collect::<Vec<_>>(),
        extraction.skipped().to_vec(),
        extraction.skipped_by_reason().collect::<Vec<_>>(),
        (extraction.lines(), extraction.bytes()),
    )
}

/// A text of pieces that matter where a block ends.
fn nasty(random: &mut Rng) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..random.usize(..40) {
        match random.u8(..10) {
            0..4 => {
                let lengths = [
                    29, 30, 31, 32, 33, 40, 56, 63, 64, 65, 66, 67, 96, 128, 129, 300,
                ];
                let digit = random.choice(*b"0aF7").unwrap();
                text.resize(text.len() + random.choice(lengths).unwrap(), digit);
            }
            4..7 => {
                let separators: [&[u8]; 9] = [
                    b"\n",
                    b"\r\n",
                    b"\r",
                    b" ",
                    b"\t",
                    b"g",
                    b" 0x",
                    b"imphash: ",
                    b"\n\n\r\n",
                ];
                text.extend(random.choice(separators).unwrap());
            }
            7..9 => text.resize(text.len() + random.usize(..20), b' '),
            _ => {
                let blank = random.choice(*b" \t-").unwrap();
                text.resize(text.len() + random.usize(..6_000), blank);
            }
        }
    }
    text
}

#[test]
fn blocks_of_any_size_give_what_the_whole_text_gives() {
    let mut random = Rng::with_seed(11);
    let texts = if cfg!(miri) { 3 } else { 1_500 };
    for round in 0..texts {
        let bytes = nasty(&mut random);
        let expected = told(&extract(&bytes));
        let mut text = Text::new(bytes);
        text.most = random
            .choice([1, 7, 100, usize::MAX])
            .unwrap()
            .max(text.bytes.len() / 500);
        let size = random.usize(1..700).max(text.bytes.len() / 100);
        let found = in_blocks(&text, random.usize(1..4), size).unwrap();
        assert_eq!(
            told(&found),
            expected,
            "round {round}, blocks of {size} bytes"
        );
    }
}

#[test]
fn a_mark_at_the_beginning_belongs_to_no_block() {
    let list = format!("\u{feff}{}\n{}", "a".repeat(33), "b".repeat(64));
    for size in 1..130 {
        let found = in_blocks(&Text::new(list.as_str()), 2, size).unwrap();
        assert_eq!(told(&found), told(&extract(list.as_bytes())));
    }
}

#[test]
fn an_error_in_any_read_is_told_and_stops_all_threads() {
    let list = format!("{}\n", "c".repeat(40)).repeat(100);
    let mut reads = 0;
    loop {
        let text = Text::new(list.as_str());
        text.reads_left.store(reads, Ordering::Relaxed);
        match in_blocks(&text, 3, 500) {
            Err(error) => assert_eq!(error.to_string(), "the disk is gone"),
            Ok(found) => {
                assert_eq!(found.lines(), 100);
                break;
            }
        }
        reads += 1;
    }
    assert!(reads > 8, "only {reads} reads were needed");
}

#[test]
fn a_panic_of_whoever_takes_the_hashes_ends_the_search() {
    let text = Text::new("d".repeat(32) + "\n" + &"-\n".repeat(50_000));
    let search = || search(&text, 2, 1_000, &mut |_| panic!("not wanted"));
    assert!(catch_unwind(AssertUnwindSafe(search)).is_err());
}

#[test]
#[cfg_attr(miri, ignore = "what it is about takes megabytes")]
fn a_block_that_is_read_in_pieces_gives_what_the_whole_text_gives() {
    let mut random = Rng::with_seed(12);
    for blanks in [READ - 40, READ, 3 * READ] {
        let mut bytes = Vec::new();
        for length in [33, 64] {
            bytes.extend(nasty(&mut random));
            bytes.push(b'\n');
            bytes.resize(bytes.len() + blanks, b' ');
            bytes.resize(bytes.len() + length, b'a');
            bytes.resize(bytes.len() + blanks, b'\t');
        }
        let expected = told(&extract(&bytes));
        for size in [READ - 1, READ, READ + 1, 2 * READ, 3 * READ + 77] {
            let found = in_blocks(&Text::new(&bytes[..]), 2, size).unwrap();
            assert_eq!(told(&found), expected, "{blanks} blanks, blocks of {size}");
        }
    }
}

#[test]
fn a_thousand_skips_are_kept_whatever_block_they_are_in() {
    let text = format!("{}\n", "e".repeat(31)).repeat(3_000);
    let found = in_blocks(&Text::new(text.as_str()), 2, 3_200).unwrap();
    assert_eq!(told(&found), told(&extract(text.as_bytes())));
    assert_eq!(found.skipped().len(), 1_000);
}
