//! Finding hashes in texts of all kinds: named cases, and a comparison with a
//! second implementation over as many random texts as are asked for.

#[path = "extract/nasty.rs"]
mod nasty;
#[path = "extract/oracle.rs"]
mod oracle;

use std::{env, fs, path::Path};

use fastrand::Rng;
use proptest::{prelude::*, test_runner::FileFailurePersistence};
use vt_core::hash::{Encoding, Extraction, Extractor, SkipReason, extract};

use crate::oracle::Answer;

const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const SHA1: &str = "3395856ce81f2b7382dee72602f798b642f14140";
const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

fn in_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Extraction {
    let mut extractor = Extractor::new();
    for chunk in chunks {
        extractor.push(chunk);
    }
    extractor.finish()
}

/// Compares the answer for the whole text, and for it in chunks, with the oracle's.
fn check<'a>(text: &'a [u8], chunks: impl IntoIterator<Item = &'a [u8]>) {
    let expected = oracle::extract(text);
    assert_eq!(Answer::from(&extract(text)), expected, "at once");
    assert_eq!(Answer::from(&in_chunks(chunks)), expected, "in chunks");
}

fn found(text: &str) -> Vec<String> {
    check(text.as_bytes(), text.as_bytes().chunks(1));
    extract(text.as_bytes())
        .hashes()
        .map(|hash| hash.to_string())
        .collect()
}

fn skipped(text: &str) -> Vec<String> {
    check(text.as_bytes(), text.as_bytes().chunks(1));
    let extraction = extract(text.as_bytes());
    let reasons = extraction.skipped().iter().map(|skipped| skipped.reason);
    reasons.map(|reason| reason.to_string()).collect()
}

#[test]
fn hashes_of_all_kinds_and_cases_come_in_the_order_of_the_text() {
    let text = format!("{SHA256},{}\n({MD5}) {SHA1};{MD5}", SHA1.to_uppercase());
    assert_eq!(found(&text), [SHA256, SHA1, MD5]);
    let extraction = extract(text.as_bytes());
    let told: Vec<_> = extraction.found().map(|f| (f.line, f.count)).collect();
    assert_eq!(told, [(1, 1), (1, 2), (2, 2)]);
    assert_eq!(extraction.into_hashes().len(), 3);
}

#[test]
fn a_hash_that_touches_a_letter_or_digit_is_none() {
    for text in [
        format!("x{MD5}"),
        format!("{MD5}g"),
        format!("Z{MD5} {MD5}z"),
        format!("{MD5}x{SHA1}"),
        format!("5{MD5}"),
    ] {
        assert_eq!(found(&text), [""; 0], "{text}");
    }
}

#[test]
fn virusshare_names_hold_a_hash() {
    assert_eq!(found(&format!("VirusShare_{MD5}.zip")), [MD5]);
}

#[test]
fn characters_beyond_ascii_are_boundaries() {
    assert_eq!(found(&format!("MD5\u{ff1a}{MD5}\u{3002}")), [MD5]);
    assert_eq!(
        found(&format!("\u{201c}{MD5}\u{201d}\u{a0}{SHA1}")),
        [MD5, SHA1]
    );
    assert_eq!(found(&format!("{}\u{430}", &MD5[1..])), [""; 0]);
}

#[test]
fn a_0x_before_a_hash_is_accepted_unless_something_touches_it() {
    assert_eq!(found(&format!("0x{MD5} (0X{SHA1})")), [MD5, SHA1]);
    for glued in ["10x", "a0x", "x0x", "1x", "0y", "x"] {
        assert_eq!(found(&format!("{glued}{MD5}")), [""; 0], "{glued}");
    }
    assert_eq!(
        skipped(&format!("imphash=0x{MD5}")),
        ["imphash, not a file's digest"]
    );
}

#[test]
fn thirty_three_digits_alone_on_a_line_are_a_mistyped_hash() {
    let expected = "33 hex digits: MD5 has 32, SHA-1 has 40 and SHA-256 has 64";
    assert_eq!(skipped(&format!("{MD5}\n {MD5}0\t\r\n")), [expected]);
    let extraction = extract(format!("{MD5}\n {MD5}0\t\r\n").as_bytes());
    assert_eq!(extraction.skipped()[0].line, 2);
    assert_eq!(extraction.skipped()[0].text, format!("{MD5}0"));
    for text in [
        format!("a {MD5}0"),
        format!("{MD5}0,"),
        format!("{MD5}0 {MD5}1"),
    ] {
        assert_eq!(skipped(&text), [""; 0], "{text}");
    }
}

