//! A validating JSON scanner that skips what the scheduler does not read.
//!
//! It checks the whole grammar of RFC 8259, because the text is handed to `JSON.parse` only much later, and builds nothing
//! but the handful of fields asked for. Strings are scanned 32 bytes at a time.

pub(crate) mod plain;
mod problems;

use std::borrow::Cow;

use self::plain::plain_text;
pub(crate) use self::problems::{not_utf8, syntax};
use crate::limits;

/// Why scanning stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The text ends inside a value: more bytes may complete it.
    Incomplete,
    /// The text is not JSON.
    Syntax {
        /// Byte offset of the first byte that does not fit.
        at: usize,
        /// What was expected there.
        expected: &'static str,
    },
}

/// A string as it stands in the text, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawText<'a> {
    pub(crate) bytes: &'a [u8],
    escaped: bool,
    ascii: bool,
}

/// A scalar value of a field that the scheduler reads, or the name of what stood there instead.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scalar<'a> {
    Text(RawText<'a>),
    Number(&'a [u8]),
    Bool(bool),
    Null,
    Other(&'static str),
}

/// A position in a JSON text.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    ascii: bool,
}

impl<'a> Cursor<'a> {
    /// Begins at byte `at` of `bytes`.
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, ascii: true }
    }

    /// Byte offset of the next byte.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The bytes from `start` to the cursor.
    pub(crate) fn passed(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    /// The next `N` bytes, if there are as many.
    #[inline(always)]
    pub(crate) fn window<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.bytes.get(self.at..)?.first_chunk::<N>()
    }

    /// Passes `bytes` that are known to be ASCII and to be there.
    #[inline(always)]
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Whether every string passed so far was ASCII, which proves them valid UTF-8.
    pub(crate) fn only_ascii(&self) -> bool {
        self.ascii
    }

    /// Passes white space; returns the next byte without passing it.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Result<u8, Fault> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(Fault::Incomplete)
    }

    /// Passes white space and the byte `wanted`.
    #[inline]
    pub(crate) fn expect(&mut self, wanted: u8, expected: &'static str) -> Result<(), Fault> {
        if self.peek()? == wanted {
            self.at += 1;
            Ok(())
        } else {
            Err(self.fault(expected))
        }
    }

    /// Passes white space and the byte `wanted`, if that is next.
    #[inline(always)]
    pub(crate) fn accept(&mut self, wanted: u8) -> Result<bool, Fault> {
        let found = self.peek()? == wanted;
        self.at += usize::from(found);
        Ok(found)
    }

    pub(crate) fn fault(&self, expected: &'static str) -> Fault {
        Fault::Syntax { at: self.at, expected }
    }

    /// Passes one value and returns it if it is a scalar.
    pub(crate) fn scalar(&mut self) -> Result<Scalar<'a>, Fault> {
        match self.peek()? {
            b'"' => self.text().map(Scalar::Text),
            b'{' => self.skip_value().map(|()| Scalar::Other("an object")),
            b'[' => self.skip_value().map(|()| Scalar::Other("an array")),
            b't' => self.literal(b"true").map(|()| Scalar::Bool(true)),
            b'f' => self.literal(b"false").map(|()| Scalar::Bool(false)),
            b'n' => self.literal(b"null").map(|()| Scalar::Null),
            _ => {
                let start = self.at;
                self.number()?;
                Ok(Scalar::Number(&self.bytes[start..self.at]))
            }
        }
    }

    /// Passes one value of any kind.
    pub(crate) fn skip_value(&mut self) -> Result<(), Fault> {
        if self.peek()? == b'"' { self.text().map(drop) } else { self.skip_nested() }
    }

    fn skip_nested(&mut self) -> Result<(), Fault> {
        // One bit a level: 1 for an object, 0 for an array.
        let mut kinds: u128 = 0;
        let mut depth: u32 = 0;
        loop {
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    if depth == limits::JSON_DEPTH {
                        return Err(self.fault("at most 128 levels of nesting"));
                    }
                    self.at += 1;
                    kinds = kinds << 1 | u128::from(open == b'{');
                    depth += 1;
                    let close = if open == b'{' { b'}' } else { b']' };
                    if self.accept(close)? {
                        kinds >>= 1;
                        depth -= 1;
                    } else {
                        if open == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' if self.simple_text().is_some() => {}
                b'"' => drop(self.unusual_text()?),
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                _ => self.number()?,
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let in_object = kinds & 1 == 1;
                if self.accept(b',')? {
                    if in_object {
                        self.key()?;
                    }
                    break;
                }
                let (close, expected) = if in_object {
                    (b'}', "a comma or the end of the object")
                } else {
                    (b']', "a comma or the end of the array")
                };
                self.expect(close, expected)?;
                kinds >>= 1;
                depth -= 1;
            }
        }
    }

    fn key(&mut self) -> Result<(), Fault> {
        self.peek()?;
        self.text()?;
        self.expect(b':', "a colon")
    }

    /// Passes a string whose opening quote is next.
    pub(crate) fn text(&mut self) -> Result<RawText<'a>, Fault> {
        match self.simple_text() {
            Some(text) => Ok(text),
            None => self.unusual_text(),
        }
    }

    /// Passes a string without escapes, if that is next. Kept apart from the other cases, so that its parts stay in registers.
    #[inline(always)]
    pub(crate) fn simple_text(&mut self) -> Option<RawText<'a>> {
        let Some(b'"') = self.bytes.get(self.at) else { return None };
        let start = self.at + 1;
        let (end, ascii) = plain_text(self.bytes, start);
        let Some(b'"') = self.bytes.get(end) else { return None };
        self.ascii &= ascii;
        self.at = end + 1;
        Some(RawText { bytes: &self.bytes[start..end], escaped: false, ascii })
    }

    /// Passes a string that has escapes, or is none.
    #[cold]
    fn unusual_text(&mut self) -> Result<RawText<'a>, Fault> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(if self.at < self.bytes.len() { self.fault("a string") } else { Fault::Incomplete });
        }
        let start = self.at + 1;
        self.at = start;
        let (mut escaped, mut all_ascii) = (false, true);
        loop {
            let (end, ascii) = plain_text(self.bytes, self.at);
            all_ascii &= ascii;
            self.at = end;
            match self.bytes.get(end) {
                None => return Err(Fault::Incomplete),
                Some(b'"') => {
                    self.ascii &= all_ascii;
                    self.at = end + 1;
                    return Ok(RawText { bytes: &self.bytes[start..end], escaped, ascii: all_ascii });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.fault("a string without raw control characters")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.bytes.get(self.at + 1) {
            None => Err(Fault::Incomplete),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                for i in 2..6 {
                    match self.bytes.get(self.at + i) {
                        None => return Err(Fault::Incomplete),
                        Some(byte) if byte.is_ascii_hexdigit() => {}
                        Some(_) => return Err(self.fault("four hexadecimal digits after \\u")),
                    }
                }
                self.at += 6;
                Ok(())
            }
            Some(_) => Err(self.fault("a valid escape")),
        }
    }

    fn literal(&mut self, word: &'static [u8]) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word) {
            self.at += word.len();
            Ok(())
        } else if word.starts_with(rest) {
            Err(Fault::Incomplete)
        } else {
            Err(self.fault("a value"))
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits("a value")?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("a digit after the decimal point")?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("a digit of the exponent")?;
        }
        // A number that touches the end of the text may go on.
        if self.at == self.bytes.len() { Err(Fault::Incomplete) } else { Ok(()) }
    }

    fn digits(&mut self, expected: &'static str) -> Result<(), Fault> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        match (self.at > start, self.at < self.bytes.len()) {
            (true, _) => Ok(()),
            (false, true) => Err(self.fault(expected)),
            (false, false) => Err(Fault::Incomplete),
        }
    }
}

