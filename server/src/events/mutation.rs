//! The mutations: read, merge, validate, write, all in one transaction.

use client_event_scheduler::{
    DueTimes, EventDefinition, InvalidInput, Lifecycle, Problem, ProblemCode, Timestamp, status_at,
};

use super::decision::Decision;
use super::{DateSettings, Document, EventView, Events, IdempotencyKey, Precondition, approval, triggers_of};
use crate::access::AuditChanges;
use crate::problem::ApiError;
use crate::store::{EventRow, NewEvent, WriteTransaction};

/// Fields that the server fills in. What a client sends for them is not stored.
const SERVER_FIELDS: [&str; 4] = ["revision", "sub_status", "created_at", "updated_at"];

/// The result of a mutation.
#[derive(Debug)]
pub struct Changed {
    /// The event after it; before it, if the mutation was a deletion.
    pub event: EventView,
    /// The feed number: a client whose cursor has reached it has read this write.
    pub seq: u64,
    /// Whether anything was written.
    pub written: bool,
}

/// Creates an event, or repeats the answer that the same request has had before. The second value says whether it is repeated.
pub(super) async fn create(
    events: &Events,
    body: &[u8],
    key: Option<&IdempotencyKey>,
) -> Result<(Changed, bool), ApiError> {
    let definition = EventDefinition::from_json(body, &events.dates.context())?;
    let mut document = canonical(parse(body)?, definition.approval.lifecycle);
    approval::hold_unless_approver(events, &mut document);
    let event_id = definition.event_id.as_ref();
    let key = key.map(|key| key.of(events.author().as_deref()));

    let mut transaction = events.store.begin_write().await?;
    let now = events.clock.now();
    if let Some(key) = &key
        && let Some(changed) = key.replay(&mut transaction, body, now).await?
    {
        return Ok((changed, true));
    }
    let row = transaction.event(event_id).await?;
    let revision = match &row {
        Some(row) if !row.is_tombstone() => {
            return Err(ApiError::EventExists { event_id: event_id.to_owned() });
        }
        Some(tombstone) => tombstone.revision + 1,
        None => 1,
    };
    let new = Put { event_id, before: None, document: &document, revision, created_at: now };
    let mut changed = put_new(events, &mut transaction, new, now).await?;
    changed.seq = transaction.number_changes().await?;
    if let Some(key) = key {
        key.keep(&mut transaction, body, &changed, now).await?;
    }
    transaction.commit().await?;
    Ok((changed, false))
}

pub(super) async fn update(
    events: &Events,
    event_id: &str,
    body: &[u8],
    precondition: Precondition,
) -> Result<Changed, ApiError> {
    let mut patch = parse(body)?;
    let mut transaction = events.store.begin_write().await?;
    let row = existing(&mut transaction, event_id).await?;
    let now = events.clock.now();

    let revision = patch.raw("revision").and_then(whole_number);
    Precondition { revision: revision.or(precondition.revision), ..precondition }.check(row.revision)?;
    let mismatch = take_id(&mut patch, event_id);
    let mut document = parse_stored(&row)?;
    approval::check_edit(events, &mut transaction, &row, &patch).await?;
    drop_echoed_status(&mut patch, &row, events, now);
    document.merge(patch);
    approval::hold_unless_approver(events, &mut document);
    let lifecycle = match (validate(&document, &events.dates), mismatch) {
        (Ok(lifecycle), None) => lifecycle,
        (Ok(_), Some(problem)) => return Err(InvalidInput::single(None, problem).into()),
        (Err(mut invalid), mismatch) => {
            invalid.problems.extend(mismatch);
            return Err(invalid.into());
        }
    };
    replace(events, transaction, row, canonical(document, lifecycle), now).await
}

