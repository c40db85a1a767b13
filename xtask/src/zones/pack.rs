//! The form of the packed file, of which `src/core/time/table_index.rs` is the reader:
//!
//! ```text
//! file    "CESZ", form (byte), CRC-32 of the rest (4 bytes, little endian), contents
//! contents text version; list of steps; list of rules; bodies; text of names, one a line, in the order of lower-case
//!         forms; for each name a number: 0 if its body is the next one that no name before had, or else how many
//!         bodies before that one it stands
//! list    number of items, items
//! text    number of bytes, bytes
//! step    number wall-clock second of the day before the transition, signed change of the offset in seconds
//! rule    signed standard offset, signed daylight offset, date of the change to daylight saving time, date of the change back
//! date    byte 0 and bytes month, week, weekday | byte 1, number n (Jn) | byte 2, number n; then signed seconds of the day
//! bodies  number of bodies; for each body a byte, its rule plus 1 or 0 for none; for each a signed, its first offset; for
//!         each a number, its transitions; then for each transition of each body, three columns: a byte, its step; the
//!         low and the high byte of the wall-clock days since the transition before, or since 1970-01-01
//! number  seven bits a byte, the lowest first, the top bit set on all but the last
//! signed  0, -1, 1, -2, 2 … as the numbers 0, 1, 2, 3, 4 …
//! ```
//!
//! Columns, because what is alike then stands together and compresses well.

use std::collections::BTreeMap;
use std::error::Error;

use super::tzif::{Rule, RuleDate, RuleDay, SECONDS_PER_DAY, Zone};

/// The form of the file, which the reader must know.
const FORM: u8 = 1;

/// Packs the zones; see the head of this file for the form.
pub(super) fn pack(version: &str, zones: &[(String, Zone)]) -> Result<Vec<u8>, Box<dyn Error>> {
    let steps = by_frequency(zones.iter().flat_map(|(_, zone)| zone.steps().map(|(_, step)| step)));
    let rules = by_frequency(zones.iter().filter_map(|(_, zone)| zone.rule.clone()));
    if steps.len() > 256 || rules.len() > 255 {
        return Err("too many kinds of transition or rules for a byte".into());
    }
    let mut bodies: Vec<&Zone> = Vec::new();
    for (_, zone) in zones {
        if !bodies.contains(&zone) {
            bodies.push(zone);
        }
    }

    let mut contents = Packer::default();
    contents.text(version.as_bytes());
    contents.list(&steps, Packer::step);
    contents.list(&rules, Packer::rule);
    contents.bodies(&bodies, &steps, &rules);
    let names: Vec<&str> = zones.iter().map(|(name, _)| name.as_str()).collect();
    contents.text(names.join("\n").as_bytes());
    let mut named = 0;
    for (_, zone) in zones {
        let body = position(&bodies, &zone);
        contents.number(named - body);
        named += u32::from(body == named);
    }

    let mut file = vec![b'C', b'E', b'S', b'Z', FORM];
    file.extend(crc32(&contents.0).to_le_bytes());
    file.extend(contents.0);
    Ok(file)
}

/// The distinct items, the most frequent first, so that the same indices come up often and compress well.
fn by_frequency<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    let mut distinct: Vec<(T, usize)> = counts.into_iter().collect();
    distinct.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    distinct.into_iter().map(|(item, _)| item).collect()
}

fn position<T: PartialEq>(items: &[T], item: &T) -> u32 {
    items.iter().position(|other| other == item).map_or(u32::MAX, |index| index as u32)
}

/// A kind of transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    wall_second: u32,
    change: i32,
}

impl Zone {
    /// The wall-clock day of each transition and its kind.
    fn steps(&self) -> impl Iterator<Item = (i64, Step)> {
        let before = std::iter::once(self.first_offset)
            .chain(self.transitions.iter().map(|transition| transition.offset));
        self.transitions.iter().zip(before).map(|(transition, before)| {
            let wall = transition.at + i64::from(before);
            let wall_second = wall.rem_euclid(SECONDS_PER_DAY) as u32;
            (wall.div_euclid(SECONDS_PER_DAY), Step { wall_second, change: transition.offset - before })
        })
    }
}

#[derive(Default)]
struct Packer(Vec<u8>);

impl Packer {
    fn number(&mut self, mut value: u32) {
        assert!(value < 1 << 28, "numbers have at most four bytes");
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn signed(&mut self, value: i32) {
        self.number((value << 1 ^ value >> 31) as u32);
    }

    fn text(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        self.0.extend(bytes);
    }

    fn list<T>(&mut self, items: &[T], pack: impl Fn(&mut Self, &T)) {
        self.number(items.len() as u32);
        for item in items {
            pack(self, item);
        }
    }

    fn step(&mut self, step: &Step) {
        self.number(step.wall_second);
        self.signed(step.change);
    }

    fn rule(&mut self, rule: &Rule) {
        self.signed(rule.standard);
        self.signed(rule.daylight);
        for RuleDate { day, seconds } in [&rule.to_daylight, &rule.to_standard] {
            match *day {
                RuleDay::Weekday { month, week, weekday } => self.0.extend([0, month, week, weekday]),
                RuleDay::WithoutLeapDay(number) => {
                    self.0.push(1);
                    self.number(number);
                }
                RuleDay::WithLeapDay(number) => {
                    self.0.push(2);
                    self.number(number);
                }
            }
            self.signed(*seconds);
        }
    }

    fn bodies(&mut self, bodies: &[&Zone], steps: &[Step], rules: &[Rule]) {
        self.number(bodies.len() as u32);
        for zone in bodies {
            self.0.push(zone.rule.as_ref().map_or(0, |rule| position(rules, rule) + 1) as u8);
        }
        for zone in bodies {
            self.signed(zone.first_offset);
        }
        for zone in bodies {
            self.number(zone.transitions.len() as u32);
        }
        let (mut kinds, mut days) = (Vec::new(), Vec::new());
        for zone in bodies {
            let mut last_day = 0;
            for (day, step) in zone.steps() {
                kinds.push(position(steps, &step) as u8);
                days.push(
                    u16::try_from(day - last_day).expect("wall-clock days never decrease").to_le_bytes(),
                );
                last_day = day;
            }
        }
        self.0.extend(kinds);
        self.0.extend(days.iter().map(|[low, _]| low));
        self.0.extend(days.iter().map(|[_, high]| high));
    }
}

/// The CRC-32 of zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}
