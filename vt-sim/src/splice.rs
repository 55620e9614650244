//! Any bytes at one place of a JSON text.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::report::pretty;

/// Stands where the bytes will; no report has such a string.
const MARK: &str = "vt-sim: here";

/// Puts bytes at the place of a JSON text that a pointer names, or takes the place away.
///
/// A text that is no JSON stays what it is.
pub(crate) fn splice(text: &Bytes, pointer: &str, json: Option<&Bytes>) -> Bytes {
    let Ok(mut value) = serde_json::from_slice::<Value>(text) else {
        return text.clone();
    };
    let mut keys: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|key| key.replace("~1", "/").replace("~0", "~"))
        .collect();
    let Some(last) = keys.pop() else {
        // The empty pointer means all of it.
        return json.cloned().unwrap_or_default();
    };
    let mut place = &mut value;
    for key in keys {
        place = object(place).entry(key).or_insert(Value::Null);
    }
    let Some(json) = json else {
        object(place).remove(&last);
        return pretty(&value);
    };
    object(place).insert(last, MARK.into());
    replace_mark(&pretty(&value), json)
}

/// Returns a value as an object, which it becomes if it is none.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made one"),
    }
}

fn replace_mark(text: &Bytes, json: &Bytes) -> Bytes {
    let mark = format!("\"{MARK}\"");
    let Some(at) = text
        .windows(mark.len())
        .position(|bytes| bytes == mark.as_bytes())
    else {
        return text.clone();
    };
    [&text[..at], json, &text[at + mark.len()..]]
        .concat()
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spliced(pointer: &str, json: Option<&'static str>) -> Bytes {
        let text = Bytes::from_static(br#"{"a": {"b/c": [1]}, "d": 2}"#);
        splice(&text, pointer, json.map(Bytes::from).as_ref())
    }

    fn parsed(text: &Bytes) -> Value {
        serde_json::from_slice(text).unwrap()
    }

    #[test]
    fn a_place_is_replaced_made_or_taken_away() {
        let of = |pointer, json| parsed(&spliced(pointer, json));
        assert_eq!(
            of("/d", Some("[]")),
            json!({ "a": { "b/c": [1] }, "d": [] })
        );
        assert_eq!(
            of("/a/b~1c", Some("3")),
            json!({ "a": { "b/c": 3 }, "d": 2 })
        );
        assert_eq!(of("/d/e/f", Some("3"))["d"], json!({ "e": { "f": 3 } }));
        assert_eq!(of("/a", None), json!({ "d": 2 }));
        assert_eq!(of("/x", None), json!({ "a": { "b/c": [1] }, "d": 2 }));
        assert_eq!(spliced("", Some("[1")), "[1");
    }

    #[test]
    fn what_stands_there_need_not_be_json() {
        let text = spliced("/d", Some("NaN"));
        assert!(text.ends_with(b"\"d\": NaN\n}"), "{text:?}");
        let text = Bytes::from_static(b"<html>");
        assert_eq!(splice(&text, "/d", None), text);
    }
}
