//! Read in one go and read by pieces is the same.

use fastrand::Rng;

use super::*;

const MD5: &str = r#""44d88612fea8a8f36de82e1278abb02f""#;
const SHA1: &str = r#""3395856ce81f2b7382dee72602f798b642f14140""#;
const SHA256: &str = r#""275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f""#;

/// Attributes, and what is as it should be in them.
const ATTRIBUTES: [(&str, &[&str]); 18] = [
    ("md5", &[MD5]),
    ("sha1", &[SHA1]),
    ("sha256", &[SHA256]),
    (
        "last_analysis_stats",
        &["{}", r#"{"malicious": 3, "timeout": 1, "new": [1]}"#],
    ),
    (
        "last_analysis_results",
        &[
            r#"{"Fortinet": {"category": "malicious", "result": "W32/B!tr", "x": {}}}"#,
            r#"{"B": {"category": "failure"}, "A": {"result": "\u00e4"}, "B": {"category": ""}}"#,
        ],
    ),
    ("last_analysis_date", &["1700000000", "-1"]),
    ("first_submission_date", &["9223372036854775807"]),
    ("last_submission_date", &["0"]),
    ("meaningful_name", &[r#""a.exe""#, r#""""#, r#""\"\\[""#]),
    ("names", &["[]", r#"["a", "", "\u0062"]"#]),
    ("tags", &[r#"["peexe"]"#]),
    ("type_description", &[r#""Win32 EXE""#]),
    ("type_tag", &[r#""peexe""#]),
    ("size", &["0", "18446744073709551615"]),
    (
        "popular_threat_classification",
        &["{}", r#"{"suggested_threat_label": "trojan.x", "y": 1.5}"#],
    ),
    ("reputation", &["-7"]),
    ("times_submitted", &["12"]),
    ("pe_info", &[r#"{"a": [1, -2.5e3, true, null, "]}"]}"#]),
];

/// Values of which no attribute, or few, can be read.
pub(in crate::report) const ODD: [&str; 15] = [
    "null",
    "true",
    "-1",
    "1.5",
    "1e400",
    "99999999999999999999",
    r#""x""#,
    r#""\ud800""#,
    "[]",
    "[null, 1, {}]",
    "{}",
    r#"{"malicious": "x", "Fortinet": 1, "suggested_threat_label": []}"#,
    r#"{"Fortinet": {"category": 7}, "X": {"result": []}, "Y": null}"#,
    r#"{"X": {"category": "failure", "category": "timeout"}}"#,
    r#"{"malicious": 1, "malicious": 2, "suggested_threat_label": "b", "X": null}"#,
];

#[test]
fn in_one_go_and_by_pieces_a_text_is_the_same_report() {
    let seed = 20_261_121;
    let mut random = Rng::with_seed(seed);
    let (mut reports, mut refused, mut odd) = (0, 0, 0);
    for round in 0..30_000 {
        let text = text(&mut random);
        match whole::read(&text) {
            Some(read) => {
                assert!(!is_deep(&text), "seed {seed}, round {round}: {text}");
                reports += u32::from(read.is_ok());
                refused += u32::from(read.is_err());
                assert_eq!(read, by_pieces(&text), "seed {seed}, round {round}: {text}");
            }
            None => odd += u32::from(by_pieces(&text).is_ok()),
        }
    }
    assert!(
        reports > 3_000 && refused > 300 && odd > 300,
        "{reports} {refused} {odd}"
    );
}

#[test]
fn what_nobody_reads_is_not_nested_too_deep_either() {
    for depth in DEEPEST - 10..DEEPEST + 10 {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            // Two are around it.
            let nested = format!("{}1{}", open.repeat(depth - 3), close.repeat(depth - 3));
            let text = format!(
                r#"{{"data": {{"attributes": {{
                    "md5": {MD5}, "x": {nested}, "sha1": {SHA1}, "sha256": {SHA256}}}}}}}"#
            );
            let is_read = parse(text.clone().into()).is_ok();
            assert_eq!(is_read, depth <= DEEPEST, "{depth}");
            assert_eq!(is_deep(&text), depth > DEEPEST, "{depth}");
        }
    }
}

fn text(random: &mut Rng) -> String {
    let attributes = attributes(random);
    let mut text = match random.u8(..20) {
        0 => attributes,
        1 => format!(r#"{{"attributes": {attributes}}}"#),
        2 => format!(r#"{{"attributes": {attributes}, "data": null}}"#),
        3 => format!(r#"{{"data": {attributes}, "attributes": {attributes}}}"#),
        4 => format!(r#"{{"data": {{"attributes": {attributes}, "attributes": 1}}}}"#),
        5 => format!(r#"[{{"data": {{"attributes": {attributes}}}}}]"#),
        6 => format!(r#"{{"data": {{"attributes": {attributes}}}}} x"#),
        7 => r#"{"data": {"id": "x"}}"#.to_owned(),
        _ => format!(r#"{{"data": {{"id": "x", "attributes": {attributes}}}, "links": {{}}}}"#),
    };
    if random.u8(..10) == 0 {
        let at = random.usize(..text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
            let put = ["", "{", "}", "[", "]", "\"", ",", "\\", "0"];
            text.replace_range(at..=at, put[random.usize(..put.len())]);
        }
    }
    text
}

fn attributes(random: &mut Rng) -> String {
    let mut fields = Vec::new();
    let oddness = random.usize(..40) + 10;
    for (key, values) in ATTRIBUTES {
        let value = match random.usize(..oddness) {
            0 => ODD[random.usize(..ODD.len())].to_owned(),
            1 => continue,
            2 if random.bool() => {
                let depth = random.usize(DEEPEST - 8..DEEPEST + 4);
                format!("{}{}", "[".repeat(depth), "]".repeat(depth))
            }
            _ => values[random.usize(..values.len())].to_owned(),
        };
        fields.push(format!("\"{key}\": {value}"));
    }
    if random.u8(..20) == 0 {
        fields.extend(fields.first().cloned());
    }
    random.shuffle(&mut fields);
    format!("{{{}}}", fields.join(", "))
}
