//! Plain objects for JavaScript, written as one JSON text: nothing here is generic, so that each further field of a view costs a
//! call and its name. Building them property by property, or through serde, made the module a tenth larger.

use wasm_bindgen::prelude::*;

use crate::Timestamp;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = JSON, js_name = parse)]
    fn parse_json(text: &str) -> JsValue;
}

/// A number that may be missing, for [`Plain::number`].
pub(super) fn or_null(number: Option<f64>) -> f64 {
    number.unwrap_or(f64::NAN)
}

/// Epoch milliseconds.
pub(super) fn millis(at: Timestamp) -> f64 {
    at.as_millis() as f64
}

/// A value that is being written. Elements of a list have an empty name.
#[derive(Default)]
pub(super) struct Plain(String);

impl Plain {
    /// Writes one object.
    pub(super) fn object(fields: impl FnOnce(&mut Self)) -> JsValue {
        let mut plain = Self::default();
        plain.open("", '{');
        fields(&mut plain);
        plain.close('}');
        plain.into_js()
    }

    /// Writes a list of objects.
    pub(super) fn list<T>(items: impl Iterator<Item = T>, fields: impl Fn(&mut Self, T)) -> JsValue {
        let mut plain = Self::default();
        plain.objects("", items, fields);
        plain.into_js()
    }

    /// Writes a list of objects as one field.
    pub(super) fn objects<T>(
        &mut self,
        name: &str,
        items: impl Iterator<Item = T>,
        fields: impl Fn(&mut Self, T),
    ) {
        self.open(name, '[');
        for item in items {
            self.open("", '{');
            fields(self, item);
            self.close('}');
        }
        self.close(']');
    }

    /// Writes an object as one field, or null.
    pub(super) fn object_or_null<T>(
        &mut self,
        name: &str,
        value: Option<T>,
        fields: impl FnOnce(&mut Self, T),
    ) {
        match value {
            None => self.literal(name, "null"),
            Some(value) => {
                self.open(name, '{');
                fields(self, value);
                self.close('}');
            }
        }
    }

    #[inline(never)]
    pub(super) fn open(&mut self, name: &str, bracket: char) {
        self.name(name);
        self.0.push(bracket);
    }

    #[inline(never)]
    pub(super) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    #[inline(never)]
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    #[inline(never)]
    pub(super) fn text_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.literal(name, "null"),
        }
    }

    pub(super) fn instant(&mut self, name: &str, at: Timestamp) {
        self.number(name, at.as_millis() as f64);
    }

    /// A whole number that a double holds; NaN is written as null.
    #[inline(never)]
    pub(super) fn number(&mut self, name: &str, value: f64) {
        if value.is_nan() {
            return self.literal(name, "null");
        }
        self.name(name);
        let mut digits = [0; 20];
        let mut first = digits.len();
        let mut rest = (value as i64).unsigned_abs();
        while rest > 0 || first == digits.len() {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        if value < 0.0 {
            self.0.push('-');
        }
        self.0.push_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.literal(name, if value { "true" } else { "false" });
    }

    #[inline(never)]
    pub(super) fn literal(&mut self, name: &str, literal: &str) {
        self.name(name);
        self.0.push_str(literal);
    }

    pub(super) fn into_js(self) -> JsValue {
        parse_json(&self.0)
    }

    fn name(&mut self, name: &str) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[')) {
            self.0.push(',');
        }
        if !name.is_empty() {
            self.quoted(name);
            self.0.push(':');
        }
    }

    #[inline(never)]
    fn quoted(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.0.push('"');
        for character in text.chars() {
            match character {
                '\0'..' ' => {
                    self.0.push_str("\\u00");
                    self.0.push(char::from(HEX[character as usize >> 4]));
                    self.0.push(char::from(HEX[character as usize & 15]));
                    continue;
                }
                '"' | '\\' => self.0.push('\\'),
                _ => {}
            }
            self.0.push(character);
        }
        self.0.push('"');
    }
}
