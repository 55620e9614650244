//! Makes texts that are hard to find hashes in, from a seed.

use std::iter;

use fastrand::Rng;

use crate::oracle::{GENERIC, LABELS};

/// Pieces that change what the run beside them means.
const PIECES: &[&str] = &[
    "0x",
    "0X",
    "00x",
    "g0x",
    "_",
    "-",
    "->",
    ".",
    ". ",
    ",",
    ";",
    "|",
    "/",
    ":",
    ": ",
    "=",
    "\"",
    "\": \"",
    "'",
    "`",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "</",
    "</imphash>",
    "<md5>",
    "\\",
    "\\\"",
    "*",
    "#",
    "+",
    "&",
    " ",
    "  ",
    "\t",
    "\x0b",
    "\x0c",
    "\0",
    "\x01",
    "\u{a0}",
    "\u{ff1a}",
    "\u{430}",
    "\u{ff11}",
    "é",
    "g",
    "z",
    "Z",
    "xG",
    "VirusShare_",
    "serialkiller",
    "serial.exe",
    "\r",
    "\n",
    "\r\n",
    "\n\r",
    "\r\r\n",
];

/// A text in one of the encodings, sometimes cut or damaged.
pub(crate) fn text(rng: &mut Rng) -> Vec<u8> {
    let mut text = Vec::new();
    // Whatever has no mark is held back until its encoding is recognised: only
    // after 4 KiB do the chunks show.
    if rng.u8(..) == 0 {
        text.extend(iter::repeat_n(
            b"filler, \n"[rng.usize(..9)],
            rng.usize(3_900..4_200),
        ));
    }
    for _ in 0..rng.usize(..12) {
        piece(rng, &mut text);
    }
    match rng.u8(..8) {
        0..2 => text,
        2..5 => [b"\xef\xbb\xbf", &text[..]].concat(),
        5 => units(b"\xff\xfe", &text, |byte| [byte, rng.u8(..) / 250]),
        6 => units(b"\xfe\xff", &text, |byte| [rng.u8(..) / 250, byte]),
        _ if rng.bool() => units(b"", &text, |byte| [byte, rng.u8(..) / 170]),
        _ => units(b"", &text, |byte| [rng.u8(..) / 170, byte]),
    }
}

/// Cuts `text` into chunks, often tiny ones.
pub(crate) fn chunks<'a>(rng: &mut Rng, text: &'a [u8]) -> Vec<&'a [u8]> {
    let longest = [1, 2, 40, 400, 5_000][rng.usize(..5)];
    let mut rest = text;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (chunk, tail) = rest.split_at(rng.usize(..=longest).min(rest.len()));
        chunks.push(chunk);
        rest = tail;
    }
    chunks
}

fn piece(rng: &mut Rng, text: &mut Vec<u8>) {
    match rng.u8(..16) {
        0..5 => {
            run(rng, text);
            // Mostly so that it is a hash.
            if rng.u8(..4) > 0 {
                text.extend([" ", ", ", "\n", "\r\n", "\"", "_"][rng.usize(..6)].bytes());
            }
        }
        5..7 => label(rng, text),
        7 => {
            let word = GENERIC[rng.usize(..GENERIC.len())];
            spell(rng, word, text);
        }
        8 => text.push(rng.u8(..)),
        9 => {
            let blanks = [1, 30, 118, 119, 120, 121, 122, 123, 128, 129, 130][rng.usize(..11)];
            text.extend(iter::repeat_n([b' ', b'\t', 0xff][rng.usize(..3)], blanks));
        }
        10 if rng.bool() => {
            // Alone on its line.
            text.extend(["\n", "\r", "\r\n", "\n \t"][rng.usize(..4)].bytes());
            run(rng, text);
            text.extend(["\n", "\r", "\r\n", "\t \n", "  "][rng.usize(..5)].bytes());
        }
        11 if rng.u8(..8) == 0 => list(rng, text),
        _ => text.extend(PIECES[rng.usize(..PIECES.len())].bytes()),
    }
}

fn run(rng: &mut Rng, text: &mut Vec<u8>) {
    let length = match rng.u8(..16) {
        0..8 => [32, 40, 64][rng.usize(..3)],
        8 => [56, 96, 128][rng.usize(..3)],
        9 => rng.usize(95..=129),
        10 => rng.usize(1..400),
        _ => rng.usize(29..=67),
    };
    digits(rng, length, text);
}

/// Hashes on lines of their own.
fn list(rng: &mut Rng, text: &mut Vec<u8>) {
    let end = ["\n", "\r\n"][rng.usize(..2)];
    for _ in 0..rng.usize(1..40) {
        let length = [32, 40, 64][rng.usize(..3)];
        digits(rng, length, text);
        text.extend(end.bytes());
    }
}

fn digits(rng: &mut Rng, length: usize, text: &mut Vec<u8>) {
    let digits: &[u8] = match rng.u8(..4) {
        // Hashes that come again.
        0 => b"a",
        1 => b"0123456789abcdefABCDEF",
        2 => b"0123456789ABCDEF",
        _ => b"0123456789abcdef",
    };
    text.extend(iter::repeat_with(|| digits[rng.usize(..digits.len())]).take(length));
}

fn label(rng: &mut Rng, text: &mut Vec<u8>) {
    let (_, spellings) = LABELS[rng.usize(..LABELS.len())];
    let name = spellings[rng.usize(..spellings.len())];
    spell(rng, name, text);
    // Mostly what makes it the label of a run that follows.
    if rng.u8(..4) > 0 {
        text.extend([": ", "=", "\": \"", ">", "_", " "][rng.usize(..6)].bytes());
    }
}

fn spell(rng: &mut Rng, name: &str, text: &mut Vec<u8>) {
    let case = rng.u8(..4);
    let joint = ["", "", "_", "-", ".", " ", "  "][rng.usize(..7)];
    let mut begins = true;
    for letter in name.bytes() {
        if letter == b' ' {
            text.extend(joint.bytes());
        }
        let capital = match case {
            0 => false,
            1 => true,
            2 => begins,
            _ => rng.bool(),
        };
        begins = letter == b' ';
        if !begins {
            text.push(if capital {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
        }
    }
}

/// UTF-16 of a kind: most units are ASCII, and the last may be half.
fn units(mark: &[u8], text: &[u8], mut unit: impl FnMut(u8) -> [u8; 2]) -> Vec<u8> {
    let mut encoded = mark.to_vec();
    for &byte in text {
        encoded.extend(unit(byte));
    }
    if text.len().is_multiple_of(7) {
        encoded.pop();
    }
    encoded
}
