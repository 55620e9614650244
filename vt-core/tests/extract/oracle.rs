//! A slow and obvious second implementation of the rules in the docs of
//! `vt_core::hash`: whole text in memory, line by line, by regular expressions.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use regex::bytes::Regex;
use vt_core::hash::{Encoding, Extraction, FileHash, SkipReason};

/// Names of digests that are not of a file, as they may be spelled; a blank
/// stands for an optional `_ - .` or blank.
pub(crate) const LABELS: &[(&str, &[&str])] = &[
    ("imphash", &["imp hash", "import hash"]),
    ("impfuzzy", &["imp fuzzy"]),
    ("authentihash", &["authenti hash", "authenticode"]),
    ("vhash", &["vhash"]),
    ("ssdeep", &["ssdeep"]),
    ("tlsh", &["tlsh"]),
    ("sdhash", &["sdhash"]),
    (
        "rich header hash",
        &["rich hash", "rich header", "rich pe header"],
    ),
    ("pehash", &["pehash"]),
    ("telfhash", &["telfhash"]),
    ("symhash", &["symhash"]),
    ("ja3", &["ja3"]),
    ("ja3s", &["ja3s"]),
    ("ja4", &["ja4", "ja4s", "ja4h", "ja4x"]),
    ("hassh", &["hassh"]),
    ("hasshserver", &["hassh server"]),
    ("jarm", &["jarm"]),
    ("dhash", &["dhash"]),
    ("icon hash", &["icon hash", "favicon hash"]),
    ("thumbprint", &["thumb print"]),
    ("fingerprint", &["finger print"]),
    ("serial number", &["serial"]),
    ("key id", &["key id", "key identifier"]),
];

/// Words that may stand between a label and its digest.
pub(crate) const GENERIC: &[&str] = &[
    "hash", "hashes", "md5", "sha", "sha1", "sha256", "1", "256", "digest", "checksum", "sum",
    "value", "number", "num", "no", "id", "hex", "is",
];

/// Everything an [`Extraction`] says, in plain collections.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) found: Vec<(FileHash, u64, u64)>,
    pub(crate) skipped: Vec<(u64, String, SkipReason)>,
    pub(crate) skipped_total: u64,
    pub(crate) by_reason: BTreeMap<SkipReason, u64>,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) encoding: Encoding,
}

impl From<&Extraction> for Answer {
    fn from(extraction: &Extraction) -> Self {
        let found = extraction.found();
        let skipped = extraction.skipped().iter();
        Self {
            found: found.map(|f| (f.hash, f.line, f.count)).collect(),
            skipped: skipped
                .map(|s| (s.line, s.text.clone(), s.reason))
                .collect(),
            skipped_total: extraction.skipped_total(),
            by_reason: extraction.skipped_by_reason().collect(),
            lines: extraction.lines(),
            bytes: extraction.bytes(),
            encoding: extraction.encoding(),
        }
    }
}

/// What the rules make of `input`.
pub(crate) fn extract(input: &[u8]) -> Answer {
    let (encoding, text) = decode(input);
    let lines = lines(&text);
    let mut answer = Answer {
        found: Vec::new(),
        skipped: Vec::new(),
        skipped_total: 0,
        by_reason: BTreeMap::new(),
        lines: lines.len() as u64,
        bytes: input.len() as u64,
        encoding,
    };
    let mut seen = HashMap::new();
    for (line, number) in lines.into_iter().zip(1..) {
        read_line(line, number, &mut answer, &mut seen);
    }
    answer
}

fn read_line(line: &[u8], number: u64, to: &mut Answer, seen: &mut HashMap<FileHash, usize>) {
    static RUN: LazyLock<Regex> = LazyLock::new(|| regex("[0-9A-Fa-f]{30,}"));
    static GLUED: LazyLock<Regex> = LazyLock::new(|| regex("[0-9A-Za-z]$"));
    static PREFIX: LazyLock<Regex> = LazyLock::new(|| regex("(?:^|[^0-9A-Za-z])(0[xX])$"));

    for run in RUN.find_iter(line) {
        let text = String::from_utf8(run.as_bytes().to_vec()).unwrap();
        let mut before = &line[..run.start()];
        if let Some(prefix) = PREFIX.captures(before) {
            before = &before[..prefix.get(1).unwrap().start()];
        }
        let after = line.get(run.end()).is_some_and(u8::is_ascii_alphanumeric);
        let stands_free = !after && !GLUED.is_match(before);
        let reason = match text.len() {
            32 | 40 | 64 if stands_free => {
                label(before).map(|label| SkipReason::Labelled { label })
            }
            56 if stands_free => Some(SkipReason::Sha224),
            96 if stands_free => Some(SkipReason::Sha384),
            128 if stands_free => Some(SkipReason::Sha512),
            32 | 40 | 56 | 64 => continue,
            digits @ 30..=66 if is_alone(line, &text) => Some(SkipReason::WrongLength { digits }),
            _ => continue,
        };
        if let Some(reason) = reason {
            *to.by_reason.entry(reason).or_default() += 1;
            to.skipped_total += 1;
            if to.skipped.len() < 1_000 {
                to.skipped.push((number, text, reason));
            }
        } else {
            let hash = text.parse().unwrap();
            let at = *seen.entry(hash).or_insert(to.found.len());
            if at == to.found.len() {
                to.found.push((hash, number, 0));
            }
            to.found[at].2 += 1;
        }
    }
}