#[test]
fn thirty_to_sixty_six_digits_are_near_enough_to_be_named() {
    for digits in 1..=130 {
        let named = skipped(&"a".repeat(digits)).len();
        let is_hash = [32, 40, 64].contains(&digits);
        let is_long = [96, 128].contains(&digits);
        let expected = is_long || (30..=66).contains(&digits) && !is_hash;
        assert_eq!(named, usize::from(expected), "{digits} digits");
    }
}

#[test]
fn sha512_and_its_kin_are_named() {
    for (digits, name) in [(56, "SHA-224"), (96, "SHA-384"), (128, "SHA-512")] {
        let expected = format!("{name}: VirusTotal knows MD5, SHA-1 and SHA-256 only");
        let digest = "7".repeat(digits);
        assert_eq!(skipped(&format!("sha: 0x{digest}!")), [expected]);
        assert_eq!(skipped(&format!("sha: {digest}z")), [""; 0]);
    }
}

#[test]
fn an_event_of_sysmon_gives_the_files_digests_only() {
    let text =
        format!("SHA1={SHA1},MD5={MD5},SHA256={SHA256},IMPHASH=F34D5F2D4577ED6D9CEEC516C1F5A744");
    assert_eq!(found(&text), [SHA1, MD5, SHA256]);
    let extraction = extract(text.as_bytes());
    let imphash = SkipReason::Labelled { label: "imphash" };
    assert!(extraction.skipped_by_reason().eq([(imphash, 1)]));
    assert_eq!(
        extraction.skipped()[0].text,
        "F34D5F2D4577ED6D9CEEC516C1F5A744"
    );
}

#[test]
fn labelled_digests_are_skipped_and_their_neighbours_found() {
    let text = format!(
        "{{\"md5\": \"{MD5}\", \"imphash\": \"{0}\", \"tls\": {{\"ja3\": {{\"hash\": \"{0}\"}}}}}}\n\
         <imphash>{0}</imphash><sha1>{SHA1}</sha1>\n\
         Thumbprint : {SHA1}\n\
         Serial Number: {0} -- file serial.exe {SHA256}\n",
        "ab".repeat(16)
    );
    assert_eq!(found(&text), [MD5, SHA1, SHA256]);
    let labels = ["imphash", "ja3", "imphash", "thumbprint", "serial number"];
    let expected = labels.map(|label| format!("{label}, not a file's digest"));
    assert_eq!(skipped(&text), expected);
}

#[test]
fn digests_of_the_empty_file_are_pointed_out() {
    let text = format!("{MD5} d41d8cd98f00b204e9800998ecf8427e\n{SHA1}");
    let extraction = extract(text.as_bytes());
    let empty: Vec<_> = extraction
        .empty_file()
        .map(|found| found.hash.to_string())
        .collect();
    assert_eq!(empty, ["d41d8cd98f00b204e9800998ecf8427e"]);
}

#[test]
fn one_list_in_any_encoding_gives_the_same_hashes_and_lines() {
    let list = format!("MD5 {MD5}\n{SHA1}\n\n{SHA256} x.exe\n");
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let crlf = list.replace('\n', "\r\n");
    let marked = format!("\u{feff}{crlf}");
    let forms = [
        (Encoding::Utf8, list.clone().into_bytes()),
        (Encoding::Utf8, crlf.clone().into_bytes()),
        (Encoding::Utf8, list.replace('\n', "\r").into_bytes()),
        (Encoding::Utf8, marked.clone().into_bytes()),
        (Encoding::Utf8, list.replace(' ', "\u{a0}").into_bytes()),
        (Encoding::Utf16Le, utf16(&marked, u16::to_le_bytes)),
        (Encoding::Utf16Be, utf16(&marked, u16::to_be_bytes)),
        (Encoding::Utf16Le, utf16(&list, u16::to_le_bytes)),
        (Encoding::Utf16Be, utf16(&crlf, u16::to_be_bytes)),
        // Latin-1, and NULs between the fields.
        (
            Encoding::Utf8,
            list.replace(' ', "\0").bytes().chain([0xe9]).collect(),
        ),
    ];
    for (encoding, text) in forms {
        check(&text, text.chunks(1));
        let extraction = extract(&text);
        assert_eq!(extraction.encoding(), encoding);
        let lines: Vec<_> = extraction.found().map(|found| found.line).collect();
        assert_eq!(lines, [1, 2, 4], "{encoding}");
        let hashes: Vec<_> = extraction.hashes().map(|hash| hash.to_string()).collect();
        assert_eq!(hashes, [MD5, SHA1, SHA256], "{encoding}");
    }
}

