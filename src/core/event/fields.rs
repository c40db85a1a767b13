//! The fields of an event that the scheduler reads, before they are understood.

use std::borrow::Cow;

use super::shape::Shape;
use crate::error::{InvalidInput, Problem, ProblemCode};
use crate::json::{Cursor, Fault, RawText, Scalar, not_utf8, number_value, syntax};
use crate::limits;

/// One field as its sender wrote it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum FieldValue<'a> {
    /// Not sent, or sent as `null`: both mean that the field has no value.
    #[default]
    Absent,
    /// A text.
    Text(FieldText<'a>),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// An instant in epoch milliseconds from a JavaScript `Date`; NaN for an invalid one.
    Date(f64),
    /// Anything else; the text names it ("an object", "a function").
    Other(Cow<'a, str>),
}

/// A text in UTF-8. Most texts are ASCII and only compared, or read as dates: for that they are not looked through again.
#[derive(Clone, PartialEq)]
pub struct FieldText<'a>(Cow<'a, [u8]>);

impl<'a> FieldText<'a> {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Made of texts and of ASCII only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The text, borrowed where it is.
    pub fn into_text(self) -> Cow<'a, str> {
        match self.0 {
            Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).unwrap_or_default()),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).unwrap_or_default()),
        }
    }
}

impl<'a> From<&'a str> for FieldText<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<String> for FieldText<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

impl<'a> FieldText<'a> {
    /// A text with escapes or with more than ASCII.
    #[cold]
    fn unusual(text: RawText<'a>) -> Self {
        match text.decode() {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl std::fmt::Debug for FieldText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}

macro_rules! fields {
    ($($name:ident,)*) => {
        /// The fields of one event that the scheduler reads. Every other field is opaque to it.
        #[derive(Debug, Clone, PartialEq, Default)]
        #[expect(missing_docs, reason = "the names are the wire names")]
        pub struct EventFields<'a> { $(pub $name: FieldValue<'a>,)* }

        impl<'a> EventFields<'a> {
            /// Wire names, in the order of [`values_mut`](Self::values_mut).
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)*];

            /// Every field, in the order of [`NAMES`](Self::NAMES).
            pub fn values_mut(&mut self) -> [&mut FieldValue<'a>; FIELD_COUNT] {
                [$(&mut self.$name,)*]
            }

            /// The place of `name` among [`NAMES`](Self::NAMES).
            fn index_of(name: &[u8]) -> Option<usize> {
                Self::NAMES.iter().position(|known| known.as_bytes() == name)
            }
        }
    };
}

fields! {
    event_id,
    registration_start_date,
    registration_end_date,
    start_datetime,
    end_datetime,
    certificate_start_date,
    certificate_end_date,
    timezone,
    status,
    event_approval_status,
    approval_required,
    revision,
    published,
}

/// How many fields the scheduler reads.
const FIELD_COUNT: usize = EventFields::NAMES.len();

impl<'a> EventFields<'a> {
    /// Reads the fields of the JSON object that is the whole of `json`.
    ///
    /// Where a key occurs twice, the last one counts, as in `JSON.parse`.
    ///
    /// # Errors
    /// `JSON_SYNTAX` where the text is not one JSON object in UTF-8, `EVENT_TOO_LARGE` above 64 KiB.
    pub fn from_json(json: &'a [u8]) -> Result<Self, InvalidInput> {
        Self::from_json_like(json, &mut Shape::untaught())
    }

    /// The same, for a text that likely has the keys of those read with this shape before.
    pub(crate) fn from_json_like(json: &'a [u8], shape: &mut Shape) -> Result<Self, InvalidInput> {
        if json.len() > limits::EVENT_JSON_BYTES {
            return Err(InvalidInput::single(None, too_large(json.len())));
        }
        let mut cursor = Cursor::new(json, 0);
        let mut fields = Self::default();
        fields.scan(&mut cursor, shape).map_err(|fault| syntax(fault, json.len()))?;
        if cursor.peek() != Err(Fault::Incomplete) {
            return Err(syntax(cursor.fault("nothing after the event"), json.len()));
        }
        if !cursor.only_ascii() && std::str::from_utf8(json).is_err() {
            return Err(not_utf8());
        }
        Ok(fields)
    }

