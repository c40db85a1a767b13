//! Which zone was meant by a name that is none.

/// Abbreviations that people and other systems write where a zone's name belongs, and the zone that most of them mean.
/// Only those are here that are not IANA names themselves (as `EST`, `CET` and others are).
const ABBREVIATIONS: [(&str, &str); 24] = [
    ("AEDT", "Australia/Sydney"),
    ("AEST", "Australia/Sydney"),
    ("AKDT", "America/Anchorage"),
    ("AKST", "America/Anchorage"),
    ("AWST", "Australia/Perth"),
    ("BST", "Europe/London"),
    ("CDT", "America/Chicago"),
    ("CEST", "Europe/Paris"),
    ("CST", "America/Chicago"),
    ("EDT", "America/New_York"),
    ("EEST", "Europe/Athens"),
    ("HKT", "Asia/Hong_Kong"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("KST", "Asia/Seoul"),
    ("MDT", "America/Denver"),
    ("MSK", "Europe/Moscow"),
    ("NZDT", "Pacific/Auckland"),
    ("NZST", "Pacific/Auckland"),
    ("PDT", "America/Los_Angeles"),
    ("PST", "America/Los_Angeles"),
    ("SGT", "Asia/Singapore"),
    ("WEST", "Europe/Lisbon"),
    ("Z", "UTC"),
];

/// The longest name that is compared letter by letter; IANA's longest has 32.
const LONGEST: usize = 48;

/// Returns the known name that was most likely meant: the zone of an abbreviation or of an offset, or else the name
/// with the fewest letters changed, if they are few.
pub(super) fn nearest<'a>(meant: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let meant = meant.trim();
    let offset = OffsetZone::parse(meant);
    let abbreviation =
        ABBREVIATIONS.iter().find(|(short, _)| short.eq_ignore_ascii_case(meant)).map(|&(_, zone)| zone);
    let wanted = abbreviation.or(offset.as_ref().map(OffsetZone::name));
    let meant = if meant.len() <= LONGEST { meant.as_bytes() } else { &[] };
    let mut nearest = None;
    let mut fewest = meant.len() / 3 + 1;
    for name in names {
        if wanted.is_some_and(|wanted| wanted == name) {
            return Some(name);
        }
        let city = name.rsplit('/').next().unwrap_or(name);
        let changes = distance(meant, name.as_bytes(), fewest).min(distance(meant, city.as_bytes(), fewest));
        if changes < fewest {
            (nearest, fewest) = (Some(name), changes);
        }
    }
    nearest
}

/// Counts the letters to insert, delete or change to make `from` into `to`; stops counting at `limit`.
///
/// The case of letters does not count, and a space is as good as an underscore.
fn distance(from: &[u8], to: &[u8], limit: usize) -> usize {
    if from.len().abs_diff(to.len()) >= limit {
        return limit;
    }
    // row[i] is the distance from the first i letters of `from` to the letters of `to` seen so far.
    let mut row: [usize; LONGEST + 1] = std::array::from_fn(|i| i);
    for (seen, &letter) in to.iter().enumerate() {
        let mut diagonal = seen;
        row[0] = seen + 1;
        let mut smallest = row[0];
        for (i, &own) in from.iter().enumerate() {
            let changed = diagonal + usize::from(folded(own) != folded(letter));
            diagonal = row[i + 1];
            row[i + 1] = changed.min(diagonal + 1).min(row[i] + 1);
            smallest = smallest.min(row[i + 1]);
        }
        if smallest >= limit {
            return limit;
        }
    }
    row[from.len()]
}

fn folded(letter: u8) -> u8 {
    if letter == b' ' { b'_' } else { letter.to_ascii_lowercase() }
}

/// The name of the zone with a fixed offset of whole hours, such as `Etc/GMT-2` for two hours *east* of Greenwich.
struct OffsetZone {
    text: [u8; 10],
    len: usize,
}

impl OffsetZone {
    /// Understands `UTC+2`, `GMT+02:00`, `+0200` and, with IANA's inverted sign, `Etc/GMT-02`.
    fn parse(meant: &str) -> Option<Self> {
        let sign_at = meant.find(['+', '-'])?;
        let (prefix, number) = meant.split_at_checked(sign_at)?;
        let inverted = prefix.eq_ignore_ascii_case("Etc/GMT");
        let known = ["", "UTC", "GMT"].iter().any(|known| known.eq_ignore_ascii_case(prefix));
        let digits = number.get(1..)?;
        let hours =
            digits.strip_suffix(":00").or(digits.strip_suffix("00")).filter(|hours| !hours.is_empty());
        let hours: u8 = hours.unwrap_or(digits).parse().ok()?;
        let east = number.starts_with('+') != inverted;
        if !(known || inverted) || hours == 0 || hours > if east { 14 } else { 12 } {
            return None;
        }
        let mut text = *b"Etc/GMT-00";
        if !east {
            text[7] = b'+';
        }
        let len = if hours < 10 { 9 } else { 10 };
        text[len - 1] = b'0' + hours % 10;
        if hours >= 10 {
            text[8] = b'1';
        }
        Some(Self { text, len })
    }

    fn name(&self) -> &str {
        str::from_utf8(&self.text[..self.len]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ZoneProvider, ZoneTable};
    use super::*;

    #[test]
    fn a_name_with_a_slip_finds_the_right_one() {
        for (meant, suggested) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("europe/berlin ", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
            ("new york", "America/New_York"),
            ("Asia/Calcuta", "Asia/Calcutta"),
            ("Asia/Katmandou", "Asia/Katmandu"),
            ("America/Buenos Aires", "America/Buenos_Aires"),
            ("US/Pacfic", "US/Pacific"),
            ("PST", "America/Los_Angeles"),
            ("cest", "Europe/Paris"),
            ("UTC+2", "Etc/GMT-2"),
            ("GMT-03:00", "Etc/GMT+3"),
            ("+02", "Etc/GMT-2"),
            ("-1100", "Etc/GMT+11"),
            ("Etc/GMT-02", "Etc/GMT-2"),
            ("Etc/GMT+10:00", "Etc/GMT+10"),
        ] {
            assert_eq!(ZoneTable::embedded().suggest(meant), Some(suggested), "{meant}");
        }
    }

    #[test]
    fn nothing_is_suggested_for_what_resembles_no_name() {
        for meant in [
            "",
            "Middle-earth/Mordor",
            "qqqqqqqq",
            "+05:30",
            &"Europe/Berlin".repeat(9),
            "\u{e9}\u{e9}\u{e9}",
        ] {
            assert_eq!(ZoneTable::embedded().suggest(meant), None, "{meant}");
        }
    }

    #[test]
    fn every_abbreviation_means_a_known_zone_and_is_none_itself() {
        for (short, zone) in ABBREVIATIONS {
            assert!(ZoneTable::embedded().zone(short).is_none(), "{short}");
            assert!(ZoneTable::embedded().zone(zone).is_some(), "{zone}");
        }
    }
}
