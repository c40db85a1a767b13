//! Bytes of a snapshot: numbers in seven bits a byte, lowest first; texts behind their length. Nothing of it is copied to where it
//! is called, which would take a dozen kB of the browser build.

use crate::error::SnapshotError;
use crate::time::Timestamp;

/// Collects bytes.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    #[inline(never)]
    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(super) fn optional(&mut self, value: Option<u64>) {
        self.number(u64::from(value.is_some()));
        if let Some(value) = value {
            self.number(value);
        }
    }

    /// An instant, as the distance in milliseconds from the first one.
    #[inline(never)]
    pub(super) fn instant(&mut self, instant: Timestamp) {
        self.number(instant.as_millis().abs_diff(Timestamp::MIN.as_millis()));
    }

    #[inline(never)]
    pub(super) fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text);
    }

    /// Writes what `content` writes, behind its length, so that a reader can pass over what it does not know.
    pub(super) fn framed(&mut self, content: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        content(&mut inner);
        self.text(&inner.bytes);
    }
}

/// Reads what [`Writer`] wrote; damaged bytes are an error, never a panic.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

const ENDS_EARLY: SnapshotError = SnapshotError::Corrupt { what: "it ends too early" };

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, SnapshotError> {
        let (&first, rest) = self.rest.split_first().ok_or(ENDS_EARLY)?;
        self.rest = rest;
        Ok(first)
    }

    #[inline(never)]
    pub(super) fn number(&mut self) -> Result<u64, SnapshotError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(SnapshotError::Corrupt { what: "a number is too long" })
    }

    /// A number that can be counted on from: damaged ones must not overflow.
    #[inline(never)]
    pub(super) fn count(&mut self) -> Result<u64, SnapshotError> {
        let number = self.number()?;
        if number < 1 << 53 {
            Ok(number)
        } else {
            Err(SnapshotError::Corrupt { what: "a count is out of range" })
        }
    }

    pub(super) fn optional(&mut self) -> Result<Option<u64>, SnapshotError> {
        if self.number()? == 0 { Ok(None) } else { self.number().map(Some) }
    }

    #[inline(never)]
    pub(super) fn instant(&mut self) -> Result<Timestamp, SnapshotError> {
        let millis = Timestamp::MIN.as_millis().checked_add_unsigned(self.number()?);
        millis
            .and_then(Timestamp::from_millis)
            .ok_or(SnapshotError::Corrupt { what: "an instant is out of range" })
    }

    pub(super) fn optional_instant(&mut self) -> Result<Option<Timestamp>, SnapshotError> {
        if self.number()? == 0 { Ok(None) } else { self.instant().map(Some) }
    }

    #[inline(never)]
    pub(super) fn utf8(&mut self) -> Result<&'a str, SnapshotError> {
        std::str::from_utf8(self.text()?).map_err(|_| SnapshotError::Corrupt { what: "a text is not UTF-8" })
    }

    #[inline(never)]
    pub(super) fn text(&mut self) -> Result<&'a [u8], SnapshotError> {
        let length = usize::try_from(self.number()?).map_err(|_| ENDS_EARLY)?;
        let (text, rest) = self.rest.split_at_checked(length).ok_or(ENDS_EARLY)?;
        self.rest = rest;
        Ok(text)
    }
}
