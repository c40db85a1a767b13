//! Accounts at providers, what they have told, and every sync.

mod accounts;
mod events;
mod participants;
mod syncs;

pub use accounts::AccountRow;
pub use events::{ProvidedCount, ProvidedRow, SweepRow, TrackedRow};
pub use participants::{ParticipantChanges, ParticipantRow};
pub use syncs::SyncRow;
