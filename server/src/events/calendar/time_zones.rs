//! VTIMEZONE components, made from the same table that events are read with.

use client_event_scheduler::time::Zone;
use client_event_scheduler::{Timestamp, ZoneProvider, ZoneTable};

use super::dates::CalendarDate;

const DAY_MS: i64 = 24 * 3_600_000;

/// Changes of a zone are given from this long before its first use, so that the offset at that moment is known.
const MARGIN_MS: i64 = 370 * DAY_MS;

/// Years of changes that are written at most: calendars with events further apart are none that people keep.
const MOST_DAYS: i64 = 60 * 366;

/// Appends the component of the zone `name` with every change of its offset that bears on instants from `first` to `last`.
pub(super) fn push_time_zone(text: &mut String, name: &str, first: Timestamp, last: Timestamp) {
    let Some(zone) = ZoneTable::embedded().zone(name) else { return };
    let from = first.saturating_add_ms(-MARGIN_MS);
    text.push_str(&format!("BEGIN:VTIMEZONE\r\nTZID:{name}\r\n"));
    push_observance(text, from, zone.offset_at(from), zone.offset_at(from));
    let days = (last.millis_since(from) / DAY_MS + 1).min(MOST_DAYS);
    for day in 0..days {
        let (before, after) =
            (from.saturating_add_ms(day * DAY_MS), from.saturating_add_ms((day + 1) * DAY_MS));
        let (old, new) = (zone.offset_at(before), zone.offset_at(after));
        if old != new {
            push_observance(text, change_between(zone, before, after), old, new);
        }
    }
    text.push_str("END:VTIMEZONE\r\n");
}

/// The instant between two at which the offset changes.
fn change_between(zone: &Zone, before: Timestamp, after: Timestamp) -> Timestamp {
    let old = zone.offset_at(before);
    let (mut low, mut high) = (before.as_millis(), after.as_millis());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let same = zone.offset_at(Timestamp::from_millis_clamped(middle)) == old;
        if same { low = middle } else { high = middle }
    }
    Timestamp::from_millis_clamped(high)
}

/// Appends an observance that begins at `at`. Its start is written in the offset before it (RFC 5545 §3.6.5).
fn push_observance(text: &mut String, at: Timestamp, old: i32, new: i32) {
    let kind = if new > old { "DAYLIGHT" } else { "STANDARD" };
    let local = at.saturating_add_ms(i64::from(old) * 1_000).civil_utc();
    text.push_str(&format!(
        "BEGIN:{kind}\r\nDTSTART:{}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nEND:{kind}\r\n",
        CalendarDate::Local(local).to_value(),
        offset_text(old),
        offset_text(new),
    ));
}

fn offset_text(offset_s: i32) -> String {
    let sign = if offset_s < 0 { '-' } else { '+' };
    let seconds = offset_s.unsigned_abs();
    let text = format!("{sign}{:02}{:02}", seconds / 3_600, seconds / 60 % 60);
    if seconds.is_multiple_of(60) { text } else { format!("{text}{:02}", seconds % 60) }
}

#[cfg(test)]
mod tests {
    use client_event_scheduler::time::{ParsedDate, parse_date};

    use super::*;

    #[test]
    fn a_zone_lists_the_changes_of_the_years_in_use() {
        let at = |text| match parse_date(text) {
            Ok(ParsedDate::Instant(at)) => at,
            other => panic!("{other:?}"),
        };
        let mut text = String::new();
        push_time_zone(&mut text, "Europe/Berlin", at("2026-05-01T00:00Z"), at("2026-12-01T00:00Z"));
        for line in [
            "DTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT",
            "DTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert_eq!(text.matches("BEGIN:DAYLIGHT").count(), 1, "{text}");
    }
}
