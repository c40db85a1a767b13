//! Sums over rows and over the file.

use sha2::{Digest as _, Sha256};

use super::Summary;

/// Sums up the rows of one table in any order.
#[derive(Debug, Default)]
pub(super) struct RowSum {
    rows: u64,
    sum: u128,
}

impl RowSum {
    pub(super) fn add(&mut self, line: &str) {
        let hash = Sha256::digest(line.as_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(first));
        self.rows += 1;
    }

    pub(super) fn summary(&self) -> Summary {
        Summary { rows: self.rows, digest: format!("{:032x}", self.sum) }
    }
}

/// Sums up the bytes of the file.
#[derive(Debug, Default)]
pub(super) struct FileSum {
    hasher: Sha256,
}

impl FileSum {
    /// Adds a line and its end.
    pub(super) fn add(&mut self, line: &str) {
        self.hasher.update(line.as_bytes());
        self.hasher.update(b"\n");
    }

    pub(super) fn hex(self) -> String {
        hex(&self.hasher.finalize())
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal digits as bytes.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_table_depends_on_its_rows_and_not_on_their_order() {
        let sum = |lines: &[&str]| {
            let mut sum = RowSum::default();
            lines.iter().for_each(|line| sum.add(line));
            sum.summary()
        };
        assert_eq!(sum(&["[1]", "[2]"]), sum(&["[2]", "[1]"]));
        assert_ne!(sum(&["[1]", "[2]"]), sum(&["[1]", "[3]"]));
        assert_ne!(sum(&["[1]"]), sum(&["[1]", "[1]"]));
    }

    #[test]
    fn bytes_come_back_from_their_digits() {
        assert_eq!(unhex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("0g"), None);
    }
}
