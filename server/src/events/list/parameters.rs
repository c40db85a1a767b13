//! The parameters of lists and exports.

use std::collections::{BTreeMap, BTreeSet};

use client_event_scheduler::time::{ParsedDate, parse_date};
use client_event_scheduler::{
    ApprovalStatus, Disambiguation, Phase, ProblemCode, Timestamp, ZoneProvider, ZoneTable,
};
use serde::Deserialize;

use super::super::fold::fold;
use super::super::index::approval_text;
use super::super::{DateSettings, limits};
use super::{ListOrder, read_limit};
use crate::problem::ApiError;
use crate::store::{ListFilter, ListSort};

const SORTS: [(&str, ListSort); 6] = [
    ("id", ListSort::Id),
    ("start", ListSort::Start),
    ("registration_start", ListSort::RegistrationStart),
    ("name", ListSort::Name),
    ("updated_at", ListSort::UpdatedAt),
    ("next_trigger", ListSort::NextTrigger),
];

const APPROVALS: [ApprovalStatus; 4] = [
    ApprovalStatus::Unstated,
    ApprovalStatus::PendingApproval,
    ApprovalStatus::Approved,
    ApprovalStatus::Declined,
];

/// Which events. Every parameter that is given has to apply; several values of one, separated by commas, are alternatives.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct FilterParameters {
    /// Statuses at the instant of the request, such as `upcoming,ongoing`.
    #[param(example = "upcoming,ongoing")]
    pub status: Option<String>,
    /// Sub-statuses at the instant of the request, such as `registration_open`.
    #[param(example = "registration_open")]
    pub sub_status: Option<String>,
    /// Values of `event_approval_status`; `unstated` where the event has none.
    #[param(example = "approved,unstated")]
    pub approval: Option<String>,
    /// Whether the event is published: `true` or `false`.
    pub published: Option<String>,
    /// Whether the event cannot be understood: `true` or `false`.
    pub quarantined: Option<String>,
    /// The whole venue, in any case, with or without accents.
    pub venue: Option<String>,
    /// Words, each of which occurs in name, venue or id, in any case, with or without accents.
    #[param(example = "gala berlin")]
    pub q: Option<String>,
    /// Registration opens at this instant or later.
    #[param(example = "2026-05-01T00:00:00Z")]
    pub registration_start_from: Option<String>,
    /// Registration opens before this instant.
    pub registration_start_until: Option<String>,
    /// Registration closes at this instant or later.
    pub registration_end_from: Option<String>,
    /// Registration closes before this instant.
    pub registration_end_until: Option<String>,
    /// The event starts at this instant or later.
    #[param(example = "2026-05-01T00:00:00Z")]
    pub start_from: Option<String>,
    /// The event starts before this instant.
    #[param(example = "2026-06-01T00:00:00Z")]
    pub start_until: Option<String>,
    /// The event ends at this instant or later.
    pub end_from: Option<String>,
    /// The event ends before this instant.
    pub end_until: Option<String>,
    /// Certificates open at this instant or later.
    pub certificate_start_from: Option<String>,
    /// Certificates open before this instant.
    pub certificate_start_until: Option<String>,
    /// Certificates lapse at this instant or later.
    pub certificate_end_from: Option<String>,
    /// Certificates lapse before this instant.
    pub certificate_end_until: Option<String>,
    /// The event was changed at this instant or later.
    pub changed_since: Option<String>,
}

/// Which events, in which order, how many.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// Which events.
    #[serde(flatten)]
    #[param(ignore)]
    pub filter: FilterParameters,
    /// What to sort by: `id` (the default), `start`, `registration_start`, `name`, `updated_at` or `next_trigger`. Events that are
    /// equal in it come in the order of their ids, those without such a date last.
    #[param(example = "start")]
    pub sort: Option<String>,
    /// `asc` (the default) or `desc`.
    #[param(example = "desc")]
    pub order: Option<String>,
    /// Events on a page, 1 to 500. Without it, and without a cursor, the answer is the whole list, streamed.
    #[param(example = "100")]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before, of a list with the same filter and order.
    pub cursor: Option<String>,
    /// Everything that is no parameter of a list.
    #[serde(flatten)]
    #[param(ignore)]
    pub rest: UnknownParameters,
}

/// Parameters that a route does not know. A filter with a slip in its name must not let every event through.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct UnknownParameters(BTreeMap<String, serde::de::IgnoredAny>);

impl UnknownParameters {
    /// Refuses them, but for what every route takes.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`.
    pub fn refuse(&self) -> Result<(), ApiError> {
        match self.0.keys().find(|name| *name != AFTER_SEQ) {
            None => Ok(()),
            Some(name) => {
                let message = "is no parameter of this route: docs/http-api.md lists them";
                Err(ApiError::field(name.clone(), ProblemCode::SettingInvalid, message))
            }
        }
    }
}

/// The parameter of every reading route.
const AFTER_SEQ: &str = "after_seq";

impl ListParameters {
    /// The order that is asked for.
    pub(in super::super) fn order(&self) -> Result<ListOrder, ApiError> {
        let sort = match self.sort.as_deref() {
            None => ListSort::Id,
            Some(name) => {
                let found = SORTS.into_iter().find(|(known, _)| *known == name);
                found.ok_or_else(|| unknown("sort", name, SORTS.map(|(known, _)| known)))?.1
            }
        };
        let descending = match self.order.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => return Err(unknown("order", other, ["asc", "desc"])),
        };
        Ok(ListOrder { sort, descending })
    }

    /// How many events on a page; `None` for the whole list.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`.
    pub fn page_limit(&self) -> Result<Option<u32>, ApiError> {
        self.rest.refuse()?;
        let limit = read_limit(self.limit.as_deref())?;
        Ok(limit.or_else(|| self.cursor.is_some().then_some(limits::LIST_LIMIT)))
    }
}

