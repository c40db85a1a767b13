//! Many rows in one statement: lists of numbered parameters, which both databases read.

use std::fmt::Write;

/// Rows of one statement. SQLite takes 32 766 parameters, Postgres 65 535; beyond some hundred rows nothing is gained.
pub(super) const ROWS: usize = 200;

/// Returns `($1, $2), ($3, $4)` for two rows of two columns.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let separator = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{separator}${}", row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through_all_rows() {
        assert_eq!(placeholders(1, 3), "($1, $2, $3)");
        assert_eq!(placeholders(3, 2), "($1, $2), ($3, $4), ($5, $6)");
    }
}
