//! Pure functions beside the scheduler.

use client_event_scheduler::event::{Booking, detect_conflicts};
use client_event_scheduler::time::{Reading, Sample, ServerClock};
use client_event_scheduler::{Timestamp, limits};

use crate::curve::{Curve, timed};
use crate::data::{BEGIN_MS, Lcg, event_id, venue};

const HOUR_MS: i64 = 3_600_000;

/// Bookings of one to twelve hours within a year, at 500 venues; the first thousand conflicts are listed.
pub(crate) fn conflicts(curve: &mut Curve, events: usize) {
    let mut random = Lcg(3);
    let ids: Vec<String> = (0..events).map(event_id).collect();
    let bookings: Vec<Booking<'_>> = ids
        .iter()
        .map(|event_id| {
            let start = BEGIN_MS + random.below(365 * 24) as i64 * HOUR_MS;
            let end = start + (1 + random.below(12) as i64) * HOUR_MS;
            let [start, end] = [start, end].map(Timestamp::from_millis_unchecked);
            Booking { event_id, venue: venue(&mut random).into(), start, end }
        })
        .collect();
    curve.measure("detect_conflicts", events, |times| {
        let copies = (0..times).map(|_| bookings.clone());
        copies.map(|bookings| timed(|| detect_conflicts(bookings, 1000))).sum()
    });
}

/// A clock that has all the samples it keeps, asked at every millisecond.
pub(crate) fn server_clock(curve: &mut Curve) {
    let mut clock = ServerClock::default();
    let mut ms = 0;
    let mut next = |by| {
        ms += by;
        Reading { wall: Timestamp::from_millis_clamped(BEGIN_MS + ms as i64), monotonic_ms: ms }
    };
    for _ in 0..limits::CLOCK_SAMPLES {
        let (sent, received) = (next(1_000), next(40));
        clock.observe(Sample { sent, received, server_received: received.wall, server_sent: received.wall });
    }
    curve.measure("server time", 0, |times| {
        timed(|| {
            for _ in 0..times {
                std::hint::black_box(clock.now(next(1)));
            }
        })
    });
}
