//! Asking schedules in tests.

use client_event_scheduler::recurrence::{Context, Moment, Recurrence, Rule, Schedule, SearchStopped};
use client_event_scheduler::time::{CivilDate, CivilDateTime, ParsedDate, Zone, ZoneProvider, parse_date};
use client_event_scheduler::{InvalidInput, Timestamp, ZoneTable};

pub(crate) fn zone(name: &str) -> &'static Zone {
    ZoneTable::embedded().zone(name).unwrap_or_else(|| panic!("{name} is no zone"))
}

pub(crate) fn context() -> Context<'static> {
    Context::new(ZoneTable::embedded())
}

pub(crate) fn recurrence(text: &str) -> Recurrence {
    text.parse().unwrap_or_else(|error: InvalidInput| panic!("{text}: {error}"))
}

pub(crate) fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error: InvalidInput| panic!("{text}: {error}"))
}

pub(crate) fn scheduled(text: &str) -> Schedule<'static> {
    schedule_of(&recurrence(text))
}

pub(crate) fn schedule_of(recurrence: &Recurrence) -> Schedule<'static> {
    recurrence.schedule(&context()).unwrap_or_else(|error| panic!("{recurrence}: {error}"))
}

/// The schedule of a rule in UTC that begins at this second.
pub(crate) fn in_utc(rule: &str, start: i64) -> Schedule<'static> {
    let recurrence = Recurrence::new(self::rule(rule), Moment::Utc(instant(start)), None);
    schedule_of(&recurrence)
}

pub(crate) fn instant(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1000).unwrap_or_else(|| panic!("{second} is out of range"))
}

pub(crate) fn second(instant: Timestamp) -> i64 {
    instant.as_millis() / 1000
}

/// The instant of an RFC 3339 text.
pub(crate) fn at(text: &str) -> Timestamp {
    match parse_date(text) {
        Ok(ParsedDate::Instant(instant)) => instant,
        other => panic!("{text} is no instant: {other:?}"),
    }
}

/// The second of a text such as `20260105T090000`, on whatever clock.
pub(crate) fn wall(text: &str) -> i64 {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap_or_else(|_| panic!("{text}"));
    let date = CivilDate::new(number(0, 4) as i32, number(4, 6) as u8, number(6, 8) as u8);
    let time = if text.len() > 8 { number(9, 11) * 3600 + number(11, 13) * 60 + number(13, 15) } else { 0 };
    i64::from(date.unwrap_or_else(|| panic!("{text} is no day")).days()) * 86_400 + time
}

/// Local times as `2026-01-05T09:00:00`.
pub(crate) fn shown(zone: &Zone, instant: Timestamp) -> String {
    zone.civil_at(instant).to_string()
}

pub(crate) fn civil(second: i64) -> String {
    CivilDateTime::from_millis_clamped(second * 1000).to_string()
}

pub(crate) fn first(schedule: &Schedule<'_>, many: usize) -> Result<Vec<Timestamp>, SearchStopped> {
    schedule.occurrences(Timestamp::MIN..Timestamp::MAX, many).collect()
}
