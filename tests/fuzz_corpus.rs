//! Replays what the fuzz targets keep, and seeded changes of it: on a stable toolchain, at every run of the suite.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/laws/mod.rs"]
mod laws;

use std::fs;
use std::path::Path;

/// Changed copies of every file that are tried beside it.
const CHANGES: u64 = 60;

/// Runs a law over the corpus; the name of the file and of the change is printed when it does not hold.
fn replay(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{} has too few files to show anything", folder.display());
    for file in files {
        let bytes = fs::read(&file).expect("readable");
        for change in 0..CHANGES {
            let changed = if change == 0 { bytes.clone() } else { changed(&bytes, change) };
            let name = file.display().to_string();
            let attempt = std::panic::catch_unwind(|| law(&changed));
            assert!(attempt.is_ok(), "{name}, change {change}: {:?}", String::from_utf8_lossy(&changed));
        }
    }
}

/// The bytes with one to four of them replaced, dropped or doubled, as `seed` has it.
fn changed(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = |below: usize| {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..=next(4) {
        let position = next(bytes.len());
        match (next(3), bytes.is_empty()) {
            (_, true) => bytes.push(next(256) as u8),
            (0, _) => bytes[position] = next(256) as u8,
            (1, _) => drop(bytes.remove(position)),
            _ => bytes.insert(position, bytes[position]),
        }
    }
    bytes
}

#[test]
fn any_bytes_as_an_event() {
    replay("event_json", laws::event_json);
}

#[test]
fn any_bytes_as_a_snapshot() {
    replay("snapshot", laws::snapshot);
}

#[test]
fn any_bytes_as_inputs() {
    replay("inputs", laws::inputs);
}

#[test]
fn any_bytes_as_a_recurrence() {
    replay("recurrence", laws::recurrence);
}
