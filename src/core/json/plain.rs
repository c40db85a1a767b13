//! Finds the end of plain text: the inner loop of every load.
//!
//! 32 bytes are looked at together. Most strings are shorter, so that how long they are decides no branch: one that the processor
//! foresees wrongly costs more than looking at all of them.

/// Bytes that are looked at together.
pub(crate) const GROUP: usize = 32;

/// Where the plain text from `start` on ends — before a quote, a backslash, a control character or the end of `bytes` — and
/// whether it is ASCII.
#[inline(always)]
pub(crate) fn plain_text(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut only_ascii = true;
    while let Some(group) = bytes.get(at..).and_then(|rest| rest.first_chunk::<GROUP>()) {
        let (special, ascii) = look(group);
        only_ascii &= ascii;
        if special != 0 {
            let end = at + special.trailing_zeros() as usize;
            // What is no ASCII may stand behind the end.
            return (end, only_ascii || bytes[start..end].is_ascii());
        }
        at += GROUP;
    }
    while bytes.get(at).is_some_and(|&byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    (at, only_ascii && bytes[start..at].is_ascii())
}

/// One bit for each byte that ends plain text, the lowest for the first byte — of several, only the first can be relied on —,
/// and whether all bytes are ASCII.
#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
fn look(group: &[u8; GROUP]) -> (u32, bool) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (mut special, mut seen) = (0, 0);
    for (i, word) in group.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        seen |= word;
        // Each subtraction sets the high bit of a byte that is zero, or below 0x20. Bytes that had it already are no ASCII and
        // not special. Borrows only reach bytes after the first hit, so the lowest set bit is exact.
        let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
        let found = (quote | backslash | word.wrapping_sub(ONES * 0x20)) & !word & HIGH;
        // Gathers the high bits in the highest byte: no two of the products meet.
        special |= ((found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    (special as u32, seen & HIGH == 0)
}

#[cfg(target_feature = "simd128")]
#[inline(always)]
fn look(group: &[u8; GROUP]) -> (u32, bool) {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_or};

    #[inline(always)]
    fn special(half: v128) -> u32 {
        let quote = u8x16_eq(half, u8x16_splat(0x22));
        let backslash = u8x16_eq(half, u8x16_splat(0x5c));
        let control = u8x16_lt(half, u8x16_splat(0x20));
        u32::from(u8x16_bitmask(v128_or(v128_or(quote, backslash), control)))
    }
    let [a, b, c, d] = words(group);
    let (low, high) = (u64x2(a, b), u64x2(c, d));
    (special(low) | special(high) << 16, u8x16_bitmask(v128_or(low, high)) == 0)
}

/// The bytes as words, the first byte of each the lowest.
#[inline(always)]
pub(crate) fn words(group: &[u8; GROUP]) -> [u64; GROUP / 8] {
    // Written out, because what is built for size keeps the calls of an iterator.
    let (words, _) = group.as_chunks::<8>();
    [
        u64::from_le_bytes(words[0]),
        u64::from_le_bytes(words[1]),
        u64::from_le_bytes(words[2]),
        u64::from_le_bytes(words[3]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_by_one(bytes: &[u8], start: usize) -> (usize, bool) {
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let end = bytes[start..].iter().position(special).map_or(bytes.len(), |length| start + length);
        (end, bytes[start..end].iter().all(u8::is_ascii))
    }

    #[test]
    fn the_end_is_found_wherever_it_is_and_whatever_stands_around_it() {
        for length in [0, 1, 7, 8, 31, 32, 33, 64, 100] {
            for special in [b'"', b'\\', 0, 0x1f] {
                for at in 0..=length {
                    for (plain, odd) in [(b'a', b'a'), (b' ', b'!'), (0x7f, 0x80), (b'#', 0xff), (b'[', b']')]
                    {
                        let mut bytes = vec![plain; length];
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = special;
                        }
                        for neighbour in [at.wrapping_sub(1), at + 1, at + 2] {
                            if let Some(byte) = bytes.get_mut(neighbour) {
                                *byte = odd;
                            }
                        }
                        for start in [0, 1, 5].into_iter().filter(|&start| start <= length) {
                            assert_eq!(
                                plain_text(&bytes, start),
                                one_by_one(&bytes, start),
                                "{bytes:?} from {start}"
                            );
                        }
                    }
                }
            }
        }
    }
}
