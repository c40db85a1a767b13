//! What lists filter and sort by, beside each event.

use std::sync::LazyLock;

use client_event_scheduler::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::write::WriteTransaction;
use super::{Store, StoreError, rows};

/// The columns of the table, in the order in which [`put`] binds them.
const COLUMNS: [&str; 28] = [
    "event_id",
    "updated_at",
    "name_key",
    "venue_key",
    "search_text",
    "approval",
    "published",
    "quarantined",
    "registration_start_at",
    "registration_end_at",
    "start_at",
    "end_at",
    "certificate_start_at",
    "certificate_end_at",
    "fixed_phase",
    "phase_2_from",
    "phase_3_from",
    "phase_4_from",
    "phase_5_from",
    "phase_6_from",
    "phase_7_from",
    "phase_8_from",
    "due_1",
    "due_2",
    "due_3",
    "due_4",
    "due_5",
    "due_6",
];

static PUT: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<_> = (1..=COLUMNS.len()).map(|number| format!("${number}")).collect();
    let updates: Vec<_> = COLUMNS[1..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
    format!(
        "INSERT INTO event_index ({}) VALUES ({}) ON CONFLICT (event_id) DO UPDATE SET {}",
        COLUMNS.join(", "),
        places.join(", "),
        updates.join(", ")
    )
});

/// What lists know of an event without reading its document. Instants are epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventIndex {
    /// The name without case and accents.
    pub name_key: String,
    /// The venue likewise.
    pub venue_key: String,
    /// Everything that a search looks through, likewise.
    pub search_text: String,
    /// `event_approval_status`, or `unstated`.
    pub approval: &'static str,
    /// Whether `published` is true.
    pub published: bool,
    /// Whether the event cannot be understood.
    pub quarantined: bool,
    /// The six dates, in the order of [`WindowField::ALL`](client_event_scheduler::WindowField::ALL).
    pub windows: [Option<i64>; 6],
    /// The number of the phase that time does not change; -1 in quarantine.
    pub fixed_phase: Option<i64>,
    /// From when on the phase has at least number 2, 3 … 8.
    pub phases_from: [i64; 7],
    /// When triggers are due, in order of time.
    pub due: [Option<i64>; 6],
}

/// Writes the entry of `event_id`.
pub(super) async fn put(
    connection: &mut AnyConnection,
    event_id: &str,
    index: &EventIndex,
    updated_at: Timestamp,
) -> Result<(), StoreError> {
    let mut query = sqlx::query(AssertSqlSafe(PUT.as_str()))
        .bind(event_id)
        .bind(updated_at.as_millis())
        .bind(&index.name_key)
        .bind(&index.venue_key)
        .bind(&index.search_text)
        .bind(index.approval)
        .bind(i64::from(index.published))
        .bind(i64::from(index.quarantined));
    for instant in index.windows {
        query = query.bind(instant);
    }
    query = query.bind(index.fixed_phase);
    for instant in index.phases_from {
        query = query.bind(instant);
    }
    for instant in index.due {
        query = query.bind(instant);
    }
    query.execute(connection).await?;
    Ok(())
}

/// Removes the entry of `event_id`.
pub(super) async fn remove(connection: &mut AnyConnection, event_id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM event_index WHERE event_id = $1").bind(event_id).execute(connection).await?;
    Ok(())
}

impl Store {
    /// Returns up to `limit` ids of events that exist, after `event_id`, in order.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn event_ids_after(&self, event_id: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        let mut connection = self.reader().acquire().await?;
        rows::ids_after(&mut connection, event_id, i64::from(limit)).await
    }
}

impl WriteTransaction {
    /// Writes the list entry of an event whose document stays as it is.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn put_index(
        &mut self,
        event_id: &str,
        index: &EventIndex,
        updated_at: Timestamp,
    ) -> Result<(), StoreError> {
        put(self.connection(), event_id, index, updated_at).await
    }
}
