//! Any bytes as a recurrence, in any form.

use client_event_scheduler::recurrence::{Context, Cron, Moment, Recurrence, Rule};
use client_event_scheduler::time::{ZoneProvider, ZoneTable};
use client_event_scheduler::{InvalidInput, Timestamp};

/// Reading never panics, and what was read prints as what reads the same. What is refused has problems that say something.
pub(crate) fn recurrence(bytes: &[u8]) {
    if let Some(read) = accepted(Recurrence::from_json(bytes)) {
        kept(&read);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(rule) = accepted(text.parse::<Rule>()) {
        assert_eq!(accepted(rule.to_string().parse()), Some(rule));
    }
    if let Some(read) = accepted(text.parse::<Recurrence>()) {
        kept(&read);
        asked(&read);
    }
    if let Some(cron) = accepted(text.parse::<Cron>()) {
        assert_eq!(accepted(cron.to_string().parse()).as_ref(), Some(&cron));
        let zone = ZoneTable::embedded().zone("Africa/Casablanca").expect("a known zone");
        let schedule = cron.schedule(zone);
        let next = schedule.next_after(Timestamp::EPOCH).expect("days are never given up");
        assert!(next.is_none_or(|next| schedule.matches(next) == Ok(true)));
    }
}

fn accepted<T>(read: Result<T, InvalidInput>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(invalid) => {
            assert!(!invalid.problems.is_empty());
            assert!(invalid.problems.iter().all(|problem| !problem.message.is_empty()));
            None
        }
    }
}

/// Text and JSON keep everything.
fn kept(read: &Recurrence) {
    assert_eq!(accepted(read.to_string().parse()).as_ref(), Some(read), "{read}");
    let json = read.to_json();
    assert_eq!(accepted(Recurrence::from_json(json.as_bytes())).as_ref(), Some(read), "{json}");
    assert!(!read.describe().is_empty());
}

/// Every way of asking comes to an end, and they agree.
fn asked(read: &Recurrence) {
    let start = Moment::Utc(Timestamp::EPOCH);
    let context =
        Context { default_time_zone: Some("UTC"), start: Some(start), ..Context::new(ZoneTable::embedded()) };
    let Some(schedule) = accepted(read.schedule(&context)) else { return };
    if let Ok(Some(next)) = schedule.next_after(Timestamp::EPOCH) {
        assert_eq!(schedule.matches(next), Ok(true));
        if let Ok(before) = schedule.previous_before(next) {
            assert!(before.is_none_or(|before| before <= Timestamp::EPOCH), "{read}");
        }
    }
}
