//! The keys of the objects read before, so that those of the next one are compared and not read.
//!
//! The events of a document nearly always have the same keys in nearly the same order, and half of their bytes are keys. What a
//! shape has learned changes how fast an object is read, never what is read: every key that is not, byte for byte, one that was
//! read before goes the usual way.

use crate::json::plain::{GROUP, words};
use crate::json::{Cursor, Fault, RawText};

/// Bytes that are compared at once. Longer keys are never learned.
const KEY_BYTES: usize = GROUP;
const KEY_WORDS: usize = KEY_BYTES / 8;

/// Keys that are remembered: enough for two kinds of events with the usual number of fields.
const MOST_KEYS: usize = 48;

/// What a shape earns with every object and pays for every key that is new to it. One that has nothing left looks for nothing,
/// so that documents without any pattern cost hardly more than without it.
const EARNED: i32 = 8;
const PAID: i32 = 4;
const MOST_CREDIT: i32 = 512;

/// Keys by the order in which they are expected.
#[derive(Debug)]
pub(crate) struct Shape {
    keys: Vec<Key>,
    credit: i32,
}

/// A key as it stands in the text: with its quotes, the colon and white space up to the value.
#[derive(Debug)]
struct Key {
    words: [u64; KEY_WORDS],
    masks: [u64; KEY_WORDS],
    len: usize,
    slot: Option<usize>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { keys: Vec::new(), credit: MOST_CREDIT }
    }
}

impl Shape {
    /// A shape for a single object: it learns nothing.
    pub(super) fn untaught() -> Self {
        Self { keys: Vec::new(), credit: i32::MIN / 2 }
    }

    /// Begins another object.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.credit = (self.credit + EARNED).min(MOST_CREDIT);
    }

    /// Passes a key, its colon and white space before its value. `expected` is the place among the learned keys where this one
    /// is looked for first; it is moved on. Returns what `slot_of` says, or said earlier, of the key.
    #[inline]
    pub(super) fn key(
        &mut self,
        cursor: &mut Cursor<'_>,
        expected: &mut usize,
        slot_of: impl Fn(RawText<'_>) -> Option<usize>,
    ) -> Result<Option<usize>, Fault> {
        if let Some(window) = cursor.window::<KEY_BYTES>() {
            let window = words(window);
            if let Some(key) = self.keys.get(*expected)
                && key.matches(&window)
            {
                *expected += 1;
                cursor.advance(key.len);
                return Ok(key.slot);
            }
            if let Some(key) = self.find(&window, expected) {
                cursor.advance(key.len);
                return Ok(key.slot);
            }
        }
        self.unforeseen(cursor, expected, slot_of)
    }

    /// Looks for a key that is not the expected one: most likely some were left out.
    #[cold]
    fn find(&mut self, window: &[u64; KEY_WORDS], expected: &mut usize) -> Option<&Key> {
        if self.credit <= 0 {
            return None;
        }
        let behind = (*expected + 1).min(self.keys.len());
        let places = (behind..self.keys.len()).chain(0..behind);
        for place in places {
            if self.keys[place].matches(window) {
                *expected = place + 1;
                return Some(&self.keys[place]);
            }
        }
        None
    }

    #[cold]
    fn unforeseen(
        &mut self,
        cursor: &mut Cursor<'_>,
        expected: &mut usize,
        slot_of: impl Fn(RawText<'_>) -> Option<usize>,
    ) -> Result<Option<usize>, Fault> {
        let start = cursor.offset();
        let key = cursor.text()?;
        cursor.expect(b':', "a colon")?;
        cursor.peek()?;
        let slot = slot_of(key);
        let raw = cursor.passed(start);
        self.credit = self.credit.saturating_sub(PAID);
        if self.credit > 0 && self.keys.len() < MOST_KEYS && raw.len() <= KEY_BYTES && raw.is_ascii() {
            let at = (*expected).min(self.keys.len());
            self.keys.insert(at, Key::new(raw, slot));
            *expected = at + 1;
        }
        Ok(slot)
    }
}

impl Key {
    fn new(raw: &[u8], slot: Option<usize>) -> Self {
        let mut text = [0; KEY_BYTES];
        let mut mask = [0; KEY_BYTES];
        text[..raw.len()].copy_from_slice(raw);
        mask[..raw.len()].fill(0xff);
        Self { words: words(&text), masks: words(&mask), len: raw.len(), slot }
    }

    #[inline(always)]
    fn matches(&self, window: &[u64; KEY_WORDS]) -> bool {
        let differs = |i: usize| (window[i] ^ self.words[i]) & self.masks[i];
        differs(0) | differs(1) | differs(2) | differs(3) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of an object whose values are all `1`, as [`Shape::key`] gives them back: the slot is the key's length.
    fn read(shape: &mut Shape, json: &str) -> Vec<Option<usize>> {
        let mut cursor = Cursor::new(json.as_bytes(), 1);
        let (mut expected, mut slots) = (0, Vec::new());
        shape.begin();
        while cursor.peek() == Ok(b'"') {
            slots.push(shape.key(&mut cursor, &mut expected, |key| Some(key.bytes.len())).expect("a key"));
            assert_eq!(cursor.accept(b'1'), Ok(true), "{json} at {}", cursor.offset());
            let _ = cursor.accept(b',');
        }
        slots
    }

    #[test]
    fn keys_are_recognised_in_any_order_and_with_any_white_space() {
        let mut shape = Shape::default();
        let padding = " ".repeat(KEY_BYTES);
        for (members, expected) in [
            (r#""a":1,"bb":1,"ccc":1"#, &[1, 2, 3][..]),
            (r#""a":1,"ccc":1"#, &[1, 3]),
            (r#""ccc":1,"bb":1,"a":1"#, &[3, 2, 1]),
            (r#""a" : 1, "bb": 1, "ccc":1"#, &[1, 2, 3]),
            (r#""a":1,"a":1,"aa":1"#, &[1, 1, 2]),
            (r#""a-key-that-is-longer-than-what-is-compared-at-once":1,"bb":1"#, &[50, 2]),
            (r#""ü":1,"a":1"#, &[2, 1]),
            ("", &[]),
        ] {
            for _ in 0..3 {
                let slots = read(&mut shape, &format!("{{{members}}}{padding}"));
                assert_eq!(slots, expected.iter().map(|&slot| Some(slot)).collect::<Vec<_>>(), "{members}");
            }
        }
        assert!(shape.keys.iter().all(|key| key.len <= KEY_BYTES));
    }

    #[test]
    fn a_document_without_a_pattern_is_given_up() {
        let mut shape = Shape::default();
        for object in 0..1000 {
            let members: String = (0..9).map(|key| format!("\"{object}-{key}\":1,")).collect();
            assert_eq!(read(&mut shape, &format!("{{{members}}}{}", " ".repeat(KEY_BYTES))).len(), 9);
        }
        assert!(shape.credit <= 0 && shape.keys.len() <= MOST_KEYS);
    }
}
