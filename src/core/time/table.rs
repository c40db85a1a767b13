//! Every time zone by name, from one packed file.
//!
//! The file is made by `cargo xtask zones`, which describes its form. Loading finds where each zone is; a zone is
//! unpacked when it is first asked for.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use super::bytes::{ByteReader, crc32};
use super::civil::SECONDS_PER_DAY;
use super::posix_rule::PosixRule;
use super::suggest;
use super::zone::{Zone, ZoneProvider};

static EMBEDDED: &[u8] = include_bytes!("zones.bin");

/// The form of packed file that is understood, the byte after `CESZ`.
const FORMAT: u8 = 1;

/// `CESZ`, the form, and the CRC-32 of everything that follows.
const HEADER_LEN: usize = 9;

/// A packed table of all IANA time zones and links.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::time::{ZoneProvider, ZoneTable};
///
/// let table = ZoneTable::embedded();
/// assert!(table.zone("asia/calcutta").is_some());
/// assert!(table.zone("Europe/Berln").is_none());
/// assert_eq!(table.suggest("Europe/Berln"), Some("Europe/Berlin"));
/// ```
pub struct ZoneTable {
    bytes: Cow<'static, [u8]>,
    index: Index,
    /// Open addressing: a name's index plus one, or 0, at the hash of the name or after it.
    slots: Box<[u16]>,
}

/// What a table holds, and where in its bytes.
struct Index {
    version: Span,
    steps: Box<[Step]>,
    rules: Box<[PosixRule]>,
    bodies: Box<[Body]>,
    names: Box<[Name]>,
}

/// Where something stands in the table's bytes.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    len: u32,
}

/// One of the few kinds of transition: the time of day before it, and by how much the offset changes.
#[derive(Clone, Copy)]
struct Step {
    wall_second: u32,
    change: i32,
}

struct Body {
    packed: Span,
    zone: OnceLock<Option<Zone>>,
}

struct Name {
    text: Span,
    body: u16,
}

impl ZoneTable {
    /// Returns the table that is compiled in.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static TABLE: OnceLock<ZoneTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            Self::index(Cow::Borrowed(EMBEDDED)).expect("the embedded table is tested to be whole")
        })
    }

    /// Makes a table from the bytes of a packed file, for example a newer one than is compiled in.
    ///
    /// # Errors
    ///
    /// A [`ZoneTableError`] unless every part of the file is whole and makes sense.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, ZoneTableError> {
        let bytes = bytes.into();
        let contents = contents(&bytes)?;
        if bytes[5..HEADER_LEN] != crc32(contents).to_le_bytes() {
            return Err(ZoneTableError::Damaged);
        }
        let table = Self::index(bytes)?;
        for body in &table.index.bodies {
            table.unpack(body).ok_or(ZoneTableError::Malformed)?;
        }
        Ok(table)
    }

    /// Returns the packed file, to be handed to [`from_bytes`](Self::from_bytes) elsewhere.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns every name, links included, in the order of their lower-case forms.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.index.names.iter().map(|name| self.text(name.text))
    }

    fn index(bytes: Cow<'static, [u8]>) -> Result<Self, ZoneTableError> {
        let index = Index::read(contents(&bytes)?).ok_or(ZoneTableError::Malformed)?;
        let mut table = Self { bytes, index, slots: Box::default() };
        table.slots = table.hashed().ok_or(ZoneTableError::Malformed)?;
        Ok(table)
    }

    /// Makes the hash slots; nothing if two names are the same.
    fn hashed(&self) -> Option<Box<[u16]>> {
        let mut slots = vec![0; (self.index.names.len() * 2).next_power_of_two()];
        for (entry, name) in (1..).zip(&self.index.names) {
            let text = self.text(name.text).as_bytes();
            let mut at = hash(text) & (slots.len() - 1);
            while slots[at] != 0 {
                let other = &self.index.names[usize::from(slots[at]) - 1];
                if self.text(other.text).as_bytes().eq_ignore_ascii_case(text) {
                    return None;
                }
                at = (at + 1) & (slots.len() - 1);
            }
            slots[at] = entry;
        }
        Some(slots.into())
    }

    fn find(&self, name: &str) -> Option<&Name> {
        let mask = self.slots.len() - 1;
        let mut at = hash(name.as_bytes()) & mask;
        loop {
            let entry = usize::from(self.slots[at]).checked_sub(1)?;
            let found = &self.index.names[entry];
            if self.text(found.text).eq_ignore_ascii_case(name) {
                return Some(found);
            }
            at = (at + 1) & mask;
        }
    }

    fn unpack(&self, body: &Body) -> Option<Zone> {
        let mut reader = ByteReader::new(self.slice(body.packed));
        let rule = match reader.number()? as usize {
            0 => None,
            number => Some(*self.index.rules.get(number - 1)?),
        };
        let mut offset = reader.signed()?;
        let count = reader.count()?;
        let kinds = reader.take(count)?;
        let mut transitions = Vec::with_capacity(count);
        let mut offsets = Vec::with_capacity(count + 1);
        offsets.push(offset);
        let mut day = 0;
        for &kind in kinds {
            let step = self.index.steps.get(usize::from(kind))?;
            day += i64::from(reader.number()?);
            transitions.push(day * SECONDS_PER_DAY + i64::from(step.wall_second) - i64::from(offset));
            offset = offset.checked_add(step.change)?;
            offsets.push(offset);
        }
        reader.is_at_end().then(|| Zone::from_transitions(transitions, offsets, rule)).flatten()
    }

    fn slice(&self, span: Span) -> &[u8] {
        &self.bytes[span.start as usize..][..span.len as usize]
    }

    fn text(&self, span: Span) -> &str {
        // Names are checked to be ASCII when they are indexed.
        str::from_utf8(self.slice(span)).unwrap_or_default()
    }
}

