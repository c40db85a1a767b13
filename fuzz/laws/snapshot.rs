//! Any bytes as a stored state, restored or adopted.

use client_event_scheduler::{Config, Input, KindSet, Now, ResumeFrom, Scheduler, Timestamp, limits};

/// Restoring never panics; what can be restored writes a snapshot that reads the same, and lives on.
pub(crate) fn snapshot(bytes: &[u8]) {
    let sealed = sealed(bytes);
    for bytes in [bytes, &sealed] {
        adopt(bytes);
        let Ok(restored) = Scheduler::restore(bytes, config()) else { continue };
        let mut scheduler = restored.expect("valid settings");
        let written = scheduler.snapshot();
        let again = Scheduler::restore(&written, config()).expect("its own form").expect("valid settings");
        assert!(again.snapshot() == written, "a snapshot restores to the same state");
        for millis in [0, 1_790_000_000_000, 253_402_300_799_999, -62_135_596_800_000] {
            let now = Now::exact(Timestamp::from_millis(millis).expect("an instant"));
            scheduler.handle(Input::Tick, now).expect("a tick is never refused");
            scheduler.handle(Input::Resume { from: ResumeFrom::Watermark }, now).expect("never refused");
            scheduler.next_deadline();
            scheduler.queue(100);
            scheduler.status();
            let ids: Vec<String> = scheduler.event_ids().take(10).map(str::to_owned).collect();
            for id in ids {
                scheduler.explain(&id, now);
            }
            while scheduler.poll_output().is_some() {}
        }
    }
}

/// Adopting never panics; what is refused changes nothing, and what is adopted is a state that can be stored and lived on with.
fn adopt(state: &[u8]) {
    for acting in [true, false] {
        let mut scheduler = Scheduler::new(Config { acting, ..config() }).expect("valid settings");
        let now = |millis: i64| Now::exact(Timestamp::from_millis(millis).expect("an instant"));
        scheduler.handle(Input::Tick, now(1_780_000_000_000)).expect("a tick is never refused");
        let before = scheduler.snapshot();
        if scheduler.handle(Input::Adopt { state }, now(1_780_000_000_000)).is_err() {
            assert!(scheduler.snapshot() == before, "a refused state has changed nothing");
            continue;
        }
        let mut other = Scheduler::new(config()).expect("valid settings");
        let again = other.handle(Input::Adopt { state: &scheduler.state() }, now(1_780_000_000_000));
        assert!(again.is_ok(), "its own form");
        for scheduler in [&mut scheduler, &mut other] {
            scheduler.next_deadline();
            for millis in [1_780_000_000_001, 253_402_300_799_999, -62_135_596_800_000] {
                scheduler.handle(Input::SetActing(true), now(millis)).expect("never refused");
                scheduler
                    .handle(Input::Resume { from: ResumeFrom::Now }, now(millis))
                    .expect("never refused");
                scheduler.next_deadline();
                scheduler.status();
            }
            let own = scheduler.state();
            let last = now(-62_135_596_800_000);
            scheduler.handle(Input::Adopt { state: &own }, last).expect("its own state");
            assert!(scheduler.status().dead_letters <= limits::DEAD_LETTERS);
        }
    }
}

fn config() -> Config {
    Config { handled: KindSet::ALL, ..Config::default() }
}

/// The bytes with magic and a checksum that fits, to get behind both.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = b"CESS".to_vec();
    sealed.extend_from_slice(bytes.strip_prefix(b"CESS").unwrap_or(bytes));
    let hash = sealed.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    sealed.extend_from_slice(&hash.to_le_bytes());
    sealed
}
