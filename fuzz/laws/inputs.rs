//! Any bytes as a sequence of inputs.

use std::collections::BTreeSet;

use client_event_scheduler::{
    Config, EventDefinition, Fate, Input, KindSet, MissedCounts, Now, Output, Payload, RecoveryPolicy,
    ResumeFrom, Scheduler, SchedulerStatus, Source, Timestamp,
};

const START: i64 = 1_780_000_000_000;
const IDS: [&str; 4] = ["a", "b", "c/d", "e@f"];

/// Takes bytes one after the other; zero when there are none left.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn id(&mut self) -> &'static str {
        IDS[usize::from(self.next() % 4)]
    }

    /// Minutes around the beginning.
    fn minutes(&mut self) -> i64 {
        i64::from(self.next() as i8) * 60_000
    }
}

/// No sequence of inputs panics, fires an occurrence twice, loses count, or makes a state that a snapshot does not hold.
pub(crate) fn inputs(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let config = config(&mut bytes);
    let mut scheduler = Scheduler::new(config.clone()).expect("valid settings");
    let (mut now, mut sequence, mut again) = (START, 0, false);
    let mut handed_out = BTreeSet::new();
    let mut last_id = String::new();
    while !bytes.0.is_empty() {
        match bytes.next() % 20 {
            0..=4 => now += i64::from(bytes.next()) * 1_000,
            5 => now += i64::from(bytes.next()) * 3_600_000,
            6 => now -= bytes.minutes().abs(),
            7 => {
                scheduler = Scheduler::restore(&scheduler.snapshot(), config.clone())
                    .expect("readable")
                    .expect("valid")
            }
            operation => again |= step(&mut scheduler, operation, &mut bytes, &last_id, instant(now)),
        }
        scheduler.handle(Input::Tick, instant(now)).expect("a tick is never refused");
        while let Some(output) = scheduler.poll_output() {
            let delivery = match output {
                Output::Fired(delivery) => delivery,
                // What an edit has taken away is forgotten: it may come back, and fire as if it were new.
                Output::Undelivered(lost) if lost.fate == Fate::Withdrawn => {
                    handed_out.remove(&lost.trigger_id().to_string());
                    continue;
                }
                Output::Undelivered(_) | Output::StatusChanged(_) => continue,
            };
            last_id = delivery.trigger_id().to_string();
            if delivery.attempt == 1 {
                sequence += 1;
                assert_eq!(delivery.sequence, sequence, "first hand-outs are counted without a gap");
                assert!(handed_out.insert(last_id.clone()) || again, "{last_id} fired twice");
            }
        }
        check(&scheduler, &config);
    }
}

fn config(bytes: &mut Bytes<'_>) -> Config {
    let flags = bytes.next();
    let delay_ms = if flags & 1 == 0 { 100 } else { 0 };
    Config {
        handled: KindSet::from_bits(bytes.next()),
        acting: flags & 2 == 0,
        recovery: RecoveryPolicy { delay_ms, ..RecoveryPolicy::default() },
        ..Config::default()
    }
}

/// Takes one input; whether from now on an occurrence may be handed out again.
fn step(scheduler: &mut Scheduler, operation: u8, bytes: &mut Bytes<'_>, last_id: &str, now: Now) -> bool {
    let text;
    let definition;
    let (event_id, trigger_id) = (bytes.id(), last_id);
    let source = if bytes.next().is_multiple_of(2) { Source::Local } else { Source::Feed };
    let again = bytes.next().is_multiple_of(2);
    let input = match operation {
        8..=10 => {
            text = event(event_id, bytes);
            let Ok(read) = EventDefinition::from_json(text.as_bytes(), &Default::default()) else {
                return false;
            };
            definition = read;
            Input::Upsert { definition, payload: Payload::External, source }
        }
        11 => Input::Remove { event_id, revision: Some(u64::from(bytes.next() % 8)), source },
        12 => Input::Approve { event_id },
        13 => Input::Decline { event_id },
        14 => Input::Acknowledge { trigger_id },
        15 => Input::Fail { trigger_id, attempt: u32::from(bytes.next() % 4), reason: "no", random: 0.5 },
        16 => Input::Retry { trigger_id },
        17 => Input::Pause { reason: "a pause" },
        18 => Input::Resume { from: if again { ResumeFrom::Now } else { ResumeFrom::Watermark } },
        _ => match bytes.next() % 4 {
            0 => Input::Backfill {
                from: instant(START + bytes.minutes()).wall,
                until: instant(START + bytes.minutes()).wall,
                again,
            },
            1 => Input::SetActing(again),
            2 => Input::SetHandled(KindSet::from_bits(bytes.next())),
            _ => Input::Synced,
        },
    };
    // What is removed or moved and comes back within the grace is as good as new: it may fire again if it was withdrawn, and
    // memory of what lies behind the window is lost. Both are for the simulator, which knows when.
    let may_repeat = matches!(input, Input::Backfill { .. } | Input::Retry { .. });
    // That time has passed is no part of an input.
    let _ = scheduler.handle(Input::Acknowledge { trigger_id: "" }, now);
    let before = scheduler.snapshot();
    if scheduler.handle(input, now).is_err() {
        assert!(scheduler.snapshot() == before, "a refused input has changed nothing");
    }
    may_repeat
}

fn event(id: &str, bytes: &mut Bytes<'_>) -> String {
    let mut json = format!(r#"{{"event_id":"{id}""#);
    for field in [
        "registration_start_date",
        "registration_end_date",
        "start_datetime",
        "end_datetime",
        "certificate_end_date",
    ] {
        if !bytes.next().is_multiple_of(4) {
            json.push_str(&format!(r#","{field}":{}"#, START + bytes.minutes()));
        }
    }
    if bytes.next().is_multiple_of(2) {
        json.push_str(&format!(r#","revision":{}"#, bytes.next() % 8));
    }
    json.push('}');
    json
}

fn check(scheduler: &Scheduler, config: &Config) {
    let SchedulerStatus { missed, deliveries_waiting, deliveries_in_flight, .. } = scheduler.status();
    let MissedCounts { detected, delivered, failed, expired, superseded, skipped, withdrawn, elsewhere } =
        missed;
    let settled = delivered + failed + expired + superseded + skipped + withdrawn + elsewhere;
    assert!(settled <= detected, "{missed:?}");
    assert!(detected - settled <= (deliveries_waiting + deliveries_in_flight) as u64, "{missed:?}");
    let queue = scheduler.queue(usize::MAX);
    assert!(queue.is_sorted_by_key(|queued| (queued.due_at, queued.kind, queued.event_id.clone())));
    assert_eq!(queue.len(), scheduler.status().triggers_queued);
    let bytes = scheduler.snapshot();
    let copy = Scheduler::restore(&bytes, config.clone()).expect("readable").expect("valid settings");
    assert!(copy.snapshot() == bytes, "a snapshot restores to the same state");
}

fn instant(millis: i64) -> Now {
    Now::exact(Timestamp::from_millis(millis).expect("an instant"))
}