#[test]
fn the_sample_lists_give_what_the_oracle_finds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/input");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: there is no {}", folder.display());
        return;
    };
    for entry in entries {
        let text = fs::read(entry.unwrap().path()).unwrap();
        check(&text, text.chunks(7));
        assert!(extract(&text).hashes().len() > 0);
    }
}

#[test]
fn every_split_in_two_gives_the_same() {
    let text = format!(
        "\u{feff}{MD5}\r\nVirusShare_{SHA1}\r\"JA3 hash\": \"{MD5}\" 0x{SHA256}\n\r\n  {MD5}a  \r\n\
         {}{}\nfingerprint = {}{SHA1}",
        "ab".repeat(64),
        "\u{ff1a}",
        " ".repeat(114),
    );
    let expected = oracle::extract(text.as_bytes());
    for encoded in [
        text.clone().into_bytes(),
        // Past what the encoding is recognised by, without a mark.
        format!("{}\n{}", "x".repeat(4_095), &text[3..]).into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        let expected_here = oracle::extract(&encoded);
        assert_eq!(expected_here.by_reason, expected.by_reason);
        for at in 0..=encoded.len() {
            let (head, tail) = encoded.split_at(at);
            let answer = Answer::from(&in_chunks([head, tail]));
            assert_eq!(answer, expected_here, "split at {at}");
        }
        check(&encoded, encoded.chunks(1));
    }
}

#[test]
fn random_texts_give_what_the_oracle_finds() {
    let number = |name| {
        env::var(name)
            .ok()
            .map(|text: String| text.parse::<u64>().unwrap())
    };
    let inputs = number("VT_EXTRACT_INPUTS").unwrap_or(100_000);
    let seed = number("VT_TEST_SEED").unwrap_or(17);
    let mut rng = Rng::with_seed(seed);
    let (mut bytes, mut hashes, mut skips) = (0, 0, 0);
    for input in 0..inputs {
        let text = nasty::text(&mut rng);
        let chunks = nasty::chunks(&mut rng, &text);
        let expected = oracle::extract(&text);
        for (how, extraction) in [
            ("at once", extract(&text)),
            ("in chunks", in_chunks(chunks)),
        ] {
            let answer = Answer::from(&extraction);
            let text = text.escape_ascii();
            assert_eq!(
                answer, expected,
                "{how}, seed {seed}, input {input}: {text}"
            );
        }
        bytes += expected.bytes;
        hashes += expected.found.iter().map(|(.., count)| count).sum::<u64>();
        skips += expected.skipped_total;
    }
    println!("{inputs} inputs, seed {seed}: {bytes} bytes, {hashes} hashes, {skips} skips");
    assert!(hashes >= inputs / 4, "the texts hold too few hashes");
    assert!(skips >= inputs / 10, "the texts hold too few runs to skip");
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let label = prop::sample::select(&["imphash", "JA3", "certThumbprint", "rich header"]);
    let text = prop_oneof![
        3 => "[0-9a-fA-F]{29,67}",
        2 => "([0-9a-f]{32}|[0-9a-f]{40}|[0-9A-F]{64})",
        1 => "([0-9a-f]{95,97}|[0-9a-f]{127,129})",
        2 => "[ \t:=,;./<>'\"_xg0-]{0,3}",
        1 => "(\r|\n|\r\n)",
        1 => "(0x|0X|md5|hash|</)",
        1 => label.prop_map(str::to_owned),
    ];
    prop_oneof![
        9 => text.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/extract/regressions.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn generated_texts_give_what_the_oracle_finds(
        mark in prop::sample::select(vec![&b""[..], b"\xef\xbb\xbf"]),
        pieces in prop::collection::vec(piece(), 0..12),
        chunk in 1_usize..200,
    ) {
        let text = [mark, &pieces.concat()].concat();
        check(&text, text.chunks(chunk));
    }
}
