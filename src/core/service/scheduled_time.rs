//! Reading the time for which something is scheduled: never guessing a zone.

use crate::error::{Problem, ProblemCode};
use crate::time::{CivilDateTime, Disambiguation, ParsedDate, Timestamp, Zone, ZoneProvider, parse_date};

/// What clocks did to a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// They skip it: it was moved.
    Gap,
    /// They show it twice: one of the two was taken.
    Fold,
}

impl Adjustment {
    /// Wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Fold => "fold",
        }
    }
}

/// How a time is read.
#[derive(Clone, Copy)]
pub struct TimeReading<'a> {
    /// Where zones are found.
    pub zones: &'a dyn ZoneProvider,
    /// The IANA zone of times that name no offset.
    pub time_zone: Option<&'a str>,
    /// Which instant a local time is that clocks skip or show twice.
    pub disambiguation: Disambiguation,
}

impl std::fmt::Debug for TimeReading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimeReading").field("time_zone", &self.time_zone).finish_non_exhaustive()
    }
}

/// The time for which something is scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledTime {
    /// When it is due.
    pub instant: Timestamp,
    /// What was written, where it named no offset.
    pub local: Option<CivilDateTime>,
    /// What clocks did to it.
    pub adjustment: Option<Adjustment>,
}

impl<'a> TimeReading<'a> {
    /// Finds the zone by its IANA name.
    ///
    /// # Errors
    ///
    /// `TIME_ZONE_UNKNOWN`, with the nearest name.
    pub fn zone_named(&self, name: &str, field: &'static str) -> Result<&'a Zone, Problem> {
        self.zones.zone(name).ok_or_else(|| {
            let meant = self.zones.suggest(name).unwrap_or("Europe/Berlin");
            let message = format!("{name:?} is no IANA time zone: write one such as {meant}");
            Problem::new(field, ProblemCode::TimeZoneUnknown, message)
        })
    }

    /// Reads a time: an instant with an offset, or what clocks show in the zone. `field` is where it stands, `zone_field` where the zone
    /// does.
    ///
    /// # Errors
    ///
    /// What is wrong with either; a time without an offset and without a zone is `TIME_ZONE_REQUIRED`.
    pub fn read(
        &self,
        text: &str,
        field: &'static str,
        zone_field: &'static str,
    ) -> Result<ScheduledTime, Problem> {
        let zone = self.time_zone.map(|name| self.zone_named(name, zone_field)).transpose()?;
        let parsed = parse_date(text)
            .map_err(|error| Problem::new(field, ProblemCode::DateMalformed, error.to_string()))?;
        let local = match parsed {
            ParsedDate::Instant(instant) => {
                return Ok(ScheduledTime { instant, local: None, adjustment: None });
            }
            ParsedDate::Local(local) => local,
        };
        let Some(zone) = zone else {
            let message = format!(
                "is missing, and {text:?} names no offset: name the IANA zone whose clocks show that time, such as Europe/Berlin"
            );
            return Err(Problem::new(zone_field, ProblemCode::TimeZoneRequired, message));
        };
        let instant = zone.resolve(local, self.disambiguation).map_err(|error| {
            let code = match error {
                crate::time::LocalTimeError::Nonexistent { .. } => ProblemCode::DateNonexistent,
                crate::time::LocalTimeError::Ambiguous { .. } => ProblemCode::DateAmbiguous,
                crate::time::LocalTimeError::OutOfRange => ProblemCode::DateOutOfRange,
            };
            Problem::new(field, code, error.to_string())
        })?;
        Ok(ScheduledTime { instant, local: Some(local), adjustment: adjustment(zone, local) })
    }
}

/// What the clocks of a zone do at a local time.
fn adjustment(zone: &Zone, local: CivilDateTime) -> Option<Adjustment> {
    match zone.resolve(local, Disambiguation::Reject) {
        Err(crate::time::LocalTimeError::Nonexistent { .. }) => Some(Adjustment::Gap),
        Err(crate::time::LocalTimeError::Ambiguous { .. }) => Some(Adjustment::Fold),
        Err(crate::time::LocalTimeError::OutOfRange) | Ok(_) => None,
    }
}
