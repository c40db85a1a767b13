//! Events, the same in every run.

use client_event_scheduler::{
    DateContext, EventDefinition, Input, Now, Payload, Scheduler, Source, Timestamp,
};

/// The instant at which the benchmarks begin, in epoch milliseconds.
pub(crate) const BEGIN_MS: i64 = 1_780_000_000_000;

/// The year 3000: so far away that no tick of a benchmark gets there.
const FAR_AWAY_MS: i64 = 32_503_680_000_000;

const HOUR_MS: i64 = 3_600_000;
const TEN_YEARS_HOURS: u64 = 10 * 365 * 24;

/// The linear congruential generator of Knuth's MMIX.
#[derive(Debug, Clone)]
pub(crate) struct Lcg(pub(crate) u64);

impl Lcg {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The high bits are the random ones.
        (self.0 >> 33) % limit
    }
}

pub(crate) fn event_id(number: usize) -> String {
    format!("event-{number:07}")
}

/// An event with six dates that begins somewhere in ten years.
pub(crate) fn event_json(number: usize, random: &mut Lcg) -> String {
    let begin = FAR_AWAY_MS + random.below(TEN_YEARS_HOURS) as i64 * HOUR_MS;
    let [opens, closes, start, end, from, until] =
        [0, 240, 300, 308, 312, 1000].map(|hours| Timestamp::from_millis_unchecked(begin + hours * HOUR_MS));
    format!(
        concat!(
            r#"{{"event_id":"{}","event_name":"Conference number {}","venue":"{}","city":"Springfield","#,
            r#""description":"A day of talks, workshops and coffee.","published":true,"#,
            r#""registration_start_date":"{}","registration_end_date":"{}","start_datetime":"{}","end_datetime":"{}","#,
            r#""certificate_start_date":"{}","certificate_end_date":"{}","event_approval_status":"approved"}}"#,
        ),
        event_id(number),
        number,
        venue(random),
        opens,
        closes,
        start,
        end,
        from,
        until
    )
}

/// One of 500 venues.
pub(crate) fn venue(random: &mut Lcg) -> String {
    format!("Hall {}", random.below(500))
}

pub(crate) fn upsert(scheduler: &mut Scheduler, json: &str, now: Now) {
    let definition =
        EventDefinition::from_json(json.as_bytes(), &DateContext::default()).expect("a valid event");
    let input = Input::Upsert { definition, payload: Payload::External, source: Source::Local };
    scheduler.handle(input, now).expect("accepted");
}

/// Takes what has come out; returns how much it was.
pub(crate) fn drain(scheduler: &mut Scheduler) -> usize {
    std::iter::from_fn(|| scheduler.poll_output()).count()
}
