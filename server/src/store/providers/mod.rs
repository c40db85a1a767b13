//! Accounts at providers, what they have told, and every sync.

mod accounts;
mod events;
mod syncs;

pub use accounts::AccountRow;
pub use events::{ParticipantRow, ProvidedRow, SweepRow};
pub use syncs::SyncRow;
