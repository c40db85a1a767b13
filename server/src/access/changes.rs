//! What a change has changed, field by field, as the audit keeps it: the old and the new value of each field, within limits,
//! and never a secret.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// Bytes of JSON up to which a value is kept as it is: a paragraph, and any date or name.
pub const AUDIT_VALUE_BYTES: usize = 4 * 1024;

/// Characters that are kept of a longer one.
const AUDIT_CUT_CHARS: usize = 200;

/// Bytes of all that is kept of one change, so that a row of the audit stays smaller than the event itself may be.
pub const AUDIT_CHANGES_BYTES: usize = 16 * 1024;

/// Parts of a field's name by which its value is taken for a secret.
const SECRET_NAMES: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key", "credential"];

/// What a change has changed.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct AuditChanges {
    /// The revision that an event has after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// The fields that differ: removed ones first, then the others in the order of the document.
    fields: Vec<FieldChange>,
    /// Fields that differ too, and for which there was no room.
    left_out: u64,
}

/// One field, before and after.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldChange {
    /// Its name.
    field: String,
    /// What it was; left out where there was no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<RecordedValue>,
    /// What it has become; left out where it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<RecordedValue>,
}

/// A value of a field, as far as the audit keeps it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum RecordedValue {
    /// As it was stored.
    Whole {
        /// Any JSON.
        #[schema(value_type = Value)]
        value: Box<RawValue>,
    },
    /// Too long to be kept: how it begins, and by what it is known again.
    Cut {
        /// The first characters of its JSON.
        cut: String,
        /// Bytes of its JSON.
        bytes: u64,
        /// SHA-256 of its JSON, in hexadecimal digits.
        sha256: String,
    },
    /// A secret: that it changed is all that is told.
    Hidden {
        /// Always true.
        hidden: bool,
    },
}

impl AuditChanges {
    /// Compares two documents, each the text of a JSON object without white space between its values. None is one without fields.
    pub fn between(old: Option<&str>, new: Option<&str>) -> Self {
        let (old, new) = (fields_of(old), fields_of(new));
        let removed = old.keys().filter(|name| !new.contains_key(*name));
        let differ =
            new.iter().filter(|(name, value)| old.get(*name).is_none_or(|was| was.get() != value.get()));
        let mut changes = Self::default();
        let mut room = AUDIT_CHANGES_BYTES;
        for name in removed.chain(differ.map(|(name, _)| name)) {
            let recorded = |values: &Fields| values.get(name).map(|value| RecordedValue::of(name, value));
            let change = FieldChange { field: name.clone(), old: recorded(&old), new: recorded(&new) };
            match room.checked_sub(change.bytes()) {
                Some(left) => {
                    room = left;
                    changes.fields.push(change);
                }
                None => changes.left_out += 1,
            }
        }
        changes
    }

    /// The same, of a change that made this revision.
    #[must_use]
    pub fn at_revision(self, revision: u64) -> Self {
        Self { revision: Some(revision), ..self }
    }

    /// As the database keeps it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self)
            .unwrap_or_else(|error| unreachable!("names, texts and numbers are always JSON: {error}"))
    }
}

impl FieldChange {
    /// About as many bytes as it takes in the database.
    fn bytes(&self) -> usize {
        let of = |value: &Option<RecordedValue>| value.as_ref().map_or(0, RecordedValue::bytes);
        16 + self.field.len() + of(&self.old) + of(&self.new)
    }
}

impl RecordedValue {
    fn of(name: &str, value: &RawValue) -> Self {
        let json = value.get();
        if names_a_secret(name) || has_a_secret(json) {
            return Self::Hidden { hidden: true };
        }
        if json.len() <= AUDIT_VALUE_BYTES {
            return Self::Whole { value: value.to_owned() };
        }
        Self::Cut {
            cut: json.chars().take(AUDIT_CUT_CHARS).collect(),
            bytes: json.len() as u64,
            sha256: Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Whole { value } => 16 + value.get().len(),
            Self::Cut { cut, .. } => 128 + cut.len(),
            Self::Hidden { .. } => 20,
        }
    }
}

type Fields = IndexMap<String, Box<RawValue>>;

