//! Reading the packed zone table.

/// Reads numbers from bytes; nothing where they end too early.
pub(super) struct ByteReader<'a> {
    rest: &'a [u8],
}

impl<'a> ByteReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
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
        self.number().map(|count| count as usize).filter(|&count| count <= self.remaining())
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
