//! Judges what stands right before a digest: is it named as one that is not of a file?
//!
//! The rule is in the docs of [`crate::hash`].

use std::iter;

use super::sieve::is_line_end;

/// How far before a digest a label is searched for, in bytes.
pub(super) const LOOK_BACK: usize = 128;

/// How labels are spelled, in small letters, and the name they are reported by.
///
/// A `_` stands for an optional [`is_joint`]. Where one spelling ends like
/// another, the longer stands first.
const LABELS: &[(&str, &str)] = &[
    ("imp_hash", "imphash"),
    ("import_hash", "imphash"),
    ("imp_fuzzy", "impfuzzy"),
    ("authenti_hash", "authentihash"),
    ("authenticode", "authentihash"),
    ("vhash", "vhash"),
    ("ssdeep", "ssdeep"),
    ("tlsh", "tlsh"),
    ("sdhash", "sdhash"),
    ("rich_hash", "rich header hash"),
    ("rich_header", "rich header hash"),
    ("rich_pe_header", "rich header hash"),
    // In two words it is what people call the hash of a program.
    ("pehash", "pehash"),
    ("telfhash", "telfhash"),
    ("symhash", "symhash"),
    ("ja3", "ja3"),
    ("ja3s", "ja3s"),
    ("ja4", "ja4"),
    ("ja4s", "ja4"),
    ("ja4h", "ja4"),
    ("ja4x", "ja4"),
    ("hassh", "hassh"),
    ("hassh_server", "hasshserver"),
    ("jarm", "jarm"),
    ("dhash", "dhash"),
    ("favicon_hash", "icon hash"),
    ("icon_hash", "icon hash"),
    ("thumb_print", "thumbprint"),
    ("finger_print", "fingerprint"),
    ("serial", "serial number"),
    ("key_id", "key id"),
    ("key_identifier", "key id"),
];

/// Words that say nothing of whose digest follows, in the same order.
const GENERIC: &[&str] = &[
    "hash", "hashes", "md5", "sha", "sha1", "sha256", "1", "256", "digest", "checksum", "sum",
    "value", "number", "num", "no", "id", "hex", "is",
];

/// The name of another digest that `before`, the text up to a run, announces.
#[inline(always)]
pub(super) fn label(before: &[u8]) -> Option<&'static str> {
    // What most lists have before a hash: nothing, or the end of a line.
    match before.last() {
        None | Some(b'\n') => None,
        Some(_) => search(before),
    }
}

fn search(before: &[u8]) -> Option<&'static str> {
    let mut rest = &before[before.len().saturating_sub(LOOK_BACK)..];
    loop {
        rest = without_separators(rest);
        if !rest.last().is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        let last = rest.last().map_or(0, u8::to_ascii_lowercase);
        let [labels, generic] = ENDINGS[usize::from(last)];
        let mut labels = of_bits(labels).map(|at| LABELS[at]);
        if let Some((_, name)) = labels.find(|(spelling, _)| without_word(rest, spelling).is_some())
        {
            return Some(name);
        }
        let mut generic = of_bits(generic).map(|at| GENERIC[at]);
        rest = generic.find_map(|word| without_word(rest, word))?;
    }
}

/// Which of [`LABELS`] and of [`GENERIC`] end with a byte, a bit for each. Few do:
/// without this a hash in a log would cost more than a kilobyte around it.
static ENDINGS: [[u64; 2]; 256] = {
    let mut endings = [[0; 2]; 256];
    let mut at = 0;
    while at < LABELS.len() {
        endings[last(LABELS[at].0)][0] |= 1 << at;
        at += 1;
    }
    at = 0;
    while at < GENERIC.len() {
        endings[last(GENERIC[at])][1] |= 1 << at;
        at += 1;
    }
    endings
};

const fn last(word: &str) -> usize {
    word.as_bytes()[word.len() - 1] as usize
}

/// The places of the bits that are set, from the lowest on.
fn of_bits(bits: u64) -> impl Iterator<Item = usize> {
    let left = |bits: u64| Some(bits).filter(|bits| *bits != 0);
    let rest = iter::successors(left(bits), move |bits| left(bits & (bits - 1)));
    rest.map(|bits| bits.trailing_zeros() as usize)
}

/// `text` less the separators at its end; a letter, digit or run follows it.
fn without_separators(text: &[u8]) -> &[u8] {
    // A full stop anywhere else ends a sentence, and what it was about.
    let mut rest = text.strip_suffix(b".").unwrap_or(text);
    while let Some((last, head)) = rest.split_last()
        && is_separator(*last)
        && !(*last == b'>' && ends_in_closing_tag(head))
    {
        rest = head;
    }
    rest
}

/// Says whether a `>` after `text` would close a tag like `</imphash>`: that
/// label was for what stands before it.
fn ends_in_closing_tag(text: &[u8]) -> bool {
    let stops = |byte: &u8| matches!(byte, b'<' | b'>') || is_line_end(*byte);
    let stop = text.iter().rposition(stops);
    stop.is_some_and(|at| text[at..].starts_with(b"</"))
}

const fn is_separator(byte: u8) -> bool {
    !byte.is_ascii()
        || matches!(
            byte,
            b' ' | b'\t' | b':' | b'=' | b'-' | b'<' | b'>' | b'_' | b'*' | b'#'
        )
        || matches!(
            byte,
            b'\\' | b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']' | b'{' | b'}'
        )
}

/// Says whether the byte may stand between the parts of a name.
const fn is_joint(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b' ' | b'\t')
}

/// `text` less the word it ends with, if that is `spelling` and begins as a word must.
fn without_word<'a>(text: &'a [u8], spelling: &str) -> Option<&'a [u8]> {
    let mut rest = text;
    for expected in spelling.bytes().rev() {
        let (last, head) = rest.split_last()?;
        if expected == b'_' {
            rest = if is_joint(*last) { head } else { rest };
        } else if last.to_ascii_lowercase() == expected {
            rest = head;
        } else {
            return None;
        }
    }
    begins_word(text, rest.len()).then_some(rest)
}

/// Says whether the letter or digit at `at` is the first of a word.
fn begins_word(text: &[u8], at: usize) -> bool {
    let Some(last) = at.checked_sub(1).map(|last| text[last]) else {
        return true;
    };
    let capital = text[at].is_ascii_uppercase();
    let small_next = text.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    if last.is_ascii_uppercase() {
        capital && small_next
    } else {
        capital || !last.is_ascii_alphanumeric()
    }
}

#[cfg(test)]
mod tests;