/// Changes the document of an event, whatever of it the change reads, and writes what comes of it if it is valid.
pub(super) async fn change(
    events: &Events,
    event_id: &str,
    precondition: Precondition,
    change: impl FnOnce(&mut Document) -> Result<(), ApiError>,
) -> Result<Changed, ApiError> {
    let mut transaction = events.store.begin_write().await?;
    let row = existing(&mut transaction, event_id).await?;
    precondition.check(row.revision)?;
    approval::check_edit(events, &mut transaction, &row, &Document::default()).await?;
    let mut document = parse_stored(&row)?;
    change(&mut document)?;
    approval::hold_unless_approver(events, &mut document);
    validate(&document, &events.dates)?;
    replace(events, transaction, row, document, events.clock.now()).await
}

pub(super) async fn decide(
    events: &Events,
    event_id: &str,
    decision: &Decision,
    precondition: Precondition,
) -> Result<Changed, ApiError> {
    change(events, event_id, precondition, |document| {
        decision.apply(document);
        match validate(document, &events.dates)? {
            // The decision replaces what `status` says of the approval.
            Lifecycle::PendingApproval | Lifecycle::Declined => document.remove("status"),
            Lifecycle::Cancelled | Lifecycle::Computed => {}
        }
        Ok(())
    })
    .await
}

pub(super) async fn delete(
    events: &Events,
    event_id: &str,
    precondition: Precondition,
) -> Result<Changed, ApiError> {
    let mut transaction = events.store.begin_write().await?;
    let row = existing(&mut transaction, event_id).await?;
    precondition.check(row.revision)?;
    bury(events, &mut transaction, &row, events.clock.now()).await?;
    let event = events.view(&row)?;
    let seq = transaction.commit().await?;
    Ok(Changed { event, seq, written: true })
}

/// Leaves a tombstone in the place of an event.
pub(super) async fn bury(
    events: &Events,
    transaction: &mut WriteTransaction,
    row: &EventRow,
    now: Timestamp,
) -> Result<(), ApiError> {
    let tombstone = NewEvent {
        event_id: &row.event_id,
        revision: row.revision + 1,
        document: "{}",
        created_at: row.created_at,
        due: DueTimes::NONE,
        index: None,
    };
    transaction.put(tombstone, now).await?;
    let states = States { before: Some(&row.document), after: None, revision: row.revision + 1 };
    audit(events, transaction, &row.event_id, states).await
}

/// The form in which a document is stored: without the fields that the server fills in, and with `status` only where it
/// holds the event back.
pub fn canonical(mut document: Document, lifecycle: Lifecycle) -> Document {
    for field in SERVER_FIELDS {
        document.remove(field);
    }
    if lifecycle == Lifecycle::Computed {
        document.remove("status");
    }
    document
}

async fn existing(transaction: &mut WriteTransaction, event_id: &str) -> Result<EventRow, ApiError> {
    let row = transaction.event(event_id).await?.filter(|row| !row.is_tombstone());
    row.ok_or_else(|| ApiError::EventNotFound { event_id: event_id.to_owned() })
}

/// Writes the next revision, unless it would equal the present one: then nothing is changed for anybody.
async fn replace(
    events: &Events,
    mut transaction: WriteTransaction,
    row: EventRow,
    document: Document,
    now: Timestamp,
) -> Result<Changed, ApiError> {
    if document.to_json() == row.document {
        return Ok(Changed { event: events.view(&row)?, seq: row.seq, written: false });
    }
    let new = Put {
        event_id: &row.event_id,
        before: Some(&row.document),
        document: &document,
        revision: row.revision + 1,
        created_at: row.created_at,
    };
    let mut changed = put(events, &mut transaction, new, now).await?;
    changed.seq = transaction.commit().await?;
    Ok(changed)
}

/// A state that an event is to have.
pub(super) struct Put<'a> {
    pub(super) event_id: &'a str,
    /// Its document as it was; none where there was no such event.
    pub(super) before: Option<&'a str>,
    pub(super) document: &'a Document,
    pub(super) revision: u64,
    pub(super) created_at: Timestamp,
}

