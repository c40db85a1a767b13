//! Bulk import: a body of any length becomes events, row by row, in transactions of a stated size.

mod format;
mod report;
mod run;
mod split;

use axum::http::{HeaderMap, header};
use client_event_scheduler::{ProblemCode, ZoneProvider, ZoneTable};
use serde::Deserialize;
use serde_json::value::RawValue;

pub use format::ImportFormat;
pub use report::{ImportMode, ImportReport, ImportState, RowProblems};
pub use run::{Import, Progress};

pub(super) use format::{Refused, too_large};
pub(super) use split::{Broken, Row, RowText};

use super::{Events, UnknownParameters, limits};
use crate::problem::ApiError;
use crate::store::StoreError;

/// The parameters of an import.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportParameters {
    /// `upsert` (the default: a row takes the place of the event that has its id) or `create` (such a row is refused).
    #[param(example = "upsert")]
    pub mode: Option<String>,
    /// `true` tries everything out and writes nothing.
    pub dry_run: Option<String>,
    /// An id of the client's own for the report, 1 to 64 letters, digits, `-` and `_`; otherwise the server makes one.
    pub import_id: Option<String>,
    /// For calendars: the IANA zone of times that name none.
    #[param(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Everything that is no parameter of an import.
    #[serde(flatten)]
    #[param(ignore)]
    pub rest: UnknownParameters,
}

/// An import about to begin.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    pub(super) mode: ImportMode,
    pub(super) dry_run: bool,
    pub(super) import_id: String,
    pub(super) time_zone: Option<String>,
    pub(super) format: ImportFormat,
}

impl ImportOptions {
    /// Reads what a request says of its body.
    ///
    /// # Errors
    ///
    /// `INVALID_INPUT`, `UNSUPPORTED_MEDIA_TYPE`, `BODY_TOO_LARGE`, or `STORE_ERROR` where no id can be made.
    pub fn read(parameters: &ImportParameters, headers: &HeaderMap) -> Result<Self, ApiError> {
        parameters.rest.refuse()?;
        let announced =
            headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|bytes: u64| bytes > limits::IMPORT_BYTES) {
            return Err(ApiError::BodyTooLarge { maximum: limits::IMPORT_BYTES });
        }
        Ok(Self {
            format: ImportFormat::of(headers)?,
            mode: match parameters.mode.as_deref() {
                None | Some("upsert") => ImportMode::Upsert,
                Some("create") => ImportMode::Create,
                Some(other) => return Err(one_of("mode", other, "upsert, create")),
            },
            dry_run: match parameters.dry_run.as_deref() {
                None | Some("false") => false,
                Some("true") => true,
                Some(other) => return Err(one_of("dry_run", other, "true, false")),
            },
            import_id: match &parameters.import_id {
                Some(id) => check_id(id)?,
                None => random_id()?,
            },
            time_zone: parameters.time_zone.as_deref().map(check_zone).transpose()?,
        })
    }
}

impl Events {
    /// Returns the report of an import, as JSON.
    ///
    /// # Errors
    ///
    /// `IMPORT_NOT_FOUND` or `STORE_ERROR`.
    pub async fn import_report(&self, import_id: &str) -> Result<Box<RawValue>, ApiError> {
        let not_found = || ApiError::ImportNotFound { import_id: import_id.to_owned() };
        let row = self.store.import_record(import_id).await?.ok_or_else(not_found)?;
        raw(row.report)
    }

    /// Returns the reports of the latest imports, the latest first, as JSON.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn import_reports(&self) -> Result<Vec<Box<RawValue>>, ApiError> {
        let rows = self.store.import_records(limits::IMPORTS_LISTED).await?;
        rows.into_iter().map(|row| raw(row.report)).collect()
    }
}

fn raw(report: String) -> Result<Box<RawValue>, ApiError> {
    let damaged = |error| StoreError::Damaged { what: format!("a report: {error}") };
    Ok(RawValue::from_string(report).map_err(damaged)?)
}

fn one_of(field: &'static str, found: &str, known: &str) -> ApiError {
    ApiError::field(field, ProblemCode::SettingInvalid, format!("is {found:?}: write one of {known}"))
}

fn check_id(id: &str) -> Result<String, ApiError> {
    let fits = (1..=limits::IMPORT_ID_CHARS).contains(&id.len());
    if fits && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Ok(id.to_owned());
    }
    let message = format!("has to be 1 to {} letters, digits, - and _", limits::IMPORT_ID_CHARS);
    Err(ApiError::field("import_id", ProblemCode::SettingInvalid, message))
}

fn check_zone(name: &str) -> Result<String, ApiError> {
    if ZoneTable::embedded().zone(name).is_some() {
        return Ok(name.to_owned());
    }
    let message = match ZoneTable::embedded().suggest(name) {
        Some(nearest) => format!("{name:?} is not an IANA time zone: did you mean {nearest}?"),
        None => format!("{name:?} is not an IANA time zone: write one such as Europe/Berlin"),
    };
    Err(ApiError::field("time_zone", ProblemCode::TimeZoneUnknown, message))
}

fn random_id() -> Result<String, ApiError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(StoreError::NoRandomness)?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}