fn is_alone(line: &[u8], run: &str) -> bool {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let word: Vec<u8> = line.iter().copied().filter(|byte| !blank(byte)).collect();
    word == run.as_bytes()
}

/// The label that the text before a run ends with.
fn label(before: &[u8]) -> Option<&'static str> {
    static ANY: LazyLock<Regex> = LazyLock::new(|| {
        let names = LABELS.iter().flat_map(|(_, spellings)| *spellings);
        labelled(&names.map(|name| spelled(name)).collect::<Vec<_>>())
    });
    static CLOSING_TAG: LazyLock<Regex> = LazyLock::new(|| regex("</[^<>]*>"));
    static EACH: LazyLock<Vec<(&str, usize, Regex)>> = LazyLock::new(|| {
        let all = LABELS.iter();
        all.flat_map(|(name, spellings)| spellings.iter().map(move |spelling| (*name, *spelling)))
            .map(|(name, spelling)| (name, spelling.len(), labelled(&[spelled(spelling)])))
            .collect()
    });

    let window = &before[before.len().saturating_sub(128)..];
    let window = with_humps(&CLOSING_TAG.replace_all(window, &b","[..]));
    if !ANY.is_match(&window) {
        return None;
    }
    // The one that ends nearest to the run comes first; of several, the longest.
    let fitting = EACH.iter().filter_map(|(name, length, regex)| {
        let end = regex.captures(&window)?.get(1)?.end();
        Some((end, *length, *name))
    });
    Some(fitting.max().unwrap().2)
}

const HUMP: u8 = 1;

/// A bare `\x01` at each hump, a `,` for each byte that must end the search but might not look it.
fn with_humps(window: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, &byte) in window.iter().enumerate() {
        let last = at.checked_sub(1).map_or(b' ', |at| window[at]);
        let next = window.get(at + 1);
        let after_small = last.is_ascii_lowercase() || last.is_ascii_digit();
        let last_capital =
            last.is_ascii_uppercase() && next.is_some_and(|next| next.is_ascii_lowercase());
        if byte.is_ascii_uppercase() && (after_small || last_capital) {
            out.push(HUMP);
        }
        // What follows the window is a digit of the run or its `0x`.
        let ends_sentence = byte == b'.' && next.is_some_and(|next| !next.is_ascii_alphanumeric());
        out.push(if ends_sentence || byte == HUMP {
            b','
        } else {
            byte
        });
    }
    out
}

/// The name as a pattern: any hump inside it, an optional joint for each blank.
fn spelled(name: &str) -> String {
    let letters = name.chars().map(|letter| match letter {
        ' ' => r"[-_.\x20\t]?".to_owned(),
        letter => letter.to_string(),
    });
    letters.collect::<Vec<_>>().join(r"\x01?")
}

fn labelled(names: &[String]) -> Regex {
    const PASSED: &str = r#"[\x01\x20\t:=\-<>_*#\\"'`()\[\]{}.\x80-\xff]"#;
    let names = names.join("|");
    let generic: Vec<_> = GENERIC.iter().map(|word| spelled(word)).collect();
    let generic = generic.join("|");
    regex(&format!(
        "(?:^|[^0-9A-Za-z])({names})(?:{PASSED}+(?:{generic}))*{PASSED}+$"
    ))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(&format!("(?is-u){pattern}")).unwrap()
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    static END: LazyLock<Regex> = LazyLock::new(|| regex(r"\r\n|\r|\n"));
    let mut lines: Vec<_> = END.split(text).collect();
    // What stands after the last line end is a line only if there is something.
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

fn decode(input: &[u8]) -> (Encoding, Vec<u8>) {
    if let Some(rest) = input.strip_prefix(b"\xef\xbb\xbf") {
        return (Encoding::Utf8, rest.to_vec());
    }
    if let Some(rest) = input.strip_prefix(b"\xff\xfe") {
        return (Encoding::Utf16Le, units(rest, u16::from_le_bytes));
    }
    if let Some(rest) = input.strip_prefix(b"\xfe\xff") {
        return (Encoding::Utf16Be, units(rest, u16::from_be_bytes));
    }
    let head = &input[..input.len().min(4096)];
    let pairs: Vec<_> = head.chunks_exact(2).collect();
    let share = |place: usize| {
        let nuls = pairs.iter().filter(|pair| pair[place] == 0).count();
        nuls as f64 / pairs.len() as f64
    };
    if share(1) >= 0.3 && share(0) <= 0.1 {
        (Encoding::Utf16Le, units(input, u16::from_le_bytes))
    } else if share(0) >= 0.3 && share(1) <= 0.1 {
        (Encoding::Utf16Be, units(input, u16::from_be_bytes))
    } else {
        (Encoding::Utf8, input.to_vec())
    }
}

fn units(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let text = bytes.chunks(2).map(|pair| match *pair {
        [one, two] => u8::try_from(unit([one, two])).unwrap_or(0xff),
        _ => 0xff,
    });
    text.collect()
}
