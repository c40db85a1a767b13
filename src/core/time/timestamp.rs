//! The instant that every other part of the core computes with.

use std::fmt;

use super::civil::{CivilDateTime, write_digits};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, without leap seconds, in the years 1 to 9999.
///
/// # Examples
///
/// ```
/// use client_event_scheduler::time::Timestamp;
///
/// let start = Timestamp::from_millis(1_774_772_100_000).expect("within the years 1 to 9999");
/// assert_eq!(start.to_string(), "2026-03-29T08:15:00.000Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant: 0001-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The last instant: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);
    /// 1970-01-01T00:00:00.000Z.
    pub const EPOCH: Self = Self(0);

    /// Makes a timestamp from epoch milliseconds, or nothing outside of the years 1 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < Self::MIN.0 || millis > Self::MAX.0 { None } else { Some(Self(millis)) }
    }

    /// Makes a timestamp from epoch milliseconds that the caller knows to lie within the years 1 to 9999.
    ///
    /// A value out of range is not unsafe; it is printed and compared wrongly. Debug builds assert.
    #[must_use]
    pub const fn from_millis_unchecked(millis: i64) -> Self {
        debug_assert!(millis >= Self::MIN.0 && millis <= Self::MAX.0);
        Self(millis)
    }

    /// Makes a timestamp from epoch milliseconds; what lies beyond [`MIN`](Self::MIN) or [`MAX`](Self::MAX) stops there.
    #[must_use]
    pub const fn from_millis_clamped(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the instant `delta_ms` later (earlier if negative), stopping at [`MIN`](Self::MIN) and [`MAX`](Self::MAX).
    #[must_use]
    pub const fn saturating_add_ms(self, delta_ms: i64) -> Self {
        Self::from_millis_clamped(self.0.saturating_add(delta_ms))
    }

    /// Returns how many milliseconds this instant is after `earlier`; negative if it is before.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Returns the date and time of day that a clock in UTC shows.
    #[must_use]
    pub const fn civil_utc(self) -> CivilDateTime {
        CivilDateTime::from_millis_unchecked(self.0)
    }

    /// Returns the instant as RFC 3339 text in UTC with three fractional digits, as 24 ASCII bytes.
    #[must_use]
    pub fn to_rfc3339_bytes(self) -> [u8; 24] {
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let [local @ .., _] = &mut text;
        write_digits(self.civil_utc(), local);
        text
    }

    /// Appends the instant to `out` as RFC 3339 text in UTC with three fractional digits.
    pub fn write_rfc3339(self, out: &mut String) {
        out.push_str(str::from_utf8(&self.to_rfc3339_bytes()).unwrap_or_default());
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.to_rfc3339_bytes()).unwrap_or_default())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_the_years_1_and_9999() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(Timestamp::MIN.as_millis() - 1), None);
        assert_eq!(Timestamp::from_millis(Timestamp::MAX.as_millis() + 1), None);
        assert_eq!(Timestamp::from_millis(i64::MIN), None);
    }

    #[test]
    fn adding_stops_at_the_limits() {
        assert_eq!(Timestamp::MAX.saturating_add_ms(1), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.saturating_add_ms(i64::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::EPOCH.saturating_add_ms(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH.saturating_add_ms(-5).as_millis(), -5);
    }

    #[test]
    fn text_always_has_three_fractional_digits_and_z() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            let mut out = String::from("@");
            Timestamp::from_millis_unchecked(millis).write_rfc3339(&mut out);
            assert_eq!(out, format!("@{text}"));
        }
    }
}
