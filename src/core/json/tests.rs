//! The scanner against the grammar.

use super::*;

fn skip(text: &str) -> Result<usize, Fault> {
    // The closing space tells a number that it has ended.
    let padded = format!("{text} ");
    let mut cursor = Cursor::new(padded.as_bytes(), 0);
    cursor.skip_value()?;
    if cursor.peek().is_ok() { Err(cursor.fault("the end")) } else { Ok(text.len()) }
}

#[test]
fn values_of_every_kind_are_passed_whole() {
    for text in [
        "0",
        "-0.5e+10",
        "1E9",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\\u00e9\\n\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":[]}],{}]",
        "{\"a\":{\"b\":[true,null]},\"c\":\"d\"}",
        "\"a longer text, with \\\"quotes\\\" and an ümlaut\"",
    ] {
        assert_eq!(skip(text), Ok(text.len()), "{text}");
    }
}

#[test]
fn every_prefix_of_a_valid_text_is_incomplete_and_not_wrong() {
    let text = r#"{"a":[1.5e3,"x\u00e9\\",true,{"b":null}],"c":false}"#;
    for end in 0..text.len() {
        let mut cursor = Cursor::new(&text.as_bytes()[..end], 0);
        assert_eq!(cursor.skip_value(), Err(Fault::Incomplete), "{}", &text[..end]);
    }
}

#[test]
fn text_outside_the_grammar_is_refused() {
    for text in [
        "01",
        "-",
        "1.",
        "1e",
        "+1",
        ".5",
        "tru",
        "nul",
        "\"\t\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "[1,]",
        "{,}",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "'a'",
        "NaN",
        "]",
    ] {
        assert!(matches!(skip(text), Err(Fault::Syntax { .. })), "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert_eq!(skip(&deep(128)), Ok(2 * 128));
    assert!(matches!(skip(&deep(129)), Err(Fault::Syntax { .. })));
}

#[test]
fn escapes_are_resolved_as_json_parse_does() {
    let decode = |text: &str| {
        let mut cursor = Cursor::new(text.as_bytes(), 0);
        cursor.text().map(|raw| raw.decode().into_owned())
    };
    assert_eq!(decode(r#""\"\\\/\b\f\n\r\t""#).as_deref(), Ok("\"\\/\u{8}\u{c}\n\r\t"));
    assert_eq!(decode(r#""\u00e9\ud83d\ude00!""#).as_deref(), Ok("é😀!"));
    assert_eq!(decode(r#""\ud83dx\ude00""#).as_deref(), Ok("\u{fffd}x\u{fffd}"));
    assert_eq!(decode(r#""\ud83d\u0041""#).as_deref(), Ok("\u{fffd}A"));
}

#[test]
fn non_ascii_bytes_are_noticed_wherever_they_stand() {
    for padding in 0..20 {
        let text = format!("\"{}é{}\"", "a".repeat(padding), "b".repeat(9));
        let mut cursor = Cursor::new(text.as_bytes(), 0);
        assert!(cursor.text().is_ok() && !cursor.only_ascii(), "{text}");
    }
}

#[test]
fn numbers_that_fields_can_hold_are_read_exactly() {
    for (text, value) in [
        ("0", 0.0),
        ("-12", -12.0),
        ("1767225600000", 1_767_225_600_000.0),
        ("9007199254740991", 9_007_199_254_740_991.0),
        ("1.5", 1.5),
        ("2e3", 2000.0),
        ("25e-1", 2.5),
    ] {
        assert_eq!(number_value(text.as_bytes()), value, "{text}");
    }
    assert_eq!(number_value(b"1e999"), f64::INFINITY);
}
