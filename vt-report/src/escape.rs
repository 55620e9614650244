//! All escaping, for every kind of output, in one place.
//!
//! Names, labels and detection names are chosen by whoever made the file, so
//! each is taken for an attack on the reader: a terminal, a spreadsheet, a
//! browser, or the eye.

use std::{borrow::Cow, fmt, io};

use askama::filters::{self, Escaper};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Makes text safe to show: what a terminal would obey and what the eye cannot
/// see comes out as `\u{..}`.
///
/// That is every control character, line feeds and tabs included, the marks
/// that change the direction of writing, and characters of no width. The
/// result is one line.
///
/// # Examples
///
/// ```
/// use vt_report::escape::display_safe;
///
/// assert_eq!(display_safe("invoice\u{202e}fdp.exe"), r"invoice\u{202e}fdp.exe");
/// assert_eq!(display_safe("\x1b]0;title\x07"), r"\u{1b}]0;title\u{7}");
/// assert_eq!(display_safe("rapport_été.pdf"), "rapport_été.pdf");
/// ```
#[must_use]
pub fn display_safe(text: &str) -> Cow<'_, str> {
    // Most are plain, which is seen without taking them apart.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_safe(&mut safe, c);
    }
    Cow::Owned(safe)
}

/// As [`display_safe`], and cut with `…` to fit so many terminal columns.
///
/// Marks that take no room are bounded too: no more of them than columns.
#[must_use]
pub fn display_safe_within(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns && text.is_ascii() && !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len().min(4 * columns));
    let (mut width, mut marks, mut cut) = (0, 0, 0);
    for c in text.chars() {
        if width < columns {
            cut = safe.len();
        }
        let step = push_safe(&mut safe, c);
        width += step;
        marks += usize::from(step == 0);
        if width.max(marks) > columns {
            safe.truncate(cut);
            safe.push('…');
            break;
        }
    }
    Cow::Owned(safe)
}

/// As [`display_safe_within`], for fonts: a character that they do not have
/// comes out as `�`, and not as the empty box of a font.
#[cfg(feature = "pdf")]
pub(crate) fn drawable(
    text: &str,
    columns: usize,
    is_known: impl Fn(char) -> bool,
) -> Cow<'_, str> {
    let safe = display_safe_within(text, columns);
    if safe.is_ascii() || safe.chars().all(&is_known) {
        return safe;
    }
    let known = |c| {
        if is_known(c) {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    Cow::Owned(safe.chars().map(known).collect())
}

/// Makes a text that is safe to show safe as a property of a PDF: `/`, which
/// begins every command there, comes out as `∕`.
///
/// A reader of PDF knows a command from a text without that; mail gateways
/// that only look for `/JavaScript` do not.
#[cfg(feature = "pdf")]
pub(crate) fn pdf_property(text: &str) -> Cow<'_, str> {
    if text.contains('/') {
        Cow::Owned(text.replace('/', "\u{2215}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Makes text safe as the content of a CSV cell: safe to show, and nothing
/// that a spreadsheet would calculate. Quoting is left to the CSV writer.
///
/// A `'` goes before the text where its first character, after spaces, starts
/// a formula, and before such a character after a `;` inside the text, because
/// in half of the world a spreadsheet splits the line there.
///
/// # Examples
///
/// ```
/// use vt_report::escape::csv_cell;
///
/// assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
/// assert_eq!(csv_cell("a;=1+1"), "a;'=1+1");
/// assert_eq!(csv_cell("Trojan.Win32/Agent"), "Trojan.Win32/Agent");
/// ```
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let safe = display_safe(text);
    let at_start = text
        .trim_start_matches(char::is_whitespace)
        .starts_with(starts_formula)
        || text.starts_with(starts_formula);
    if !at_start && !safe.contains(';') {
        return safe;
    }
    let mut cell = String::with_capacity(safe.len() + 8);
    if at_start {
        cell.push('\'');
    }
    let mut after_separator = false;
    for c in safe.chars() {
        if after_separator && starts_formula(c) {
            cell.push('\'');
        }
        after_separator = c == ';' || after_separator && (c.is_whitespace() || c == '"');
        cell.push(c);
    }
    Cow::Owned(cell)
}

/// Writes a value as JSON that is harmless wherever it is shown.
///
/// Inside strings, `<`, `>`, `&` and everything that [`display_safe`] replaces
/// are written as `\uXXXX`, so a parser gets back exactly what was put in,
/// while a terminal or the page it is embedded in has nothing to obey.
///
/// # Errors
///
/// When `out` fails, or the value cannot be put into JSON.
pub fn write_json<T: Serialize + ?Sized>(out: &mut dyn io::Write, value: &T) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Json);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Whether a terminal obeys this character or the eye misses it.
fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}'                           // C1 controls
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}'                     // zero width, direction marks
        | '\u{2028}'..='\u{202e}'                     // line separators, bidi embedding
        | '\u{2060}'..='\u{206f}'                     // invisible operators, bidi isolates
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}'                   // tags: text nobody sees
    )
}

