//! The reader of dates in text: RFC 3339 §5.6 with an offset, and the same without one, as a wall clock shows it.

use super::civil::{CivilDateTime, MILLIS_PER_DAY, days_from_civil, days_in_month};
use super::date_error::{DateError, DateErrorKind, DatePart, DateSeparator};
use super::timestamp::Timestamp;

/// What a date in text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParsedDate {
    /// An instant: the text has an offset or `Z`.
    Instant(Timestamp),
    /// What a clock on the wall shows: the text has no offset and needs a time zone to become an instant.
    Local(CivilDateTime),
}

/// Reads `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS[.fraction]]` or the latter followed by `Z` or `±HH:MM`.
///
/// - `t` or a space may stand for `T`, `z` for `Z`; seconds may be left out, as the date inputs of HTML do.
/// - A bare date is 00:00 of that day.
/// - A fraction has one to nine digits and is cut to milliseconds.
/// - Second 60 is the first second of the next minute, as POSIX counts; days always have 86 400 seconds.
///
/// # Errors
///
/// A [`DateError`] that tells the first thing that is wrong, the byte where, and what to write instead.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::time::{ParsedDate, parse_date};
///
/// assert!(matches!(parse_date("2026-03-29T10:15:00+02:00"), Ok(ParsedDate::Instant(_))));
/// assert!(matches!(parse_date("2026-03-29 10:15"), Ok(ParsedDate::Local(_))));
///
/// let error = parse_date("2026-02-30").unwrap_err();
/// assert_eq!(error.to_string(), "February 2026 has no day 30; write 01 to 28 (at byte 8)");
/// ```
#[inline]
pub fn parse_date(text: &str) -> Result<ParsedDate, DateError> {
    parse_date_bytes(text.as_bytes())
}

/// The same for a text whose UTF-8 nobody has checked.
#[inline]
pub(crate) fn parse_date_bytes(text: &[u8]) -> Result<ParsedDate, DateError> {
    match common_form(text) {
        Some(instant) => Ok(ParsedDate::Instant(instant)),
        None => parse_any(text),
    }
}

/// Reads the forms that nearly all dates have, `YYYY-MM-DDTHH:MM:SS[.fff]` with `Z` or an offset: eight bytes at a time, and
/// nothing if anything at all is unusual.
#[inline]
fn common_form(text: &[u8]) -> Option<Timestamp> {
    let (&date, rest) = text.split_first_chunk::<8>()?;
    let (&time, rest) = rest.split_first_chunk::<8>()?;
    let (&[colon, tens, units], rest) = rest.split_first_chunk::<3>()?;
    let date = two_digit_lanes(date, const { Form::new(b"0000-00-") })?;
    let time = two_digit_lanes(time, const { Form::new(b"00T00:00") })?;
    let second =
        two_digit_lanes([colon, tens, units, 0, 0, 0, 0, 0], const { Form::new(b":00\0\0\0\0\0") })?[1];
    let (fraction, rest) = match rest {
        [b'.', a, b, c, rest @ ..] => (three_digits(*a, *b, *c)?, rest),
        rest => (0, rest),
    };
    let offset_minutes = match *rest {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), a, b, c, d, e] => {
            let lanes = two_digit_lanes([a, b, c, d, e, 0, 0, 0], const { Form::new(b"00:00\0\0\0") })?;
            let (hours, minutes) = (i64::from(lanes[0]), i64::from(lanes[3]));
            if hours > 23 || minutes > 59 {
                return None;
            }
            if sign == b'+' { hours * 60 + minutes } else { -(hours * 60 + minutes) }
        }
        _ => return None,
    };
    let (year, month, day) = (i32::from(date[0]) * 100 + i32::from(date[2]), date[5], time[0]);
    let (hour, minute) = (time[3], time[6]);
    if !(1..=12).contains(&month) || day == 0 || day > 28 && day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let minutes = i64::from(hour) * 60 + i64::from(minute) - offset_minutes;
    let millis = minutes * 60_000 + i64::from(second) * 1000 + fraction;
    Timestamp::from_millis(i64::from(days_from_civil(year, month, day)) * MILLIS_PER_DAY + millis)
}

/// Eight characters of which some are separators and `0` stands for any digit.
#[derive(Clone, Copy)]
struct Form {
    text: u64,
    /// All bits of each byte that is a separator.
    separators: u64,
}

impl Form {
    const fn new(text: &[u8; 8]) -> Self {
        let mut separators = 0;
        let mut at = 0;
        while at < text.len() {
            if text[at] != b'0' {
                separators |= 0xFF << (8 * at);
            }
            at += 1;
        }
        Self { text: u64::from_le_bytes(*text), separators }
    }
}

/// Compares `text` with `form`; in each byte of the answer stands the number that the digits
/// there and behind it make.
#[inline(always)]
fn two_digit_lanes(text: [u8; 8], form: Form) -> Option<[u8; 8]> {
    const HIGH_NIBBLES: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    const SIX_EACH: u64 = 0x0606_0606_0606_0606;
    // What is equal becomes 0 and a digit its value; of all others, a high nibble is set here or once 6 is added.
    let digits = u64::from_le_bytes(text) ^ form.text;
    if (digits | digits.wrapping_add(SIX_EACH)) & HIGH_NIBBLES | digits & form.separators != 0 {
        return None;
    }
    // No byte exceeds 99, so that none carries into the next.
    Some((digits * 10 + (digits >> 8)).to_le_bytes())
}

