//! Lists of events: filtered, sorted, page by page.

use client_event_scheduler::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::rows::{EventRow, event_columns};
use super::sql_text::SqlText;
use super::{Store, StoreError, unsigned};

/// The columns of the six dates, in the order of [`WindowField::ALL`](client_event_scheduler::WindowField::ALL).
const WINDOW_COLUMNS: [&str; 6] = [
    "registration_start_at",
    "registration_end_at",
    "start_at",
    "end_at",
    "certificate_start_at",
    "certificate_end_at",
];

/// The phases that follow each other in time have the numbers 1 to 8.
const TIMED_PHASES: std::ops::RangeInclusive<u8> = 1..=8;

/// Which events a list holds. Everything that is given has to apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Numbers of phases, any of which the event is in.
    pub phases: Option<Vec<u8>>,
    /// Approvals, any of which the event has.
    pub approvals: Option<Vec<&'static str>>,
    /// Whether it is published.
    pub published: Option<bool>,
    /// Whether it is in quarantine.
    pub quarantined: Option<bool>,
    /// The folded venue.
    pub venue_key: Option<String>,
    /// Folded texts, all of which occur in what is searched.
    pub terms: Vec<String>,
    /// For each date, from when (inclusive) and until when (exclusive).
    pub windows: [(Option<Timestamp>, Option<Timestamp>); 6],
    /// Only what was changed at this instant or later.
    pub changed_since: Option<Timestamp>,
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListSort {
    /// The id.
    Id,
    /// The start of the event.
    Start,
    /// The start of registration.
    RegistrationStart,
    /// The folded name.
    Name,
    /// The last change.
    UpdatedAt,
    /// The next trigger after the list's instant.
    NextTrigger,
}

/// What stands at a place of a sorted list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortKey {
    /// An instant; events without one come last, whatever the direction.
    Instant(Option<i64>),
    /// A text.
    Text(String),
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct ListQuery<'a> {
    /// Which events.
    pub filter: &'a ListFilter,
    /// In which order; events that are equal in it come in the order of their ids.
    pub sort: ListSort,
    /// Whether the order is turned round.
    pub descending: bool,
    /// The instant at which phases and next triggers are taken.
    pub now: Timestamp,
    /// The last place of the page before.
    pub after: Option<(SortKey, String)>,
    /// How many events.
    pub limit: u32,
}

impl Store {
    /// Returns one page, each event with its place.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn list(&self, query: ListQuery<'_>) -> Result<Vec<(EventRow, SortKey)>, StoreError> {
        let rows = page_sql(&query).into_query().fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok((EventRow::from_sql(row)?, sort_key(row, query.sort)?))).collect()
    }

    /// Returns how many events there are in the list.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn count(&self, filter: &ListFilter, now: Timestamp) -> Result<u64, StoreError> {
        let mut sql = SqlText::new("SELECT count(*) FROM event_index");
        push_filter(&mut sql, filter, now);
        let row = sql.into_query().fetch_one(self.reader()).await?;
        unsigned(row.try_get(0)?, "a count")
    }
}

/// The page is found in the index alone, and only its own events are read.
fn page_sql(query: &ListQuery<'_>) -> SqlText {
    let mut sql = SqlText::new(concat!(
        "SELECT ",
        event_columns!(),
        ", listed.sort_key FROM (SELECT event_id AS listed_id, "
    ));
    push_key(&mut sql, query.sort, query.now);
    sql.push(" AS sort_key FROM event_index");
    push_filter(&mut sql, query.filter, query.now);
    if let Some((key, event_id)) = &query.after {
        push_after(&mut sql, query, key, event_id);
    }
    push_order(&mut sql, query);
    sql.push(" LIMIT ").bind(i64::from(query.limit));
    sql.push(") AS listed JOIN events ON events.event_id = listed.listed_id");
    push_order(&mut sql, query);
    sql
}

/// Lets through what comes after the place of `key` and `event_id`.
fn push_after(sql: &mut SqlText, query: &ListQuery<'_>, key: &SortKey, event_id: &str) {
    let greater = if query.descending { " < " } else { " > " };
    let push_key = |sql: &mut SqlText| {
        push_key(sql, query.sort, query.now);
    };
    sql.push(" AND ");
    match key {
        SortKey::Text(_) if query.sort == ListSort::Id => {
            sql.push("event_id").push(greater).bind(event_id);
        }
        SortKey::Text(text) => {
            sql.push("(");
            push_key(sql);
            sql.push(", event_id)").push(greater).push("(").bind(text.as_str()).push(", ");
            sql.bind(event_id).push(")");
        }
        SortKey::Instant(None) => {
            push_key(sql);
            sql.push(" IS NULL AND event_id").push(greater).bind(event_id);
        }
        SortKey::Instant(Some(at)) => {
            sql.push("(");
            push_key(sql);
            sql.push(" IS NULL OR (");
            push_key(sql);
            sql.push(", event_id)").push(greater).push("(").bind(*at).push(", ").bind(event_id).push("))");
        }
    }
}

