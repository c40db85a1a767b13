//! Every time zone by name, from one packed file.
//!
//! Loading finds where things are; a zone is unpacked when it is first asked for.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::bytes::crc32;
use super::suggest;
use super::table_index::TableIndex;
use super::zone::{Zone, ZoneProvider};

static EMBEDDED: &[u8] = include_bytes!("zones.bin");

/// The form of packed file that is understood, the byte after `CESZ`.
const FORM: u8 = 1;

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
    index: TableIndex,
    /// For each body of the index, its zone once it is unpacked.
    zones: Box<[OnceLock<Option<Zone>>]>,
    /// The last name that was not found and the position of the name suggested for it: a set of events that has one wrong
    /// zone has it many times over, and a suggestion costs a thousand look-ups.
    suggested: Mutex<Option<(String, Option<usize>)>>,
}

impl ZoneTable {
    /// Returns the table that is compiled in.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static TABLE: OnceLock<ZoneTable> = OnceLock::new();
        TABLE.get_or_init(|| match Self::new(Cow::Borrowed(EMBEDDED)) {
            Ok(table) => table,
            Err(_) => unreachable!("the embedded table is tested to be whole"),
        })
    }

    /// Makes a table from the bytes of a packed file, for example of a newer one than is compiled in.
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
        let table = Self::new(bytes)?;
        for body in 0..table.zones.len() {
            table.index.unpack(body, table.contents()).ok_or(ZoneTableError::Malformed)?;
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
        self.index.names(self.contents())
    }

    fn new(bytes: Cow<'static, [u8]>) -> Result<Self, ZoneTableError> {
        let index = TableIndex::read(contents(&bytes)?).ok_or(ZoneTableError::Malformed)?;
        let zones = (0..index.bodies()).map(|_| OnceLock::new()).collect();
        Ok(Self { bytes, index, zones, suggested: Mutex::default() })
    }

    fn contents(&self) -> &[u8] {
        &self.bytes[HEADER_LEN..]
    }
}

impl ZoneProvider for ZoneTable {
    fn zone(&self, name: &str) -> Option<&Zone> {
        let body = self.index.find(name, self.contents())?;
        self.zones[body].get_or_init(|| self.index.unpack(body, self.contents())).as_ref()
    }

    fn suggest(&self, name: &str) -> Option<&str> {
        let mut suggested = self.suggested.lock().unwrap_or_else(PoisonError::into_inner);
        let position = match &*suggested {
            Some((last, position)) if last == name => *position,
            _ => {
                let nearest = suggest::nearest(name, self.names());
                let position = nearest.and_then(|nearest| self.names().position(|known| known == nearest));
                *suggested = Some((name.to_owned(), position));
                position
            }
        };
        self.names().nth(position?)
    }

    fn version(&self) -> &str {
        self.index.version(self.contents())
    }
}

impl fmt::Debug for ZoneTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZoneTable")
            .field("version", &self.version())
            .field("names", &self.names().len())
            .finish()
    }
}

/// Checks the header and returns what follows it.
fn contents(bytes: &[u8]) -> Result<&[u8], ZoneTableError> {
    match bytes.split_at_checked(HEADER_LEN) {
        Some(([b'C', b'E', b'S', b'Z', FORM, ..], contents)) => Ok(contents),
        Some(([b'C', b'E', b'S', b'Z', form, ..], _)) => Err(ZoneTableError::Form(*form)),
        _ => Err(ZoneTableError::NotATable),
    }
}

/// Why bytes are not a zone table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneTableError {
    /// The bytes do not begin as a zone table does.
    NotATable,
    /// The table has a form that this version does not understand.
    Form(u8),
    /// The checksum is wrong: the bytes were cut short or changed on the way.
    Damaged,
    /// The checksum is right but the contents make no sense.
    Malformed,
}

impl fmt::Display for ZoneTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATable => f.write_str("not a packed zone table"),
            Self::Form(form) => {
                write!(f, "the zone table has form {form}, but this version reads form {FORM}")
            }
            Self::Damaged => f.write_str("the zone table is damaged: its checksum does not match"),
            Self::Malformed => f.write_str("the zone table is malformed"),
        }
    }
}

impl std::error::Error for ZoneTableError {}
