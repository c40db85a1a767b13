//! Errors, grouped by who must act. Each has a stable code that is the same in Rust, TypeScript and HTTP.
//!
//! A misfire, a stale update or a clock jump is an outcome, never an error.

use std::fmt;

/// What is wrong with one field of an event, or of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Wire name of the field; empty when the problem is the value as a whole.
    pub field: &'static str,
    /// Stable code.
    pub code: ProblemCode,
    /// One sentence for a person: what was found and what to write instead.
    pub message: String,
}

impl Problem {
    /// Makes a problem of `field`.
    pub fn new(field: &'static str, code: ProblemCode, message: impl Into<String>) -> Self {
        Self { field, code, message: message.into() }
    }
}

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every code, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable text of the code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why one field is refused.
    ProblemCode {
        /// There is no `event_id`, or it is empty.
        IdRequired => "ID_REQUIRED",
        /// The id has more than [`EVENT_ID_CHARS`](crate::limits::EVENT_ID_CHARS) characters.
        IdTooLong => "ID_TOO_LONG",
        /// The id contains a control character.
        IdControlCharacter => "ID_CONTROL_CHARACTER",
        /// The id in the object is not the one that was addressed.
        IdMismatch => "ID_MISMATCH",
        /// The value has another JSON type than the field.
        WrongType => "WRONG_TYPE",
        /// The text is not a date of one of the accepted forms.
        DateMalformed => "DATE_MALFORMED",
        /// The instant lies outside the years 1 to 9999.
        DateOutOfRange => "DATE_OUT_OF_RANGE",
        /// The number is too small to be milliseconds.
        DateLooksLikeSeconds => "DATE_LOOKS_LIKE_SECONDS",
        /// The local time is skipped by a clock change, and the policy is `reject`.
        DateNonexistent => "DATE_NONEXISTENT",
        /// The local time occurs twice, and the policy is `reject`.
        DateAmbiguous => "DATE_AMBIGUOUS",
        /// A local time without any zone to read it in.
        TimeZoneRequired => "TIME_ZONE_REQUIRED",
        /// The zone is not in the table.
        TimeZoneUnknown => "TIME_ZONE_UNKNOWN",
        /// Two dates contradict each other.
        DateOrder => "DATE_ORDER",
        /// The revision is not a whole number from 0 to 2^53 - 1.
        RevisionInvalid => "REVISION_INVALID",
        /// The event's JSON has more bytes than [`EVENT_JSON_BYTES`](crate::limits::EVENT_JSON_BYTES).
        EventTooLarge => "EVENT_TOO_LARGE",
        /// The text is not valid JSON, or not valid UTF-8.
        JsonSyntax => "JSON_SYNTAX",
        /// A short text is longer than any valid value.
        TextTooLong => "TEXT_TOO_LONG",
        /// A setting lies outside its range, or is unknown.
        SettingInvalid => "SETTING_INVALID",
        /// A range of time is empty, or reaches into the future.
        RangeInvalid => "RANGE_INVALID",
        /// A recurrence has a part or property that there is not.
        RulePartUnknown => "RULE_PART_UNKNOWN",
        /// A recurrence has a part twice that it may have once.
        RulePartRepeated => "RULE_PART_REPEATED",
        /// A part of a recurrence has a value that it cannot have.
        RulePartInvalid => "RULE_PART_INVALID",
        /// A part of a recurrence does not go with another one.
        RulePartConflict => "RULE_PART_CONFLICT",
        /// A recurrence lacks a part that it needs.
        RulePartRequired => "RULE_PART_REQUIRED",
        /// A field of a cron expression cannot be read.
        CronFieldInvalid => "CRON_FIELD_INVALID",
    }
}

/// An argument that its caller must fix: every problem at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInput {
    /// The id of the event, where it could be read.
    pub event_id: Option<String>,
    /// At least one problem.
    pub problems: Vec<Problem>,
}

impl InvalidInput {
    /// Makes the error of a single problem.
    pub fn single(event_id: Option<String>, problem: Problem) -> Self {
        Self { event_id, problems: vec![problem] }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            if !problem.field.is_empty() {
                write!(f, "{}: ", problem.field)?;
            }
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidInput {}

codes! {
    /// A call that does not fit the state of the scheduler: the calling code must change.
    ApiMisuse {
        /// A bulk load is already under way.
        LoadInProgress => "LOAD_IN_PROGRESS",
        /// There is no bulk load to go on with.
        LoadNotStarted => "LOAD_NOT_STARTED",
    }
}

/// Everything that [`Scheduler::handle`](crate::Scheduler::handle) can refuse. A refused input has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchedulerError {
    /// Fix the argument.
    InvalidInput(InvalidInput),
    /// Fix the calling code.
    ApiMisuse(ApiMisuse),
    /// Raise the limit or send less.
    LimitExceeded {
        /// Name of the limit.
        limit: &'static str,
        /// Its value.
        maximum: u64,
        /// What the input would have made it.
        actual: u64,
    },
    /// Leave the stored state aside.
    Snapshot(SnapshotError),
}

impl SchedulerError {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidInput(_) => "INVALID_INPUT",
            Self::ApiMisuse(misuse) => misuse.as_str(),
            Self::LimitExceeded { .. } => "LIMIT_EXCEEDED",
            Self::Snapshot(error) => error.code(),
        }
    }
}

impl fmt::Display for SchedulerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidInput(invalid) => invalid.fmt(f),
            Self::ApiMisuse(ApiMisuse::LoadInProgress) => {
                f.write_str("a bulk load is under way: finish or abort it before beginning another")
            }
            Self::ApiMisuse(ApiMisuse::LoadNotStarted) => {
                f.write_str("there is no bulk load under way: begin one first")
            }
            Self::LimitExceeded { limit, maximum, actual } => {
                write!(f, "{limit} is limited to {maximum}, this would make it {actual}")
            }
            Self::Snapshot(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SchedulerError {}

impl From<InvalidInput> for SchedulerError {
    fn from(invalid: InvalidInput) -> Self {
        Self::InvalidInput(invalid)
    }
}

impl From<ApiMisuse> for SchedulerError {
    fn from(misuse: ApiMisuse) -> Self {
        Self::ApiMisuse(misuse)
    }
}

impl From<SnapshotError> for SchedulerError {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(error)
    }
}

/// A stored state that cannot be used: set it aside and resynchronise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotError {
    /// The bytes are damaged, or no snapshot at all.
    Corrupt {
        /// What did not fit.
        what: &'static str,
    },
    /// The snapshot was written by a newer version.
    TooNew {
        /// Its version.
        found: u32,
        /// The newest version that this code reads.
        supported: u32,
    },
}

impl SnapshotError {
    /// The stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Corrupt { .. } => "SNAPSHOT_CORRUPT",
            Self::TooNew { .. } => "SNAPSHOT_TOO_NEW",
        }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt { what } => {
                write!(f, "the stored state is damaged ({what}): take a fresh snapshot")
            }
            Self::TooNew { found, supported } => write!(
                f,
                "the stored state has version {found}, this code reads up to {supported}: update, or take a fresh snapshot"
            ),
        }
    }
}

impl std::error::Error for SnapshotError {}
