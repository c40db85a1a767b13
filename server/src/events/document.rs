//! The JSON text of an event: its fields in the order in which they came, every value as it was written.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// A JSON object whose values stay text, so that fields unknown to the server come back exactly as they were sent.
#[derive(Debug, Clone, Default)]
pub struct Document {
    fields: IndexMap<String, Box<RawValue>>,
}

impl Document {
    /// Reads an object. A field that is named twice keeps its first place and its last value, as in JavaScript.
    ///
    /// # Errors
    ///
    /// The text is no JSON, or no object.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// Returns the object as JSON without white space between its values.
    pub fn to_json(&self) -> String {
        let mut json =
            String::with_capacity(self.fields.iter().map(|(k, v)| k.len() + v.get().len() + 6).sum());
        json.push('{');
        for (i, (name, value)) in self.fields.iter().enumerate() {
            if i > 0 {
                json.push(',');
            }
            push_json_text(&mut json, name);
            json.push(':');
            push_compact(&mut json, value.get());
        }
        json.push('}');
        json
    }

    /// Returns the JSON text of a field.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.get())
    }

    /// Returns a field that is a JSON string.
    pub fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.raw(name)?).ok()
    }

    /// Sets a field to a text, in its place or at the end.
    pub fn set_text(&mut self, name: &str, value: &str) {
        let mut json = String::with_capacity(value.len() + 2);
        push_json_text(&mut json, value);
        self.set(name, raw(json));
    }

    /// Sets a field to a whole number, in its place or at the end.
    pub fn set_number(&mut self, name: &str, value: i64) {
        self.set(name, raw(value.to_string()));
    }

    /// Sets a field to true or false, in its place or at the end.
    pub fn set_bool(&mut self, name: &str, value: bool) {
        self.set(name, raw(value.to_string()));
    }

    /// Sets a field to null, in its place or at the end.
    pub fn set_null(&mut self, name: &str) {
        self.set(name, raw("null".to_owned()));
    }

    /// Removes a field.
    pub fn remove(&mut self, name: &str) {
        self.fields.shift_remove(name);
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// Makes a field what it is in `other`, in its place or at the end; removes it where it is not there.
    pub fn take(&mut self, name: &str, other: &Self) {
        match other.fields.get(name) {
            Some(value) => self.set(name, value.clone()),
            None => self.remove(name),
        }
    }

    /// Puts every field of `patch` into this object; one that is null there is removed here.
    pub fn merge(&mut self, patch: Self) {
        for (name, value) in patch.fields {
            if value.get() == "null" {
                self.remove(&name);
            } else {
                self.fields.insert(name, value);
            }
        }
    }

    fn set(&mut self, name: &str, value: Box<RawValue>) {
        self.fields.insert(name.to_owned(), value);
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut document = Document::default();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    document.fields.insert(name, value);
                }
                Ok(document)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Appends `text` as a JSON string.
pub fn push_json_text(json: &mut String, text: &str) {
    json.push_str(&serde_json::Value::from(text).to_string());
}

/// Wraps JSON text that this module wrote itself.
fn raw(json: String) -> Box<RawValue> {
    match RawValue::from_string(json) {
        Ok(raw) => raw,
        Err(error) => unreachable!("a number, a truth value or a quoted text is always JSON: {error}"),
    }
}

/// Appends valid JSON without the white space that stands outside its strings.
fn push_compact(json: &mut String, value: &str) {
    let mut in_string = false;
    let mut escaped = false;
    let mut kept_from = 0;
    for (at, byte) in value.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else if byte == b'"' {
            in_string = true;
        } else if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            json.push_str(&value[kept_from..at]);
            kept_from = at + 1;
        }
    }
    json.push_str(&value[kept_from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(json: &str) -> Document {
        match Document::from_json(json.as_bytes()) {
            Ok(document) => document,
            Err(error) => panic!("{json}: {error}"),
        }
    }

    #[test]
    fn every_value_comes_back_as_it_was_written() {
        let json = r#"{"z":1.10,"big":12345678901234567890123,"a":{"y":"\u00e9 \ud83d","x":[1e400, true ]},"empty":""}"#;
        let expected = r#"{"z":1.10,"big":12345678901234567890123,"a":{"y":"\u00e9 \ud83d","x":[1e400,true]},"empty":""}"#;
        assert_eq!(document(json).to_json(), expected);
    }

    #[test]
    fn white_space_is_dropped_between_values_and_kept_within_texts() {
        let json = "{ \"a\" :\n { \"b c\" :\t\"d \\\" e\\\\\" , \"f\" : [ 1 , 2 ] }\r\n}";
        assert_eq!(document(json).to_json(), r#"{"a":{"b c":"d \" e\\","f":[1,2]}}"#);
    }

    #[test]
    fn a_merge_replaces_in_place_appends_what_is_new_and_clears_what_is_null() {
        let mut stored = document(r#"{"a":1,"b":{"deep":1},"c":3}"#);
        stored.merge(document(r#"{"d":4,"b":{"other":2},"a":null,"x":null}"#));
        assert_eq!(stored.to_json(), r#"{"b":{"other":2},"c":3,"d":4}"#);
    }

    #[test]
    fn a_field_named_twice_keeps_its_first_place_and_its_last_value() {
        assert_eq!(document(r#"{"a":1,"b":2,"a":3}"#).to_json(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn names_and_texts_are_escaped() {
        let mut named = document(r#"{"q\"\n":1}"#);
        named.set_text("status", "a\"b\u{7}");
        assert_eq!(named.to_json(), "{\"q\\\"\\n\":1,\"status\":\"a\\\"b\\u0007\"}");
        assert_eq!(named.text("status").as_deref(), Some("a\"b\u{7}"));
    }
}
