//! Events: the definition as the scheduler reads it, its status at an instant, and who else is at its venue.

mod conflicts;
mod definition;
mod fields;
mod lowercase;
mod reading;
mod shape;
mod status;

pub use conflicts::{Booking, Conflict, Conflicts, detect_conflicts, venue_in, venue_key};
pub use definition::{
    Approval, ApprovalStatus, DateContext, EventDefinition, Lifecycle, WindowField, Windows,
};
pub(crate) use fields::too_large;
pub use fields::{EventFields, FieldText, FieldValue};
pub(crate) use reading::zone_unknown;
pub(crate) use shape::Shape;
pub use status::{Phase, status_at};
