//! What a recurrence would do, before it is scheduled: read and reckoned just as it would be stored.

use client_event_scheduler::recurrence::Preview;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::SchedulingService;
use super::request::{TimezoneContext, previewed};
use super::rule::schedule_of;
use super::views::Rendering;
use crate::problem::{ApiError, FieldProblem};

/// Occurrences that are shown unless somebody asks for more or fewer.
const USUAL: u16 = 10;

/// Occurrences that are shown at most.
const MOST: u16 = 1_000;

/// A recurrence as it would be scheduled.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    /// When it begins: with an offset, or without one as the clocks of `execution_timezone` show it.
    #[schema(example = "2026-05-01T09:00:00")]
    pub scheduled_time: String,
    /// The zones that belong to it.
    pub timezone_context: Option<TimezoneContext>,
    /// See scheduling.
    #[schema(value_type = serde_json::Value)]
    pub recurrence: Box<RawValue>,
    /// See scheduling.
    pub disambiguation: Option<String>,
    /// How many occurrences to show: 10 unless given, at most 1 000.
    #[schema(minimum = 1, maximum = 1_000)]
    pub limit: Option<u16>,
}

/// What a recurrence means.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewAnswer {
    /// Always true.
    pub success: bool,
    /// The recurrence in iCalendar's form.
    pub recurrence: String,
    /// The recurrence in words.
    pub recurrence_text: String,
    /// The first occurrences to come, as the clocks of `execution_timezone` show them.
    pub occurrences: Vec<String>,
    /// Whether there are no others.
    pub complete: bool,
    /// Why the search was given up, so that nobody knows whether there are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl SchedulingService {
    /// Shows when a recurrence occurs from now on.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, as for scheduling.
    pub fn preview(&self, body: &PreviewBody) -> Result<PreviewAnswer, ApiError> {
        let limit = body.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            let message = format!("is {limit}: write 1 to {MOST}");
            return Err(FieldProblem::new("limit", "RANGE_INVALID", message).into());
        }
        let (recurrence, zone) = previewed(body)?;
        let rendering = Rendering::named(zone.as_deref())?;
        let preview = Preview::of(&schedule_of(&recurrence)?, self.now(), usize::from(limit));
        Ok(PreviewAnswer {
            success: true,
            recurrence: recurrence.to_string(),
            recurrence_text: recurrence.describe(),
            occurrences: preview.occurrences.into_iter().map(|at| rendering.show(at)).collect(),
            complete: preview.complete,
            stopped: preview.stopped.map(|stopped| stopped.to_string()),
        })
    }
}
