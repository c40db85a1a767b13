//! The change feed: snapshot, changes, stream.

mod changes;
mod cursor;
mod item;
mod snapshot;
mod stream;

pub use changes::{ChangesPage, changes};
pub use cursor::Cursor;
pub use item::{ServerTime, UpToDate};
pub use snapshot::{Snapshot, snapshot_body};
pub use stream::{StreamSettings, follow};
