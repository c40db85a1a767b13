//! Dates as recurrences have them: a day, what a clock on the wall shows, or an instant; to the second.

use crate::time::{CivilDate, CivilDateTime, ParsedDate, SECONDS_PER_DAY, Timestamp, parse_date};

/// A day, a local time, or an instant, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// A day, `20261224`.
    Day(CivilDate),
    /// What clocks show, `20261224T090000`.
    Local(CivilDateTime),
    /// An instant, `20261224T090000Z`.
    Utc(Timestamp),
}

impl Moment {
    /// Reads `YYYYMMDD`, `YYYYMMDDTHHMMSS` or the latter followed by `Z`. Second 60 is read as 59 (RFC 5545 §3.3.12).
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, len: usize| {
            let digits = bytes.get(from..from + len)?;
            digits.iter().try_fold(0, |number: u32, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
            })
        };
        let (month, day) = (number(4, 2)? as u8, number(6, 2)? as u8);
        let date = CivilDate::new(number(0, 4)? as i32, month, day)?;
        if bytes.len() == 8 {
            return Some(Self::Day(date));
        }
        if !matches!(bytes.get(8), Some(b'T' | b't')) {
            return None;
        }
        let (hour, minute, second) = (number(9, 2)?, number(11, 2)?, number(13, 2)?);
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let local = CivilDateTime::new(date, (hour * 3600 + minute * 60 + second.min(59)) * 1000)?;
        match bytes.get(15..)? {
            [] => Some(Self::Local(local)),
            [b'Z' | b'z'] => Some(Self::Utc(Timestamp::from_millis(local.as_millis())?)),
            _ => None,
        }
    }

    /// Reads a day, a date and time without offset, or one with it; the error says what to write.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let whole = "is finer than a second: leave the fraction out".to_owned();
        match parse_date(text).map_err(|error| error.to_string())? {
            ParsedDate::Local(local) if text.len() == 10 => Ok(Self::Day(local.date())),
            ParsedDate::Local(local) if local.as_millis() % 1000 == 0 => Ok(Self::Local(local)),
            ParsedDate::Instant(instant) if instant.as_millis() % 1000 == 0 => Ok(Self::Utc(instant)),
            ParsedDate::Local(_) | ParsedDate::Instant(_) => Err(whole),
        }
    }

    /// Appends the form of iCalendar.
    pub(super) fn write_text(self, out: &mut String) {
        let plain = self.rfc3339();
        out.extend(plain.chars().filter(|c| !matches!(c, '-' | ':')));
    }

    /// The form of RFC 3339, without an offset for what clocks show, without a time for a day.
    pub(super) fn rfc3339(self) -> String {
        let (local, digits, suffix) = match self {
            Self::Day(_) => (self.local_second(), 10, ""),
            Self::Local(_) => (self.local_second(), 19, ""),
            Self::Utc(_) => (self.local_second(), 19, "Z"),
        };
        let text = Timestamp::from_millis_clamped(local * 1000).to_rfc3339_bytes();
        let mut out = String::with_capacity(20);
        out.push_str(text.get(..digits).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default());
        out.push_str(suffix);
        out
    }

    /// The second as it is written: of the midnight of a day, of UTC for an instant.
    pub(super) fn local_second(self) -> i64 {
        match self {
            Self::Day(date) => i64::from(date.days()) * SECONDS_PER_DAY,
            Self::Local(local) => local.as_millis().div_euclid(1000),
            Self::Utc(instant) => instant.as_millis().div_euclid(1000),
        }
    }

    /// The date as it is written.
    pub(super) fn date(self) -> CivilDate {
        CivilDate::from_days(self.local_second().div_euclid(SECONDS_PER_DAY) as i32)
    }
}
