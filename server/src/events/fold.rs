//! Text as a search sees it: without case, accents and control characters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds `text`, so that what people would call the same compares equal: `Café` and `CAFE`, `Straße` and `strasse`.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let plain = text.nfkd().filter(|character| !is_combining_mark(*character) && !character.is_control());
    for character in plain.flat_map(char::to_lowercase) {
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            // A capital I with a dot becomes two characters in lower case.
            other if is_combining_mark(other) => {}
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_the_same_folds_to_the_same() {
        for (text, folded) in [
            ("Café del MAR", "cafe del mar"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("İstanbul", "istanbul"),
            ("ﬁne", "fine"),
            ("東京", "東京"),
            ("a\u{0}b\n", "ab"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text:?}");
            assert_eq!(fold(&fold(text)), folded, "folding twice changes nothing");
        }
    }
}
