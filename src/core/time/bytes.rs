//! Reading the packed zone table.

use std::ops::Range;

/// Reads numbers from bytes; nothing where they end too early.
pub(super) struct ByteReader<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl<'a> ByteReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0 }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.next == self.bytes.len()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.next)?;
        self.next += 1;
        Some(byte)
    }

    /// Passes over `len` bytes and returns where they are.
    pub(super) fn span(&mut self, len: usize) -> Option<Range<usize>> {
        let span = self.next..self.next.checked_add(len)?;
        self.bytes.get(span.clone())?;
        self.next = span.end;
        Some(span)
    }

    /// Returns the bytes of a [`span`](Self::span).
    pub(super) fn at(&self, span: Range<usize>) -> &'a [u8] {
        &self.bytes[span]
    }

    /// Reads an unsigned number below 2^28: seven bits a byte, the lowest first, the top bit set on all but the last.
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Reads a number that counts things of at least one byte each, so that a damaged one cannot ask for much memory.
    pub(super) fn count(&mut self) -> Option<usize> {
        self.number().map(|count| count as usize).filter(|&count| count <= self.bytes.len() - self.next)
    }

    /// Reads a signed number: 0, −1, 1, −2, 2 … are written as 0, 1, 2, 3, 4 …
    pub(super) fn signed(&mut self) -> Option<i32> {
        let value = self.number()?;
        Some((value >> 1) as i32 ^ -((value & 1) as i32))
    }
}

/// The CRC-32 of zip and PNG.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn numbers_end_where_the_bytes_end() {
        let mut reader = ByteReader::new(&[0x05, 0xFF, 0x01, 0x03, 0x80]);
        assert_eq!((reader.number(), reader.number(), reader.signed()), (Some(5), Some(255), Some(-2)));
        assert_eq!(reader.number(), None);
        assert_eq!(ByteReader::new(&[0xFF; 8]).number(), None);
    }

    #[test]
    fn a_count_beyond_the_bytes_is_refused() {
        assert_eq!(ByteReader::new(&[3, 0, 0]).count(), None);
        assert_eq!(ByteReader::new(&[2, 0, 0]).count(), Some(2));
    }
}
