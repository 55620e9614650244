//! How deep a JSON text is nested.

/// How deep an answer may be nested. The body is passed on whole, and other
/// programs read it by recursion.
pub(super) const DEEPEST: usize = 128;

/// Whether a text, if it is JSON, is nested too deep.
pub(super) fn is_deep(text: &str) -> bool {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            b'[' | b'{' if !is_string => {
                depth += 1;
                if depth > DEEPEST {
                    return true;
                }
            }
            b']' | b'}' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
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
