//! How deep a JSON text is nested.

/// How deep an answer may be nested. The body is passed on whole, and other
/// programs read it by recursion.
pub(super) const DEEPEST: usize = 128;

/// Whether a text, if it is JSON, is nested too deep.
pub(super) fn is_deep(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    // From one byte that counts to the next: most are in strings.
    while let Some(found) = bytes[at..].iter().position(|byte| is_structure(*byte)) {
        at += found + 1;
        match bytes[at - 1] {
            b'"' => at = end_of_string(bytes, at),
            b'[' | b'{' => {
                depth += 1;
                if depth > DEEPEST {
                    return true;
                }
            }
            _ => depth = depth.saturating_sub(1),
        }
    }
    false
}

const fn is_structure(byte: u8) -> bool {
    matches!(byte, b'"' | b'[' | b'{' | b']' | b'}')
}

/// Where a string that begins at `at` has come to its end.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\');
    while let Some(found) = bytes[at..].iter().position(is_end) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        // Whatever is escaped is part of it.
        at = (at + 1).min(bytes.len());
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_unless_they_are_in_a_string() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_deep(&nested(DEEPEST)));
        assert!(is_deep(&nested(DEEPEST + 1)));
        assert!(!is_deep(&format!("[{}]", vec!["[[]]"; DEEPEST].join(","))));
        let text = |inner: &str| format!(r#"{{"a": "{inner}"}}"#);
        assert!(!is_deep(&text(&"[".repeat(1_000))));
        assert!(!is_deep(&text(&r#"\\\"["#.repeat(1_000))));
        assert!(is_deep(&format!("{}{}", text(r"\\"), nested(DEEPEST + 1))));
    }
}