/// Writes the first state of an event, and whose it is.
pub(super) async fn put_new(
    events: &Events,
    transaction: &mut WriteTransaction,
    new: Put<'_>,
    now: Timestamp,
) -> Result<Changed, ApiError> {
    let event_id = new.event_id;
    let changed = put(events, transaction, new, now).await?;
    transaction.set_author(event_id, events.author().as_deref()).await?;
    Ok(changed)
}

/// Writes a state with all that is derived from it, and who did it. Its feed number comes with the commit.
pub(super) async fn put(
    events: &Events,
    transaction: &mut WriteTransaction,
    Put { event_id, before, document, revision, created_at }: Put<'_>,
    now: Timestamp,
) -> Result<Changed, ApiError> {
    let json = document.to_json();
    let (due, index) = (triggers_of(&json, &events.dates), events.dates.index(document));
    let event = NewEvent { event_id, revision, document: &json, created_at, due, index: Some(&index) };
    transaction.put(event, now).await?;
    audit(events, transaction, event_id, States { before, after: Some(&json), revision }).await?;
    let row = EventRow {
        event_id: event_id.to_owned(),
        revision,
        seq: 0,
        document: json,
        created_at,
        updated_at: now,
        deleted_at: None,
    };
    Ok(Changed { event: events.view(&row)?, seq: 0, written: true })
}

/// The document of an event before and after a change, and the revision that the change made.
struct States<'a> {
    before: Option<&'a str>,
    after: Option<&'a str>,
    revision: u64,
}

/// Tells who changed the event, and each field that has changed with it.
async fn audit(
    events: &Events,
    transaction: &mut WriteTransaction,
    event_id: &str,
    States { before, after, revision }: States<'_>,
) -> Result<(), ApiError> {
    if let Some(caller) = &events.caller {
        let changes = AuditChanges::between(before, after).at_revision(revision);
        transaction.audit(&caller.changed(event_id, &changes), events.clock.now()).await?;
    }
    Ok(())
}

/// Reads a number that may be a revision; any other value is left to the validation.
fn whole_number(json: &str) -> Option<u64> {
    let number: f64 = json.parse().ok()?;
    let valid = number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number);
    valid.then_some(number as u64)
}

pub(super) fn parse(body: &[u8]) -> Result<Document, ApiError> {
    Document::from_json(body).map_err(|error| {
        ApiError::field("", ProblemCode::JsonSyntax, format!("is not a JSON object: {error}"))
    })
}

pub(super) fn parse_stored(row: &EventRow) -> Result<Document, ApiError> {
    Document::from_json(row.document.as_bytes())
        .map_err(|error| ApiError::Internal { what: format!("the document of {:?}: {error}", row.event_id) })
}

pub(super) fn validate(document: &Document, dates: &DateSettings) -> Result<Lifecycle, InvalidInput> {
    let json = document.to_json();
    EventDefinition::from_json(json.as_bytes(), &dates.context())
        .map(|definition| definition.approval.lifecycle)
}

/// Takes the id out of a patch: the path says which event is meant. An id of the wrong type is left to the validation.
fn take_id(patch: &mut Document, event_id: &str) -> Option<Problem> {
    let given = match patch.raw("event_id")? {
        "null" => None,
        _ => Some(patch.text("event_id")?),
    };
    patch.remove("event_id");
    let given = given.filter(|given| given != event_id)?;
    let message =
        format!("is {given:?}, but the address names {event_id:?}: leave it out, or create a new event");
    Some(Problem::new("event_id", ProblemCode::IdMismatch, message))
}

/// Drops a `status` that only repeats what the server has answered: a client that sends back what it has read does not
/// mean to hold the event in that status.
fn drop_echoed_status(patch: &mut Document, row: &EventRow, events: &Events, now: Timestamp) {
    let Ok(stored) = EventDefinition::from_json(row.document.as_bytes(), &events.dates.context()) else {
        return;
    };
    if patch.text("status").as_deref() == Some(status_at(&stored, now).status()) {
        patch.remove("status");
    }
}
