//! Text in a width: measured, broken into lines, cut.

use std::borrow::Cow;

use super::font::Font;

/// The mark of a text that goes on elsewhere.
const ELLIPSIS: char = '…';

/// The lines of a text, at most so many. What does not fit is cut, and the
/// last line says so.
///
/// A line is broken at a space, else after a mark as they stand between the
/// parts of detection names and paths, else anywhere.
pub(super) struct Lines<'a> {
    font: &'a Font,
    size: f32,
    width: f32,
    left: usize,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) fn new(font: &'a Font, size: f32, width: f32, most: usize, text: &'a str) -> Self {
        Self {
            font,
            size,
            width,
            left: most,
            rest: text.trim_end(),
        }
    }

    /// How much of the text fits into this width, and where it would better be
    /// broken.
    fn fit(&self, width: f32) -> Fit {
        let (mut used, mut at_mark) = (0.0, None);
        // A first character that is too wide is set all the same: no width
        // would be an endless loop.
        for (at, c) in self.rest.char_indices() {
            let advance = self.size * self.font.glyph(c).width;
            if used + advance > width && at > 0 && advance > 0.0 {
                let after_space = c == ' ' || self.rest[..at].ends_with(' ');
                return Fit {
                    end: at,
                    at_mark: if after_space { Some(at) } else { at_mark },
                };
            }
            used += advance;
            // A line that is broken early looks worse than a word in two.
            if is_break(c) && used > 0.4 * width || c == ' ' {
                at_mark = Some(at + c.len_utf8());
            }
        }
        Fit {
            end: self.rest.len(),
            at_mark: None,
        }
    }
}

struct Fit {
    end: usize,
    at_mark: Option<usize>,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        if self.rest.is_empty() || self.left == 0 {
            return None;
        }
        self.left -= 1;
        let fit = self.fit(self.width);
        if fit.end < self.rest.len() && self.left == 0 {
            let room = self.width - self.size * self.font.glyph(ELLIPSIS).width;
            let end = self.fit(room).end;
            return Some(format!("{}{ELLIPSIS}", self.rest[..end].trim_end()).into());
        }
        let (line, rest) = self.rest.split_at(fit.at_mark.unwrap_or(fit.end));
        self.rest = rest.trim_start_matches(' ');
        Some(line.trim_end().into())
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '.' | '/' | ':' | ';' | ',' | '-' | '_' | '!' | '|')
}

#[cfg(test)]
mod tests {
    use super::{super::font::Fonts, *};

    fn lines(text: &str, width: f32, most: usize) -> Vec<String> {
        let fonts = Fonts::load().unwrap();
        let lines: Vec<_> = Lines::new(&fonts.regular, 8.0, width, most, text)
            .map(Cow::into_owned)
            .collect();
        for line in &lines {
            assert!(fonts.regular.width(line, 8.0) <= width, "{line}");
        }
        assert!(lines.len() <= most);
        lines
    }

    #[test]
    fn a_text_is_broken_between_words_or_parts_or_anywhere() {
        assert_eq!(lines("", 90.0, 3), [""; 0]);
        assert_eq!(lines("one line", 90.0, 3), ["one line"]);
        assert_eq!(
            lines("several words that do not fit", 60.0, 3),
            ["several words", "that do not fit"]
        );
        assert_eq!(
            lines("HEUR:Trojan-Spy.Win32.Zbot.gen", 70.0, 3),
            ["HEUR:Trojan-Spy.", "Win32.Zbot.gen"]
        );
        let broken = lines(&"x".repeat(30), 60.0, 9);
        assert_eq!(broken.concat(), "x".repeat(30));
    }

    #[test]
    fn a_text_too_long_for_its_lines_says_that_it_is_cut() {
        for text in ["x".repeat(500), "some words ".repeat(50)] {
            for most in 1..4 {
                let lines = lines(&text, 70.0, most);
                assert_eq!(lines.len(), most);
                assert!(lines.last().unwrap().ends_with('…'));
                assert!(text.starts_with(&lines[0].replace('…', "")));
            }
        }
    }

    #[test]
    fn an_accent_stays_with_its_letter() {
        for line in lines(&"e\u{301}".repeat(90), 61.0, 20) {
            assert!(line.starts_with('e'), "{line}");
            assert!(line.ends_with(['\u{301}', '…']), "{line}");
        }
    }
}
