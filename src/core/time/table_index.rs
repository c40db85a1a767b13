//! What a packed zone table holds and where; `cargo xtask zones` describes the form and makes it.

use std::ops::Range;

use super::bytes::ByteReader;
use super::civil::SECONDS_PER_DAY;
use super::posix_rule::PosixRule;
use super::zone::Zone;

/// The index of a table's contents, which every method but [`read`](Self::read) wants again, unchanged.
pub(super) struct TableIndex {
    version: Range<usize>,
    steps: Box<[Step]>,
    rules: Box<[PosixRule]>,
    bodies: Box<[Body]>,
    /// Three columns of as many bytes: the step of each transition, the low and the high byte of its days.
    columns: [Range<usize>; 3],
    names: Box<[Name]>,
    /// Open addressing: a name's place among the names plus one, at the hash of the name or after it; 0 is free.
    slots: Box<[u16]>,
}

/// One of the few kinds of transition: the time of day before it, and by how much the offset changes.
#[derive(Clone, Copy)]
struct Step {
    wall_second: u32,
    change: i32,
}

/// What the zones of one or more names are made of.
struct Body {
    /// The place of its rule among the rules plus one, or 0.
    rule: u8,
    first_offset: i32,
    /// Its part of each column.
    transitions: Range<usize>,
}

struct Name {
    text: Range<usize>,
    body: u16,
}

impl TableIndex {
    /// Reads the contents of a table; nothing if they make no sense. Zones are not unpacked.
    pub(super) fn read(contents: &[u8]) -> Option<Self> {
        let mut reader = ByteReader::new(contents);
        let version_len = reader.count()?;
        let version = reader.span(version_len)?;
        let steps = (0..reader.count()?).map(|_| Step::read(&mut reader)).collect::<Option<_>>()?;
        let rules = (0..reader.count()?).map(|_| PosixRule::read(&mut reader)).collect::<Option<_>>()?;
        let bodies = Body::read_all(&mut reader)?;
        let transitions = bodies.last().map_or(0, |body| body.transitions.end);
        let columns = [reader.span(transitions)?, reader.span(transitions)?, reader.span(transitions)?];
        let names_len = reader.count()?;
        let names = Name::read_all(reader.span(names_len)?, &mut reader)?;
        if !reader.is_at_end() || names.iter().any(|name| usize::from(name.body) >= bodies.len()) {
            return None;
        }
        let slots = hash_slots(&names, contents)?;
        contents[version.clone()].is_ascii().then_some(Self {
            version,
            steps,
            rules,
            bodies,
            columns,
            names,
            slots,
        })
    }

    pub(super) fn version<'a>(&self, contents: &'a [u8]) -> &'a str {
        text(contents, &self.version)
    }

    /// Returns every name in the order of the table.
    pub(super) fn names<'a>(&'a self, contents: &'a [u8]) -> impl ExactSizeIterator<Item = &'a str> {
        self.names.iter().map(|name| text(contents, &name.text))
    }

    /// Counts the different zones; most have several names.
    pub(super) fn bodies(&self) -> usize {
        self.bodies.len()
    }

    /// Returns the body of a name in any case of letters.
    pub(super) fn find(&self, name: &str, contents: &[u8]) -> Option<usize> {
        let name = name.as_bytes();
        for slot in probe(&self.slots, hash(name)) {
            let found = &self.names[usize::from(self.slots[slot]).checked_sub(1)?];
            let text = &contents[found.text.clone()];
            if text == name || text.eq_ignore_ascii_case(name) {
                return Some(usize::from(found.body));
            }
        }
        None
    }

    /// Makes the zone of a body; nothing if its transitions make no sense.
    pub(super) fn unpack(&self, body: usize, contents: &[u8]) -> Option<Zone> {
        let body = self.bodies.get(body)?;
        let rule = match usize::from(body.rule).checked_sub(1) {
            None => None,
            Some(rule) => Some(*self.rules.get(rule)?),
        };
        let [kinds, low, high] =
            self.columns.each_ref().map(|column| &contents[column.clone()][body.transitions.clone()]);
        let mut transitions = Vec::with_capacity(kinds.len());
        let mut offsets = Vec::with_capacity(kinds.len() + 1);
        let mut offset = body.first_offset;
        offsets.push(offset);
        let mut day = 0;
        for ((&kind, &low), &high) in kinds.iter().zip(low).zip(high) {
            let step = self.steps.get(usize::from(kind))?;
            day += i64::from(u16::from_le_bytes([low, high]));
            transitions.push(day * SECONDS_PER_DAY + i64::from(step.wall_second) - i64::from(offset));
            offset = offset.checked_add(step.change)?;
            offsets.push(offset);
        }
        Zone::from_transitions(transitions, offsets, rule)
    }
}