fn push_order(sql: &mut SqlText, query: &ListQuery<'_>) {
    let direction = if query.descending { " DESC" } else { " ASC" };
    if query.sort != ListSort::Id {
        sql.push(" ORDER BY sort_key").push(direction).push(" NULLS LAST, listed_id").push(direction);
    } else {
        sql.push(" ORDER BY listed_id").push(direction);
    }
}

fn push_key(sql: &mut SqlText, sort: ListSort, now: Timestamp) {
    match sort {
        ListSort::Id => sql.push("event_id"),
        ListSort::Start => sql.push("start_at"),
        ListSort::RegistrationStart => sql.push("registration_start_at"),
        ListSort::Name => sql.push("name_key"),
        ListSort::UpdatedAt => sql.push("updated_at"),
        ListSort::NextTrigger => {
            sql.push("CASE");
            for column in ["due_1", "due_2", "due_3", "due_4", "due_5", "due_6"] {
                sql.push(" WHEN ").push(column).push(" > ").bind(now.as_millis());
                sql.push(" THEN ").push(column);
            }
            sql.push(" END")
        }
    };
}

fn sort_key(row: &AnyRow, sort: ListSort) -> Result<SortKey, StoreError> {
    const PLACE: usize = 7;
    Ok(match sort {
        ListSort::Id | ListSort::Name => SortKey::Text(row.try_get(PLACE)?),
        ListSort::Start | ListSort::RegistrationStart | ListSort::UpdatedAt | ListSort::NextTrigger => {
            SortKey::Instant(row.try_get(PLACE)?)
        }
    })
}

fn push_filter(sql: &mut SqlText, filter: &ListFilter, now: Timestamp) {
    sql.push(" WHERE 1 = 1");
    if let Some(phases) = &filter.phases {
        sql.push(" AND (1 = 0");
        phases.iter().for_each(|phase| push_phase(sql, *phase, now));
        sql.push(")");
    }
    if let Some(approvals) = &filter.approvals {
        sql.push(" AND approval IN (NULL");
        approvals.iter().for_each(|approval| {
            sql.push(", ").bind(*approval);
        });
        sql.push(")");
    }
    for (column, wanted) in [("published", filter.published), ("quarantined", filter.quarantined)] {
        if let Some(wanted) = wanted {
            sql.push(" AND ").push(column).push(" = ").bind(i64::from(wanted));
        }
    }
    if let Some(venue) = &filter.venue_key {
        sql.push(" AND venue_key = ").bind(venue.as_str());
    }
    for term in &filter.terms {
        sql.push(" AND search_text LIKE ").bind(containing(term).as_str()).push(" ESCAPE '!'");
    }
    for (column, (from, until)) in WINDOW_COLUMNS.into_iter().zip(&filter.windows) {
        push_bound(sql, column, " >= ", *from);
        push_bound(sql, column, " < ", *until);
    }
    push_bound(sql, "updated_at", " >= ", filter.changed_since);
}

fn push_bound(sql: &mut SqlText, column: &str, comparison: &str, instant: Option<Timestamp>) {
    if let Some(instant) = instant {
        sql.push(" AND ").push(column).push(comparison).bind(instant.as_millis());
    }
}

/// The phase at `now`, by the instants that were derived from the core's own table of phases.
fn push_phase(sql: &mut SqlText, phase: u8, now: Timestamp) {
    if !TIMED_PHASES.contains(&phase) {
        sql.push(" OR fixed_phase = ").bind(i64::from(phase));
        return;
    }
    sql.push(" OR (fixed_phase IS NULL");
    if phase > *TIMED_PHASES.start() {
        sql.push(&format!(" AND phase_{phase}_from <= ")).bind(now.as_millis());
    }
    if phase < *TIMED_PHASES.end() {
        sql.push(&format!(" AND phase_{}_from > ", phase + 1)).bind(now.as_millis());
    }
    sql.push(")");
}

/// The pattern of what contains `term`, whose own wildcards count as plain characters.
fn containing(term: &str) -> String {
    let mut pattern = String::with_capacity(term.len() + 2);
    pattern.push('%');
    for character in term.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
