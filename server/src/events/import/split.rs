//! Taking a body apart into rows as it arrives. No more than one row is held.

use client_event_scheduler::limits::EVENT_JSON_BYTES;

/// A row of an import.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Row {
    /// Its text.
    Text(Vec<u8>),
    /// It has more bytes than an event may have; they were not kept.
    TooLarge,
}

/// Why a body cannot be taken apart any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Broken(pub(in super::super) &'static str);

/// The text of a row under way.
#[derive(Debug, Default)]
pub(in super::super) struct RowText {
    bytes: Vec<u8>,
    too_large: bool,
}

impl RowText {
    pub(in super::super) fn push(&mut self, bytes: &[u8], maximum: usize) {
        if self.bytes.len() + bytes.len() > maximum {
            self.too_large = true;
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.too_large
    }

    pub(in super::super) fn take(&mut self) -> Row {
        let bytes = std::mem::take(&mut self.bytes);
        if std::mem::take(&mut self.too_large) { Row::TooLarge } else { Row::Text(bytes) }
    }
}

/// Takes a JSON array apart into its elements. What they are is for the reader of events to judge.
#[derive(Debug, Default)]
pub(in super::super) struct ArraySplitter {
    place: ArrayPlace,
    depth: u32,
    in_string: bool,
    escaped: bool,
    rows: u64,
    row: RowText,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum ArrayPlace {
    #[default]
    Before,
    Inside,
    After,
}

impl ArraySplitter {
    pub(in super::super) fn feed(&mut self, bytes: &[u8], rows: &mut Vec<Row>) -> Result<(), Broken> {
        let mut kept_from = 0;
        for (at, byte) in bytes.iter().copied().enumerate() {
            match self.place {
                ArrayPlace::Before if byte == b'[' => {
                    self.place = ArrayPlace::Inside;
                    kept_from = at + 1;
                }
                ArrayPlace::Before if is_space(byte) => {}
                ArrayPlace::Before => return Err(Broken("is no JSON array: begin it with [")),
                ArrayPlace::After if is_space(byte) => {}
                ArrayPlace::After => return Err(Broken("goes on after the end of the array")),
                ArrayPlace::Inside if self.in_string => self.within_string(byte),
                ArrayPlace::Inside => match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' if self.depth > 0 => self.depth -= 1,
                    b',' | b']' if self.depth == 0 => {
                        self.keep(&bytes[kept_from..at]);
                        self.end_row(byte == b']', rows)?;
                        kept_from = at + 1;
                    }
                    b'}' => return Err(Broken("has a } without its {")),
                    _ => {}
                },
            }
        }
        if self.place == ArrayPlace::Inside {
            self.keep(&bytes[kept_from..]);
        }
        Ok(())
    }

    pub(in super::super) fn finish(&self) -> Result<(), Broken> {
        match self.place {
            ArrayPlace::After => Ok(()),
            ArrayPlace::Before => Err(Broken("is empty: send a JSON array")),
            ArrayPlace::Inside => Err(Broken("ends within the array")),
        }
    }

    fn within_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let bytes = if self.row.is_empty() { bytes.trim_ascii_start() } else { bytes };
        self.row.push(bytes, EVENT_JSON_BYTES);
    }

    fn end_row(&mut self, is_last: bool, rows: &mut Vec<Row>) -> Result<(), Broken> {
        if is_last {
            self.place = ArrayPlace::After;
        }
        if !self.row.is_empty() {
            rows.push(self.row.take());
            self.rows += 1;
            return Ok(());
        }
        if is_last && self.rows == 0 { Ok(()) } else { Err(Broken("has a comma without a value")) }
    }
}

/// Takes newline-delimited JSON apart into its lines; empty ones are no rows.
#[derive(Debug, Default)]
pub(in super::super) struct LineSplitter {
    row: RowText,
}

impl LineSplitter {
    pub(in super::super) fn feed(&mut self, bytes: &[u8], rows: &mut Vec<Row>) {
        let mut pieces = bytes.split(|byte| *byte == b'\n');
        if let Some(first) = pieces.next() {
            self.keep(first);
        }
        for piece in pieces {
            self.end_row(rows);
            self.keep(piece);
        }
    }

    pub(in super::super) fn finish(&mut self, rows: &mut Vec<Row>) {
        self.end_row(rows);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let bytes = if self.row.is_empty() { bytes.trim_ascii_start() } else { bytes };
        self.row.push(bytes, EVENT_JSON_BYTES);
    }

    fn end_row(&mut self, rows: &mut Vec<Row>) {
        if !self.row.is_empty() {
            rows.push(self.row.take());
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(text: &str, piece: usize) -> Result<Vec<String>, Broken> {
        let mut splitter = ArraySplitter::default();
        let mut rows = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            splitter.feed(piece, &mut rows)?;
        }
        splitter.finish()?;
        Ok(texts(rows))
    }

    fn texts(rows: Vec<Row>) -> Vec<String> {
        let text = |row| match row {
            Row::Text(bytes) => String::from_utf8(bytes).expect("text").trim_end().to_owned(),
            Row::TooLarge => "too large".to_owned(),
        };
        rows.into_iter().map(text).collect()
    }

    #[test]
    fn an_array_comes_apart_in_the_same_way_wherever_it_is_cut() {
        let text = r#" [ {"a":"],{\"x\\"}, [1,[2,3]] ,"s,]", 4 , {"b":{"c":[{}]}} ] "#;
        let expected = [r#"{"a":"],{\"x\\"}"#, "[1,[2,3]]", r#""s,]""#, "4", r#"{"b":{"c":[{}]}}"#];
        for piece in 1..text.len() {
            assert_eq!(array(text, piece).expect("an array"), expected, "pieces of {piece}");
        }
        assert_eq!(array("[]", 1), Ok(vec![]));
        assert_eq!(array("[ \n ]\n", 3), Ok(vec![]));
    }

    #[test]
    fn what_is_no_whole_array_is_broken() {
        for text in ["", " ", "{}", "[", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1] 2", "[}]", "[\"]", "[{]"]
        {
            assert!(array(text, 1).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_row_that_is_too_large_is_skipped_without_being_held() {
        let text = format!("[1,{{\"a\":\"{}\"}},2]", "x".repeat(EVENT_JSON_BYTES));
        assert_eq!(array(&text, 1000).expect("an array"), ["1", "too large", "2"]);
    }

    #[test]
    fn lines_come_apart_wherever_they_are_cut_and_empty_ones_are_no_rows() {
        let text = "\n{\"a\":1}\r\n\n  {\"b\":2}\n{\"c\":3}";
        for piece in 1..text.len() {
            let mut splitter = LineSplitter::default();
            let mut rows = Vec::new();
            text.as_bytes().chunks(piece).for_each(|bytes| splitter.feed(bytes, &mut rows));
            splitter.finish(&mut rows);
            assert_eq!(texts(rows), ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"], "pieces of {piece}");
        }
    }
}
