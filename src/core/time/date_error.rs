//! What can be wrong with a date in text, and the sentences that say what to write instead.

use std::fmt;

use super::civil::days_in_month;

/// Why a text is not a date, and where.
///
/// Its text is a sentence that says what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateError {
    kind: DateErrorKind,
    at: u32,
}

impl DateError {
    #[cold]
    pub(super) fn new(kind: DateErrorKind, at: usize) -> Self {
        Self { kind, at: u32::try_from(at).unwrap_or(u32::MAX) }
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn kind(&self) -> DateErrorKind {
        self.kind
    }

    /// Returns the byte of the text, counted from 0, at which it is wrong.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at as usize
    }

    /// Tells a well-formed date beyond the years 1 to 9999 from a malformed one.
    #[must_use]
    pub const fn is_out_of_range(&self) -> bool {
        matches!(self.kind, DateErrorKind::OutOfRange)
    }
}

/// What is wrong with a date in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateErrorKind {
    /// There is no text.
    Empty,
    /// The digits of this part are missing, too few, or not digits.
    Digits(DatePart),
    /// This part has a value that it never has (the second field).
    Value(DatePart, u16),
    /// The month has no such day.
    NoSuchDay {
        /// 0 to 9999.
        year: u16,
        /// 1 to 12.
        month: u8,
        /// The day that the month has not.
        day: u8,
    },
    /// Something else stands where this separator must.
    Separator(DateSeparator),
    /// The fraction has more than nine digits.
    FractionTooLong,
    /// The text goes on after the date.
    Trailing,
    /// A zone in brackets follows the date.
    ZoneName,
    /// The date is not within the years 1 to 9999 UTC.
    OutOfRange,
}

/// A part of a date that is written in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatePart {
    /// Four digits.
    Year,
    /// `01` to `12`.
    Month,
    /// `01` to `31`.
    Day,
    /// `00` to `23`.
    Hour,
    /// `00` to `59`.
    Minute,
    /// `00` to `60`.
    Second,
    /// One to nine digits.
    Fraction,
    /// `00` to `23`.
    OffsetHour,
    /// `00` to `59`.
    OffsetMinute,
}

/// What stands between the parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateSeparator {
    /// `-` between year, month and day.
    Dash,
    /// `T` or a space between date and time.
    Time,
    /// `:` between hour and minute.
    Colon,
    /// `:` in the offset.
    OffsetColon,
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DateErrorKind::Empty => {
                return f.write_str("the date is empty; write for example 2026-03-29T10:15:00Z");
            }
            DateErrorKind::OutOfRange => {
                return f.write_str("the date is outside of the years 0001 to 9999 UTC");
            }
            DateErrorKind::Digits(part) => f.write_str(part.wanted_digits())?,
            DateErrorKind::Value(part, value) => {
                write!(f, "{} {value:02} does not exist; {}", part.name(), part.wanted_value())?;
            }
            DateErrorKind::NoSuchDay { year, month, day } => {
                let last = days_in_month(i32::from(year), month);
                let name = MONTHS[usize::from(month - 1)];
                write!(f, "{name} {year:04} has no day {day:02}; write 01 to {last}")?;
            }
            DateErrorKind::Separator(separator) => f.write_str(separator.wanted())?,
            DateErrorKind::FractionTooLong => {
                f.write_str("write at most nine digits after the decimal point")?
            }
            DateErrorKind::Trailing => f.write_str(
                "the date should end here; after the time write nothing but Z or an offset such as +02:00",
            )?,
            DateErrorKind::ZoneName => {
                f.write_str(
                    "a date carries no zone name; write an offset, or give the zone as the time zone",
                )?;
            }
        }
        write!(f, " (at byte {})", self.at)
    }
}

impl std::error::Error for DateError {}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl DatePart {
    const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Fraction => "fraction",
            Self::OffsetHour => "an offset of hour",
            Self::OffsetMinute => "an offset of minute",
        }
    }

    const fn wanted_value(self) -> &'static str {
        match self {
            Self::Year => "write four digits",
            Self::Month => "write 01 to 12",
            Self::Day => "write 01 to 31",
            Self::Hour => "write 00 to 23, and midnight at the end of a day as 00:00 of the next",
            Self::Minute | Self::OffsetMinute => "write 00 to 59",
            Self::Second => "write 00 to 59, or 60 for a leap second",
            Self::Fraction => "write one to nine digits",
            Self::OffsetHour => "write 00 to 23",
        }
    }

    const fn wanted_digits(self) -> &'static str {
        match self {
            Self::Year => "a date begins with a year of four digits; write for example 2026-03-29",
            Self::Month => "write the month in two digits, 01 to 12",
            Self::Day => "write the day in two digits, 01 to 31",
            Self::Hour => "write the hour in two digits, 00 to 23",
            Self::Minute => "write the minute in two digits, 00 to 59",
            Self::Second => "write the second in two digits, 00 to 59",
            Self::Fraction => "write one to nine digits after the decimal point, or leave it out",
            Self::OffsetHour => "write the hours of the offset in two digits, for example +02:00",
            Self::OffsetMinute => "write the minutes of the offset in two digits, for example +02:00",
        }
    }
}

impl DateSeparator {
    const fn wanted(self) -> &'static str {
        match self {
            Self::Dash => "write - between year, month and day, for example 2026-03-29",
            Self::Time => "write T between date and time, for example 2026-03-29T10:15, or end the date here",
            Self::Colon => "write : between hour and minute, for example 10:15",
            Self::OffsetColon => "write : between the hours and minutes of the offset, for example +02:00",
        }
    }
}
