//! Any bytes as a stored state.

use client_event_scheduler::{Config, Input, KindSet, Now, ResumeFrom, Scheduler, Timestamp};

/// Restoring never panics; what can be restored writes a snapshot that reads the same, and lives on.
pub(crate) fn snapshot(bytes: &[u8]) {
    let sealed = sealed(bytes);
    for bytes in [bytes, &sealed] {
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