impl<'a> RawText<'a> {
    /// Whether the text has escapes, so that its bytes are not those that it means.
    pub(crate) fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The bytes, where they are ASCII and mean themselves.
    pub(crate) fn plain(&self) -> Option<&'a [u8]> {
        if self.ascii && !self.escaped { Some(self.bytes) } else { None }
    }

    /// The text with its escapes resolved; unpaired surrogates and invalid UTF-8 become U+FFFD.
    pub(crate) fn decode(self) -> Cow<'a, str> {
        let text = match std::str::from_utf8(self.bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(self.bytes),
        };
        if self.escaped { Cow::Owned(unescape(&text)) } else { text }
    }
}

/// Resolves the escapes of a string that the scanner has accepted.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (character, taken) = unicode_escape(rest.as_str());
                out.push(character);
                rest = rest.as_str().get(taken..).unwrap_or_default().chars();
            }
            Some(plain) => out.push(plain),
            None => {}
        }
    }
    out
}

/// Reads the four digits that follow `\u`, with a second escape where the two are a surrogate pair.
fn unicode_escape(rest: &str) -> (char, usize) {
    let unit = |at: usize| rest.get(at..at + 4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 0) };
    let second = if rest.get(4..6) == Some("\\u") { unit(6) } else { None };
    let mut units = char::decode_utf16([first].into_iter().chain(second));
    match units.next() {
        Some(Ok(character)) => (character, if character.len_utf16() == 2 { 10 } else { 4 }),
        _ => (char::REPLACEMENT_CHARACTER, 4),
    }
}

/// Reads a number that the scanner has accepted. Whole numbers up to 2^53 are exact; others may be off in the last digit,
/// which no field of an event can tell.
pub(crate) fn number_value(text: &[u8]) -> f64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut mantissa = 0.0_f64;
    let mut exponent = 0_i32;
    let mut fraction = false;
    let mut bytes = digits.iter();
    for &byte in bytes.by_ref() {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10.0 + f64::from(byte - b'0');
                exponent -= i32::from(fraction);
            }
            b'.' => fraction = true,
            _ => break,
        }
    }
    let mut written = 0_i32;
    let mut sign = 1;
    for &byte in bytes {
        match byte {
            b'-' => sign = -1,
            b'0'..=b'9' => {
                written = written.saturating_mul(10).saturating_add(i32::from(byte - b'0')).min(9999)
            }
            _ => {}
        }
    }
    exponent = exponent.saturating_add(sign * written);
    let scale = 10.0_f64.powi(exponent.unsigned_abs().min(400) as i32);
    let value = if exponent < 0 { mantissa / scale } else { mantissa * scale };
    if negative { -value } else { value }
}

#[cfg(test)]
mod tests;