/// Appends one character and says how many columns it takes.
fn push_safe(safe: &mut String, c: char) -> usize {
    if !is_hidden(c) {
        safe.push(c);
        return c.width().unwrap_or(0);
    }
    let from = safe.len();
    safe.extend(c.escape_unicode());
    safe[from..].width()
}

/// Whether a spreadsheet may read what follows as a formula.
fn starts_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠'
    )
}

/// The escaper of HTML templates, to be named in an `askama.toml`: text is safe
/// to show, and none of it is markup.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        filters::Html.write_escaped_str(&mut dest, &display_safe(text))
    }
}

/// Writes strings as [`write_json`] promises.
struct Json;

impl Formatter for Json {
    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some(at) = rest.find(needs_json_escape) {
            let (plain, tail) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut tail = tail.chars();
            let mut units = [0; 2];
            for unit in tail.next().unwrap_or_default().encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = tail.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

fn needs_json_escape(c: char) -> bool {
    matches!(c, '<' | '>' | '&') || is_hidden(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_out_unharmed_or_as_its_number() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let safe = display_safe(&text);
            if is_hidden(c) {
                assert_eq!(safe, format!("\\u{{{:x}}}", u32::from(c)));
            } else {
                assert_eq!(safe, text);
            }
            assert!(!safe.contains(char::is_control), "{c:?}");
        }
    }

    #[test]
    fn a_cut_text_fits_and_says_that_it_is_cut() {
        for text in ["x".repeat(50), "漢".repeat(50), "\x1b".repeat(50)] {
            for columns in 1..60 {
                let cut = display_safe_within(&text, columns);
                assert!(cut.width() <= columns, "{cut} in {columns}");
                assert_eq!(cut.ends_with('…'), display_safe(&text) != cut);
            }
        }
        assert_eq!(display_safe_within("abc", 3), "abc");
        assert_eq!(display_safe_within("abcd", 3), "ab…");
    }

    #[test]
    fn a_heap_of_combining_marks_is_bounded() {
        let cut = display_safe_within(&format!("a{}", "\u{301}".repeat(10_000)), 20).into_owned();
        assert!(cut.chars().count() < 30, "{}", cut.chars().count());
        assert!(cut.ends_with('…'));
    }

    #[cfg(feature = "pdf")]
    #[test]
    fn a_font_is_asked_for_nothing_that_it_does_not_have() {
        let is_known = |c: char| c.is_ascii() || c == 'ż' || c == '…';
        assert_eq!(drawable("żx漢\x1b", 20, is_known), "żx\u{fffd}\\u{1b}");
        assert_eq!(drawable("漢字漢字", 5, is_known), "\u{fffd}\u{fffd}…");
        assert_eq!(drawable("plain", 20, |_| false), "plain");
    }

    #[cfg(feature = "pdf")]
    #[test]
    fn a_property_of_a_pdf_reads_as_no_command() {
        assert_eq!(pdf_property("a /JS b/c"), "a \u{2215}JS b\u{2215}c");
        assert_eq!(pdf_property("case 7"), "case 7");
    }

    #[test]
    fn a_formula_is_disarmed_wherever_a_spreadsheet_may_look_for_one() {
        for first in ['=', '+', '-', '@', '＝', '＋', '－', '＠'] {
            assert_eq!(csv_cell(&format!("{first}1")), format!("'{first}1"));
            assert_eq!(
                csv_cell(&format!("\u{a0} {first}1")),
                format!("'\u{a0} {first}1")
            );
            assert_eq!(
                csv_cell(&format!("a; \"{first}1")),
                format!("a; \"'{first}1")
            );
            assert_eq!(csv_cell(&format!("a{first}1;b")), format!("a{first}1;b"));
        }
        for first in ['\t', '\r', '\n', '\0'] {
            assert!(csv_cell(&format!("{first}=1")).starts_with('\''));
        }
    }

    #[test]
    fn json_parses_to_what_was_put_in() {
        for c in '\0'..=char::MAX {
            let mut json = Vec::new();
            write_json(&mut json, &c).unwrap();
            assert_eq!(serde_json::from_slice::<char>(&json).unwrap(), c);
            let text = String::from_utf8(json).unwrap();
            assert!(!text.contains(needs_json_escape), "{c:?}");
        }
    }

    #[test]
    fn html_values_are_escaped_for_the_page_and_for_the_eye() {
        let mut html = String::new();
        Html.write_escaped_str(&mut html, "<b>\"'&\x1b").unwrap();
        assert_eq!(html, "&#60;b&#62;&#34;&#39;&#38;\\u{1b}");
    }
}