/// What cannot be read as an object has no fields.
fn fields_of(json: Option<&str>) -> Fields {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace(['-', ' '], "_");
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Whether a value has a field within it that is named like a secret. One that nobody can look into is taken for one.
fn has_a_secret(json: &str) -> bool {
    if !json.starts_with(['{', '[']) {
        return false;
    }
    fn within(value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| names_a_secret(name) || within(value)),
            Value::Array(values) => values.iter().any(within),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    serde_json::from_str(json).map_or(true, |value| within(&value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn between(old: Option<&str>, new: Option<&str>) -> Value {
        serde_json::from_str(&AuditChanges::between(old, new).to_json()).unwrap_or_default()
    }

    #[test]
    fn only_what_differs_is_kept_and_what_was_not_there_has_no_value() {
        let old = r#"{"event_id":"a","venue":"Hall","gone":null,"same":1.10}"#;
        let new = r#"{"event_id":"a","venue":"Hall 2","same":1.10,"added":[1,2]}"#;
        assert_eq!(
            between(Some(old), Some(new)),
            json!({"left_out": 0, "fields": [
                {"field": "gone", "old": {"value": null}},
                {"field": "venue", "old": {"value": "Hall"}, "new": {"value": "Hall 2"}},
                {"field": "added", "new": {"value": [1, 2]}},
            ]})
        );
        assert_eq!(between(None, Some(r#"{"a":1}"#))["fields"], json!([{"field": "a", "new": {"value": 1}}]));
        assert_eq!(between(Some(r#"{"a":1}"#), None)["fields"], json!([{"field": "a", "old": {"value": 1}}]));
        assert_eq!(between(Some(old), Some(old))["fields"], json!([]));
        let verbatim =
            AuditChanges::between(None, Some(r#"{"n":1.10,"big":12345678901234567890123}"#)).to_json();
        assert!(verbatim.contains("1.10") && verbatim.contains("12345678901234567890123"), "{verbatim}");
    }

    #[test]
    fn a_value_too_long_to_keep_is_known_by_its_beginning_and_its_hash() {
        let fits = format!("\"{}\"", "x".repeat(AUDIT_VALUE_BYTES - 2));
        let long = format!("\"é{}\"", "x".repeat(AUDIT_VALUE_BYTES));
        let new = format!(r#"{{"fits":{fits},"long":{long}}}"#);
        let kept = between(None, Some(&new));
        assert_eq!(kept["fields"][0]["new"]["value"].to_string(), fits);
        let cut = &kept["fields"][1]["new"];
        assert_eq!(cut["bytes"], json!(long.len()));
        assert!(cut["cut"].as_str().is_some_and(|cut| long.starts_with(cut) && cut.len() > 100), "{cut}");
        let other = between(None, Some(&new.replace('é', "è")));
        assert_ne!(cut["sha256"], other["fields"][1]["new"]["sha256"]);
    }

    #[test]
    fn many_values_take_no_more_than_the_limit_and_the_rest_is_counted() {
        let fields: Vec<_> = (0..3_000).map(|index| format!(r#""field{index}":"{index:0>20}""#)).collect();
        let json = AuditChanges::between(None, Some(&format!("{{{}}}", fields.join(",")))).to_json();
        assert!(json.len() < AUDIT_CHANGES_BYTES + 200, "{}", json.len());
        let kept: Value = serde_json::from_str(&json).unwrap_or_default();
        let listed = kept["fields"].as_array().map_or(0, Vec::len) as u64;
        assert_eq!(kept["left_out"].as_u64().map(|rest| rest + listed), Some(3_000));
        assert!(listed > 100);
    }

    #[test]
    fn what_is_named_like_a_secret_is_hidden_at_any_depth() {
        for field in [
            r#""zoom_password":"hunter2""#,
            r#""API-Key":"hunter2""#,
            r#""stream":{"keys":[{"Secret":"hunter2"}]}"#,
            r#""accessToken":{"a":"hunter2"}"#,
        ] {
            let document = format!("{{{field}}}");
            let changes = AuditChanges::between(Some(&document), Some(&document.replace("ter2", "ter3")));
            let json = changes.to_json();
            assert!(json.contains(r#""hidden":true"#) && !json.contains("hunter"), "{json}");
        }
        let open = AuditChanges::between(None, Some(r#"{"venue":{"hall":"secret garden"}}"#)).to_json();
        assert!(open.contains("secret garden"), "a text is no name: {open}");
    }
}