#[inline(always)]
fn three_digits(a: u8, b: u8, c: u8) -> Option<i64> {
    let (a, b, c) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'), c.wrapping_sub(b'0'));
    if a > 9 || b > 9 || c > 9 {
        return None;
    }
    Some(i64::from(a) * 100 + i64::from(b) * 10 + i64::from(c))
}

fn parse_any(text: &[u8]) -> Result<ParsedDate, DateError> {
    let mut reader = Reader { bytes: text, at: 0 };
    let day_start = reader.date()?;
    if reader.is_at_end() {
        return in_range(day_start, 0).map(local);
    }
    reader.separator(DateSeparator::Time)?;
    let millis = day_start + reader.time_of_day()?;
    if reader.is_at_end() {
        return in_range(millis, 0).map(local);
    }
    let offset_ms = reader.offset()?;
    if !reader.is_at_end() {
        return Err(reader.fails(reader.unexpected()));
    }
    in_range(millis, offset_ms).map(ParsedDate::Instant)
}

fn local(as_if_utc: Timestamp) -> ParsedDate {
    ParsedDate::Local(CivilDateTime::from_millis_unchecked(as_if_utc.as_millis()))
}

fn in_range(millis: i64, offset_ms: i64) -> Result<Timestamp, DateError> {
    Timestamp::from_millis(millis - offset_ms).ok_or_else(|| DateError::new(DateErrorKind::OutOfRange, 0))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// Reads `YYYY-MM-DD` and returns the milliseconds since 1970-01-01 at its midnight.
    #[inline(always)]
    fn date(&mut self) -> Result<i64, DateError> {
        let year = 100 * self.two_digits(DatePart::Year, 99)? + self.two_digits(DatePart::Year, 99)?;
        self.separator(DateSeparator::Dash)?;
        let month = self.two_digits(DatePart::Month, 12)? as u8;
        if month == 0 {
            return Err(self.fails_before(DateErrorKind::Value(DatePart::Month, 0)));
        }
        self.separator(DateSeparator::Dash)?;
        let day = self.two_digits(DatePart::Day, 31)? as u8;
        if day == 0 || day > 28 && day > days_in_month(i32::from(year), month) {
            return Err(self.fails_before(DateErrorKind::NoSuchDay { year, month, day }));
        }
        Ok(i64::from(days_from_civil(i32::from(year), month, day)) * MILLIS_PER_DAY)
    }

    /// Reads `HH:MM[:SS[.fraction]]` and returns it in milliseconds.
    #[inline(always)]
    fn time_of_day(&mut self) -> Result<i64, DateError> {
        let hour = self.two_digits(DatePart::Hour, 23)?;
        self.separator(DateSeparator::Colon)?;
        let minute = self.two_digits(DatePart::Minute, 59)?;
        let mut millis = (i64::from(hour) * 60 + i64::from(minute)) * 60_000;
        if self.accepts(b':') {
            millis += i64::from(self.two_digits(DatePart::Second, 60)?) * 1000;
            if self.accepts(b'.') {
                millis += i64::from(self.fraction()?);
            }
        }
        Ok(millis)
    }

    /// Reads one to nine digits after the decimal point and returns the milliseconds that they make.
    fn fraction(&mut self) -> Result<u32, DateError> {
        let start = self.at;
        let mut millis = 0;
        let mut weight = 100;
        while let Some(digit) = self.peek().map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit <= 9) {
            millis += u32::from(digit) * weight;
            weight /= 10;
            self.at += 1;
        }
        match self.at - start {
            0 => Err(self.fails(DateErrorKind::Digits(DatePart::Fraction))),
            1..=9 => Ok(millis),
            _ => Err(DateError::new(DateErrorKind::FractionTooLong, start)),
        }
    }

    /// Reads `Z` or `±HH:MM` and returns the offset in milliseconds, positive east of Greenwich.
    #[inline(always)]
    fn offset(&mut self) -> Result<i64, DateError> {
        let sign = match self.peek() {
            Some(b'Z' | b'z') => {
                self.at += 1;
                return Ok(0);
            }
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(self.fails(self.unexpected())),
        };
        self.at += 1;
        let hours = self.two_digits(DatePart::OffsetHour, 23)?;
        self.separator(DateSeparator::OffsetColon)?;
        let minutes = self.two_digits(DatePart::OffsetMinute, 59)?;
        Ok(sign * (i64::from(hours) * 60 + i64::from(minutes)) * 60_000)
    }

    #[inline(always)]
    fn two_digits(&mut self, part: DatePart, largest: u16) -> Result<u16, DateError> {
        let Some(&[tens, units]) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk) else {
            return Err(self.fails(DateErrorKind::Digits(part)));
        };
        let (tens, units) = (tens.wrapping_sub(b'0'), units.wrapping_sub(b'0'));
        if tens > 9 || units > 9 {
            return Err(self.fails(DateErrorKind::Digits(part)));
        }
        let value = u16::from(tens * 10 + units);
        if value > largest {
            return Err(self.fails(DateErrorKind::Value(part, value)));
        }
        self.at += 2;
        Ok(value)
    }

    #[inline(always)]
    fn separator(&mut self, wanted: DateSeparator) -> Result<(), DateError> {
        let found = match (wanted, self.peek()) {
            (DateSeparator::Dash, Some(b'-'))
            | (DateSeparator::Time, Some(b'T' | b't' | b' '))
            | (DateSeparator::Colon | DateSeparator::OffsetColon, Some(b':')) => true,
            (_, _) => false,
        };
        if !found {
            return Err(self.fails(DateErrorKind::Separator(wanted)));
        }
        self.at += 1;
        Ok(())
    }

    #[inline(always)]
    fn accepts(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Says what is wrong with the text at the reader's place, where the date should have ended.
    #[cold]
    fn unexpected(&self) -> DateErrorKind {
        if self.peek() == Some(b'[') { DateErrorKind::ZoneName } else { DateErrorKind::Trailing }
    }

    /// An error at the reader's place, which for digits is where their part of the date begins.
    #[cold]
    fn fails(&self, kind: DateErrorKind) -> DateError {
        match kind {
            _ if self.bytes.is_empty() => DateError::new(DateErrorKind::Empty, 0),
            DateErrorKind::Digits(DatePart::Year) => DateError::new(kind, 0),
            _ => DateError::new(kind, self.at),
        }
    }

    /// An error about the two digits that were just read.
    #[cold]
    fn fails_before(&self, kind: DateErrorKind) -> DateError {
        DateError::new(kind, self.at - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_form_is_read() {
        let instant = |ms| ParsedDate::Instant(Timestamp::from_millis_unchecked(ms));
        let local = |ms| ParsedDate::Local(CivilDateTime::from_millis_unchecked(ms));
        for (text, expected) in [
            ("2026-03-29T10:15:00+02:00", instant(1_774_772_100_000)),
            ("2026-03-29T10:15+02:00", instant(1_774_772_100_000)),
            ("2026-03-29t08:15:00z", instant(1_774_772_100_000)),
            ("2026-03-29 08:15Z", instant(1_774_772_100_000)),
            ("2026-03-28T19:45:00.5-12:30", instant(1_774_772_100_500)),
            ("2026-03-29T08:15:00-00:00", instant(1_774_772_100_000)),
            ("2026-03-29T08:15:00.1239Z", instant(1_774_772_100_123)),
            ("2026-03-29T08:15:00.000000001Z", instant(1_774_772_100_000)),
            ("1969-12-31T23:59:59.9999Z", instant(-1)),
            ("2016-12-31T23:59:60Z", instant(1_483_228_800_000)),
            ("2016-12-31T23:59:60.250Z", instant(1_483_228_800_250)),
            ("2026-03-29T10:15:00", local(1_774_779_300_000)),
            ("2026-03-29 10:15", local(1_774_779_300_000)),
            ("2026-03-29T10:15:00.04", local(1_774_779_300_040)),
            ("2026-03-29", local(1_774_742_400_000)),
            ("2016-12-31T23:59:60", local(1_483_228_800_000)),
            ("2024-02-29", local(1_709_164_800_000)),
            ("0001-01-01T00:00Z", ParsedDate::Instant(Timestamp::MIN)),
            ("9999-12-31T23:59:59.999Z", ParsedDate::Instant(Timestamp::MAX)),
        ] {
            assert_eq!(parse_date(text), Ok(expected), "{text}");
        }
    }

    /// Whether [`common_form`] reads `text`, after having compared what it reads with what [`parse_any`] does.
    fn is_common(text: &[u8]) -> bool {
        let common = common_form(text);
        if let Some(instant) = common {
            assert_eq!(parse_any(text), Ok(ParsedDate::Instant(instant)), "{}", text.escape_ascii());
        }
        common.is_some()
    }

    #[test]
    fn the_common_form_is_read_as_any_other() {
        for text in [
            "2026-03-29T10:15:00+02:00",
            "2026-03-29T08:15:59Z",
            "2024-02-29T08:15:00.123Z",
            "2026-12-31T23:59:59.999-12:30",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert!(is_common(text.as_bytes()), "{text}");
            // Every text that differs from it in one byte, and every one that is cut short.
            for at in 0..text.len() {
                for byte in 0..=255 {
                    let mut other = text.as_bytes().to_vec();
                    other[at] = byte;
                    is_common(&other);
                }
                assert!(!is_common(&text.as_bytes()[..at]));
            }
            assert!(!is_common(format!("{text} ").as_bytes()));
        }
        for month in 0..=19 {
            for day in 0..=39 {
                for year in ["2023", "2024", "1900", "2000", "0000"] {
                    is_common(format!("{year}-{month:02}-{day:02}T00:00:00Z").as_bytes());
                }
            }
        }
        for text in ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2016-12-31T23:59:60Z"] {
            assert!(!is_common(text.as_bytes()), "{text}");
        }
    }
}