impl Step {
    fn read(reader: &mut ByteReader<'_>) -> Option<Self> {
        Some(Self { wall_second: reader.number()?, change: reader.signed()? })
    }
}

impl Body {
    fn read_all(reader: &mut ByteReader<'_>) -> Option<Box<[Self]>> {
        let count = reader.count()?;
        let rules = reader.span(count).map(|span| reader.at(span))?;
        let mut bodies: Box<[Self]> =
            rules.iter().map(|&rule| Self { rule, first_offset: 0, transitions: 0..0 }).collect();
        for body in &mut bodies {
            body.first_offset = reader.signed()?;
        }
        let mut start = 0;
        for body in &mut bodies {
            let end = start + reader.count()?;
            body.transitions = start..end;
            start = end;
        }
        Some(bodies)
    }
}

impl Name {
    /// Reads the names of the lines that stand at `lines`, and then the number of each one's body.
    fn read_all(lines: Range<usize>, reader: &mut ByteReader<'_>) -> Option<Box<[Self]>> {
        let mut names = Vec::new();
        let mut start = lines.start;
        let mut unnamed = 0_u16;
        for line in reader.at(lines).split(|&byte| byte == b'\n') {
            let back = u16::try_from(reader.number()?).ok()?;
            let body = unnamed.checked_sub(back)?;
            unnamed = unnamed.checked_add(u16::from(back == 0))?;
            names.push(Self { text: start..start + line.len(), body });
            start += line.len() + 1;
        }
        (names.len() < usize::from(u16::MAX)).then(|| names.into())
    }
}

/// Puts every name into a slot, half of which stay free; nothing if one is empty, not plain ASCII, or comes twice.
fn hash_slots(names: &[Name], contents: &[u8]) -> Option<Box<[u16]>> {
    let mut slots = vec![0; (names.len() * 2).next_power_of_two()];
    for (entry, name) in (1..).zip(names) {
        let text = &contents[name.text.clone()];
        let free = probe(&slots, hash(text)).find(|&slot| match usize::from(slots[slot]).checked_sub(1) {
            None => true,
            Some(other) => contents[names[other].text.clone()].eq_ignore_ascii_case(text),
        })?;
        if slots[free] != 0 || text.is_empty() || !text.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        slots[free] = entry;
    }
    Some(slots.into())
}

/// The slots in which a name of this hash can be, in order; their number is a power of two.
fn probe(slots: &[u16], hash: usize) -> impl Iterator<Item = usize> + use<> {
    let mask = slots.len() - 1;
    (hash..hash + slots.len()).map(move |slot| slot & mask)
}

/// A hash that ignores the case of letters: it sets the bit by which the cases differ in all bytes, eight at a time.
fn hash(name: &[u8]) -> usize {
    let mix = |hash: u64, word: u64| {
        (hash ^ (word | 0x2020_2020_2020_2020)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    };
    let (words, rest) = name.as_chunks();
    let hash = words.iter().fold(name.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    mix(hash, rest) as usize & 0xFFFF
}

fn text<'a>(contents: &'a [u8], place: &Range<usize>) -> &'a str {
    // Texts are checked to be ASCII when they are read.
    str::from_utf8(&contents[place.clone()]).unwrap_or_default()
}