    /// Reads one object at the cursor, leaving the cursor behind it. Fields that it does not have stay as they are.
    pub(crate) fn scan(&mut self, cursor: &mut Cursor<'a>, shape: &mut Shape) -> Result<(), Fault> {
        cursor.expect(b'{', "an object")?;
        if cursor.accept(b'}')? {
            return Ok(());
        }
        let values = self.values_mut();
        let mut expected = 0;
        shape.begin();
        loop {
            cursor.peek()?;
            let slot = shape.key(cursor, &mut expected, Self::slot_of)?;
            if let Some(text) = cursor.simple_text() {
                match (slot, text.plain()) {
                    (None, _) => {}
                    (Some(slot), Some(ascii)) => {
                        *values[slot] = FieldValue::Text(FieldText(Cow::Borrowed(ascii)));
                    }
                    (Some(slot), None) => *values[slot] = FieldValue::Text(FieldText::unusual(text)),
                }
            } else if let Some(slot) = slot {
                *values[slot] = FieldValue::read(cursor.scalar()?);
            } else {
                cursor.skip_value()?;
            }
            if !cursor.accept(b',')? {
                return cursor.expect(b'}', "a comma or the end of the object");
            }
        }
    }

    fn slot_of(key: RawText<'_>) -> Option<usize> {
        if key.is_escaped() { Self::index_of(key.decode().as_bytes()) } else { Self::index_of(key.bytes) }
    }
}

impl<'a> FieldValue<'a> {
    fn read(scalar: Scalar<'a>) -> Self {
        match scalar {
            Scalar::Text(text) => Self::Text(FieldText::unusual(text)),
            Scalar::Number(text) => Self::Number(number_value(text)),
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Null => Self::Absent,
            Scalar::Other(name) => Self::Other(Cow::Borrowed(name)),
        }
    }

    /// The value of a number in JavaScript's or JSON's notation; NaN for anything else.
    pub fn number(text: &str) -> f64 {
        let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        if text.is_empty() || !text.bytes().all(plain) { f64::NAN } else { number_value(text.as_bytes()) }
    }

    /// What stands here, for a sentence.
    pub(crate) fn describe(&self) -> &str {
        match self {
            Self::Absent => "nothing",
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Bool(_) => "a boolean",
            Self::Date(_) => "a Date",
            Self::Other(name) => name,
        }
    }

    /// The bytes of the text, or the problem that it is something else.
    pub(crate) fn text(&self, field: &'static str, limit: usize) -> Result<Option<&[u8]>, Problem> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) if text.as_bytes().len() > limit => Err(Problem::new(
                field,
                ProblemCode::TextTooLong,
                format!("has {} bytes: write at most {limit}", text.as_bytes().len()),
            )),
            Self::Text(text) => Ok(Some(text.as_bytes())),
            _ => Err(self.wrong_type(field, "a text")),
        }
    }

    pub(crate) fn wrong_type(&self, field: &'static str, wanted: &str) -> Problem {
        Problem::new(field, ProblemCode::WrongType, format!("is {}: write {wanted}", self.describe()))
    }
}

pub(crate) fn too_large(bytes: usize) -> Problem {
    let message = format!(
        "the event has {bytes} bytes of JSON: send at most {}, and attachments elsewhere",
        limits::EVENT_JSON_BYTES
    );
    Problem::new("", ProblemCode::EventTooLarge, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_fields_are_read_and_others_passed_over() {
        let json = br#" {"event_id":"a\u0062","start_datetime":1767225600000,"extra":{"event_id":"no"},"approval_required":true,"timezone":null,"status":[1]} "#;
        let fields = EventFields::from_json(json).expect("valid");
        assert_eq!(fields.event_id, FieldValue::Text("ab".into()));
        assert_eq!(fields.start_datetime, FieldValue::Number(1_767_225_600_000.0));
        assert_eq!(fields.approval_required, FieldValue::Bool(true));
        assert_eq!(fields.timezone, FieldValue::Absent);
        assert_eq!(fields.status, FieldValue::Other("an array".into()));
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let fields = EventFields::from_json(br#"{"event_id":"a","event\u005fid":"b"}"#).expect("valid");
        assert_eq!(fields.event_id, FieldValue::Text("b".into()));
    }

    #[test]
    fn anything_but_one_object_in_utf8_is_a_syntax_problem() {
        for json in [
            &b""[..],
            b"[]",
            b"\"x\"",
            b"{} {}",
            b"{\"a\":",
            b"{\"a\":\"\xff\xff\"}",
            b"{\"event_id\":\"\xc3\"}",
        ] {
            let error = EventFields::from_json(json).expect_err("invalid");
            assert_eq!(error.problems[0].code, ProblemCode::JsonSyntax, "{json:?}");
        }
    }

    #[test]
    fn an_event_over_the_limit_is_too_large() {
        let json = format!("{{\"x\":\"{}\"}}", "a".repeat(limits::EVENT_JSON_BYTES));
        let error = EventFields::from_json(json.as_bytes()).expect_err("too large");
        assert_eq!(error.problems[0].code, ProblemCode::EventTooLarge);
    }
}
