//! The feed's cursor. Clients treat it as opaque.

use std::fmt;

use crate::problem::CursorFault;

/// A place in the feed of one database: `{epoch}.{seq}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    epoch: String,
    seq: u64,
}

impl Cursor {
    /// The place after change `seq` of the feed `epoch`.
    pub fn new(epoch: &str, seq: u64) -> Self {
        Self { epoch: epoch.to_owned(), seq }
    }

    /// Reads a cursor that a client sends back, and returns its number.
    ///
    /// # Errors
    ///
    /// It is malformed, or belongs to another feed than `epoch`.
    pub fn seq_in(text: &str, epoch: &str) -> Result<u64, CursorFault> {
        let (its_epoch, seq) = text.rsplit_once('.').ok_or(CursorFault::Malformed)?;
        if seq.is_empty() || !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CursorFault::Malformed);
        }
        if its_epoch != epoch {
            return Err(CursorFault::OtherEpoch);
        }
        // A number beyond u64 lies ahead of every feed.
        seq.parse().map_err(|_| CursorFault::AheadOfFeed)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went_out() {
        let text = Cursor::new("00ff", 42).to_string();
        assert_eq!(text, "00ff.42");
        assert_eq!(Cursor::seq_in(&text, "00ff"), Ok(42));
    }

    #[test]
    fn what_cannot_be_continued_says_why() {
        for (text, fault) in [
            ("", CursorFault::Malformed),
            ("42", CursorFault::Malformed),
            ("00ff.", CursorFault::Malformed),
            ("00ff.-1", CursorFault::Malformed),
            ("00ff.+1", CursorFault::Malformed),
            ("00ff.1x", CursorFault::Malformed),
            ("00fe.42", CursorFault::OtherEpoch),
            (".42", CursorFault::OtherEpoch),
            ("00ff.99999999999999999999", CursorFault::AheadOfFeed),
        ] {
            assert_eq!(Cursor::seq_in(text, "00ff"), Err(fault), "{text:?}");
        }
    }
}
