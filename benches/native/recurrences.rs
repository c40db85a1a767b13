//! Recurrences that began in 1990, asked at the instant at which the benchmarks begin.
//!
//! benches/native/beside_dateutil.py measures python-dateutil with the same rules and shows both.

use client_event_scheduler::recurrence::{Context, Recurrence};
use client_event_scheduler::{Timestamp, ZoneTable};

use crate::curve::{Curve, timed};
use crate::data::BEGIN_MS;

/// Name and rule; each begins on 1 January 1990 at 9:00.
const RULES: [(&str, &str, &str); 6] = [
    ("daily", "recur next daily", "FREQ=DAILY"),
    ("weekly", "recur next weekly", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ("monthly", "recur next monthly", "FREQ=MONTHLY;BYDAY=-1FR"),
    ("yearly", "recur next yearly", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    ("work day", "recur next work day", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ("minutely", "recur next minutely", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=9"),
];

pub(crate) fn measure(curve: &mut Curve) {
    let now = Timestamp::from_millis_clamped(BEGIN_MS);
    let context = Context::new(ZoneTable::embedded());
    for (name, row, rule) in RULES {
        let text = ["DTSTART;TZID=Europe/Berlin:19900101T090000\nRRULE:", rule].concat();
        let recurrence: Recurrence = text.parse().expect("a recurrence");
        let schedule = recurrence.schedule(&context).expect("a known zone");
        curve.measure(row, 0, |times| {
            timed(|| {
                for _ in 0..times {
                    std::hint::black_box(schedule.next_after(std::hint::black_box(now))).expect("found");
                }
            })
        });
        if name == "daily" || name == "monthly" {
            let row = if name == "daily" { "recur 1 000 daily" } else { "recur 1 000 monthly" };
            curve.measure(row, 0, |times| {
                timed(|| {
                    for _ in 0..times {
                        let all = schedule.occurrences(Timestamp::MIN..Timestamp::MAX, 1_000);
                        assert_eq!(all.map(std::hint::black_box).count(), 1_000);
                    }
                })
            });
        }
        if name == "daily" {
            curve.measure("recur read and bind", 0, |times| {
                timed(|| {
                    for _ in 0..times {
                        let recurrence: Recurrence =
                            std::hint::black_box(&text).parse().expect("a recurrence");
                        std::hint::black_box(recurrence.schedule(&context)).expect("a known zone");
                    }
                })
            });
        }
    }
}