impl FilterParameters {
    /// The filter that is asked for, with dates without offset read as this server reads those of events.
    pub(in super::super) fn read(&self, dates: &DateSettings) -> Result<ListFilter, ApiError> {
        let windows = [
            ("registration_start", &self.registration_start_from, &self.registration_start_until),
            ("registration_end", &self.registration_end_from, &self.registration_end_until),
            ("start", &self.start_from, &self.start_until),
            ("end", &self.end_from, &self.end_until),
            ("certificate_start", &self.certificate_start_from, &self.certificate_start_until),
            ("certificate_end", &self.certificate_end_from, &self.certificate_end_until),
        ];
        let mut filter = ListFilter {
            phases: self.phases()?,
            approvals: self.approvals()?,
            published: boolean("published", self.published.as_deref())?,
            quarantined: boolean("quarantined", self.quarantined.as_deref())?,
            venue_key: self.venue.as_deref().map(fold),
            terms: terms(self.q.as_deref())?,
            changed_since: instant("changed_since", self.changed_since.as_deref(), dates)?,
            ..ListFilter::default()
        };
        for (place, (name, from, until)) in windows.into_iter().enumerate() {
            let from = instant(&format!("{name}_from"), from.as_deref(), dates)?;
            let until = instant(&format!("{name}_until"), until.as_deref(), dates)?;
            filter.windows[place] = (from, until);
        }
        Ok(filter)
    }

    fn phases(&self) -> Result<Option<Vec<u8>>, ApiError> {
        let statuses = words("status", self.status.as_deref(), Phase::ALL.map(Phase::status))?;
        let sub_statuses =
            words("sub_status", self.sub_status.as_deref(), Phase::ALL.map(Phase::sub_status))?;
        if statuses.is_none() && sub_statuses.is_none() {
            return Ok(None);
        }
        let has =
            |wanted: &Option<BTreeSet<&str>>, word| wanted.as_ref().is_none_or(|set| set.contains(word));
        let phases = Phase::ALL
            .into_iter()
            .filter(|phase| has(&statuses, phase.status()) && has(&sub_statuses, phase.sub_status()));
        Ok(Some(phases.map(|phase| phase as u8).collect()))
    }

    fn approvals(&self) -> Result<Option<Vec<&'static str>>, ApiError> {
        let found = words("approval", self.approval.as_deref(), APPROVALS.map(approval_text))?;
        Ok(found.map(|set| set.into_iter().collect()))
    }
}

/// Reads words that are separated by commas, all of which have to be known.
fn words<const N: usize>(
    field: &'static str,
    text: Option<&str>,
    known: [&'static str; N],
) -> Result<Option<BTreeSet<&'static str>>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let find = |word: &str| {
        let found = known.into_iter().find(|each| *each == word);
        found.ok_or_else(|| unknown(field, word, known))
    };
    text.split(',').map(str::trim).map(find).collect::<Result<_, _>>().map(Some)
}

fn unknown<const N: usize>(field: &'static str, found: &str, known: [&'static str; N]) -> ApiError {
    let known: BTreeSet<_> = known.into_iter().collect();
    let known = Vec::from_iter(known).join(", ");
    ApiError::field(field, ProblemCode::SettingInvalid, format!("is {found:?}: write one of {known}"))
}

fn boolean(field: &'static str, text: Option<&str>) -> Result<Option<bool>, ApiError> {
    match text {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(other) => Err(unknown(field, other, ["true", "false"])),
    }
}

fn terms(text: Option<&str>) -> Result<Vec<String>, ApiError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let terms: Vec<_> = text.split_whitespace().map(fold).filter(|term| !term.is_empty()).collect();
    if text.len() > limits::SEARCH_BYTES || terms.len() > limits::SEARCH_TERMS {
        let message = format!(
            "is too long: write at most {} words in {} bytes",
            limits::SEARCH_TERMS,
            limits::SEARCH_BYTES
        );
        return Err(ApiError::field("q", ProblemCode::TextTooLong, message));
    }
    Ok(terms)
}

/// Reads an instant as the core reads the dates of events.
fn instant(field: &str, text: Option<&str>, dates: &DateSettings) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let refuse = |code, message: String| Err(ApiError::field(field.to_owned(), code, message));
    let local = match parse_date(text) {
        Ok(ParsedDate::Instant(instant)) => return Ok(Some(instant)),
        Ok(ParsedDate::Local(local)) => local,
        Err(error) => return refuse(ProblemCode::DateMalformed, error.to_string()),
    };
    let zone = dates.default_time_zone.as_deref().and_then(|name| ZoneTable::embedded().zone(name));
    let Some(zone) = zone else {
        let message =
            "is a local time without any zone: add an offset such as Z or +02:00 (%2B02:00 in a URL)";
        return refuse(ProblemCode::TimeZoneRequired, message.into());
    };
    match zone.resolve(local, Disambiguation::Compatible) {
        Ok(instant) => Ok(Some(instant)),
        Err(error) => refuse(ProblemCode::DateOutOfRange, error.to_string()),
    }
}
