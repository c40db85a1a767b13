//! The packed zone table: its names, and what it makes of bytes that are no table.
#![cfg(not(target_arch = "wasm32"))]

use client_event_scheduler::time::{
    Disambiguation, Timestamp, Zone, ZoneProvider, ZoneTable, ZoneTableError,
};
use proptest::prelude::*;

#[test]
fn renamed_zones_are_the_same_zones() {
    let table = ZoneTable::embedded();
    for (old, new) in [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ] {
        let zone = |name| table.zone(name).map(std::ptr::from_ref::<Zone>);
        assert!(zone(old).is_some());
        assert_eq!(zone(old), zone(new), "{old}");
    }
}

#[test]
fn names_are_found_in_any_case_and_only_whole() {
    let table = ZoneTable::embedded();
    for name in table.names() {
        assert!(table.zone(name).is_some(), "{name}");
        assert!(table.zone(&name.to_ascii_lowercase()).is_some(), "{name}");
        assert!(table.zone(&name.to_ascii_uppercase()).is_some(), "{name}");
        assert!(table.zone(&name[1..]).is_none() || name[1..].len() < 4, "{name}");
        assert!(table.zone(&format!("{name}\0")).is_none(), "{name}");
    }
    for name in ["", " ", "Europe", "Europe/", "Europe/Berlin ", "Europe\\Berlin", "E\u{16f}rope/Berlin"] {
        assert!(table.zone(name).is_none(), "{name}");
    }
}

#[test]
fn the_embedded_table_is_whole_and_can_be_handed_on() {
    let bytes = ZoneTable::embedded().as_bytes();
    let copy = ZoneTable::from_bytes(bytes.to_vec()).expect("the embedded table is whole");
    assert_eq!(copy.version(), ZoneTable::embedded().version());
    assert!(copy.names().eq(ZoneTable::embedded().names()));
    assert_eq!(copy.as_bytes(), bytes);
}

#[test]
fn bytes_that_are_no_table_are_told_apart() {
    let good = ZoneTable::embedded().as_bytes();
    let refused = |bytes: Vec<u8>| ZoneTable::from_bytes(bytes).expect_err("no table");
    assert_eq!(refused(Vec::new()), ZoneTableError::NotATable);
    assert_eq!(refused(b"<!DOCTYPE html>".to_vec()), ZoneTableError::NotATable);
    assert_eq!(refused(good[..good.len() - 1].to_vec()), ZoneTableError::Damaged);
    let mut newer = good.to_vec();
    newer[4] = 2;
    assert_eq!(refused(newer), ZoneTableError::Form(2));
    for at in (5..good.len()).step_by(101) {
        let mut changed = good.to_vec();
        changed[at] ^= 0x10;
        assert_eq!(refused(changed), ZoneTableError::Damaged, "byte {at}");
    }
    assert_eq!(refused(with_right_checksum(good[..9].to_vec())), ZoneTableError::Malformed);
}

fn with_right_checksum(mut table: Vec<u8>) -> Vec<u8> {
    let crc = !table[9..].iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    });
    table[5..9].copy_from_slice(&crc.to_le_bytes());
    table
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Changed bytes with a right checksum are refused, or are a table that answers whatever it is asked.
    #[test]
    fn no_bytes_make_a_table_panic(
        changes in prop::collection::vec((0..4_000_usize, any::<u8>()), 1..6),
        anywhere in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        millis in -62_135_596_800_000..=253_402_300_799_999_i64,
    ) {
        let mut bytes = ZoneTable::embedded().as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[9 + at] = byte;
        }
        for (at, byte) in anywhere {
            let at = 9 + at.index(bytes.len() - 9);
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(9 + cut.index(bytes.len() - 9));
        }
        if let Ok(table) = ZoneTable::from_bytes(with_right_checksum(bytes)) {
            let instant = Timestamp::from_millis(millis).expect("within range");
            for name in table.names() {
                let zone = table.zone(name).expect("a name of the table");
                let local = zone.civil_at(instant);
                let _ = (zone.resolve(local, Disambiguation::Reject), zone.offset_at(Timestamp::MAX));
            }
            let _ = (table.suggest("Europe/Berln"), table.version());
        }
    }

    #[test]
    fn random_bytes_never_make_a_table_panic(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = ZoneTable::embedded().as_bytes()[..9].to_vec();
        bytes.extend(tail);
        let _ = ZoneTable::from_bytes(with_right_checksum(bytes));
    }
}