impl Index {
    fn read(contents: &[u8]) -> Option<Self> {
        let mut reader = SpanReader { bytes: ByteReader::new(contents), total: contents.len() };
        let version_len = reader.bytes.count()?;
        let version = reader.text(version_len)?;
        let steps = list(&mut reader, |reader| Step::read(&mut reader.bytes))?;
        let rules = list(&mut reader, |reader| PosixRule::read(&mut reader.bytes))?;
        let bodies = list(&mut reader, Body::read)?;
        let mut names = list(&mut reader, Name::read)?;
        for name in &mut names {
            name.body = u16::try_from(reader.bytes.number()?).ok()?;
        }
        let complete = reader.bytes.is_at_end()
            && names.len() < usize::from(u16::MAX)
            && names.iter().all(|name| usize::from(name.body) < bodies.len());
        complete.then_some(Self { version, steps, rules, bodies, names })
    }
}

/// Reads a count and as many things.
fn list<T>(
    reader: &mut SpanReader<'_>,
    mut read: impl FnMut(&mut SpanReader<'_>) -> Option<T>,
) -> Option<Box<[T]>> {
    let count = reader.bytes.count()?;
    (0..count).map(|_| read(reader)).collect()
}

impl Step {
    fn read(reader: &mut ByteReader<'_>) -> Option<Self> {
        Some(Self { wall_second: reader.number()?, change: reader.signed()? })
    }
}

impl Body {
    fn read(reader: &mut SpanReader<'_>) -> Option<Self> {
        let len = reader.bytes.count()?;
        Some(Self { packed: reader.span(len)?, zone: OnceLock::new() })
    }
}

impl Name {
    fn read(reader: &mut SpanReader<'_>) -> Option<Self> {
        let len = reader.bytes.count()?;
        Some(Self { text: reader.text(len)?, body: 0 })
    }
}

/// Reads and remembers places; the contents stand at the end of the table's bytes, after the header.
struct SpanReader<'a> {
    bytes: ByteReader<'a>,
    total: usize,
}

impl SpanReader<'_> {
    fn span(&mut self, len: usize) -> Option<Span> {
        let start = u32::try_from(HEADER_LEN + self.total - self.bytes.remaining()).ok()?;
        self.bytes.take(len)?;
        Some(Span { start, len: u32::try_from(len).ok()? })
    }

    fn text(&mut self, len: usize) -> Option<Span> {
        let start = u32::try_from(HEADER_LEN + self.total - self.bytes.remaining()).ok()?;
        let printable = self.bytes.take(len)?.iter().all(u8::is_ascii_graphic);
        printable.then_some(Span { start, len: u32::try_from(len).ok()? })
    }
}

/// Checks the header and returns what follows it.
fn contents(bytes: &[u8]) -> Result<&[u8], ZoneTableError> {
    match bytes.split_at_checked(HEADER_LEN) {
        Some(([b'C', b'E', b'S', b'Z', FORMAT, ..], contents)) => Ok(contents),
        Some(([b'C', b'E', b'S', b'Z', format, ..], _)) => Err(ZoneTableError::Format(*format)),
        _ => Err(ZoneTableError::NotATable),
    }
}

/// A hash of a zone's name that ignores the case of letters (FNV-1a; only letters differ by bit 5 alone).
fn hash(name: &[u8]) -> usize {
    let hash = name
        .iter()
        .fold(0x811C_9DC5_u32, |hash, &byte| (hash ^ u32::from(byte | 0x20)).wrapping_mul(0x0100_0193));
    // The low bits of a product depend on low bits alone; the high ones on all.
    (hash ^ hash >> 15) as usize
}

impl ZoneProvider for ZoneTable {
    fn zone(&self, name: &str) -> Option<&Zone> {
        let body = &self.index.bodies[usize::from(self.find(name)?.body)];
        body.zone.get_or_init(|| self.unpack(body)).as_ref()
    }

    fn suggest(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.names())
    }

    fn version(&self) -> &str {
        self.text(self.index.version)
    }
}

impl fmt::Debug for ZoneTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZoneTable")
            .field("version", &self.version())
            .field("names", &self.index.names.len())
            .finish()
    }
}

/// Why bytes are not a zone table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneTableError {
    /// The bytes do not begin as a zone table does.
    NotATable,
    /// The table has a form that this version does not understand.
    Format(u8),
    /// The checksum is wrong: the bytes were cut short or changed on the way.
    Damaged,
    /// The checksum is right but the contents make no sense.
    Malformed,
}

impl fmt::Display for ZoneTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATable => f.write_str("not a packed zone table"),
            Self::Format(format) => {
                write!(f, "zone table of form {format}; this version reads form {FORMAT}")
            }
            Self::Damaged => f.write_str("the zone table is damaged: its checksum does not match"),
            Self::Malformed => f.write_str("the zone table is malformed"),
        }
    }
}

impl std::error::Error for ZoneTableError {}
