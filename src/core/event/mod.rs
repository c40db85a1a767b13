//! Events: the definition as the scheduler reads it, and its status at an instant.

mod definition;
mod fields;
pub(crate) mod json;
mod plain;
mod reading;
mod shape;
mod status;

pub use definition::{
    Approval, ApprovalStatus, DateContext, EventDefinition, Lifecycle, WindowField, Windows,
};
pub use fields::{EventFields, FieldText, FieldValue};
pub(crate) use fields::{not_utf8, syntax, too_large};
pub(crate) use reading::zone_unknown;
pub(crate) use shape::Shape;
pub use status::{Phase, status_at};
