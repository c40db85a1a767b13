//! Events that another system tells of: what it says is taken over, field by field, where nobody has changed it here.

use std::collections::BTreeSet;

use client_event_scheduler::providers::{Ownership, owner};
use client_event_scheduler::{InvalidInput, Timestamp};

use super::mutation::{self, Put};
use super::{Document, Events};
use crate::problem::{ApiError, FieldProblem};
use crate::store::{EventRow, WriteTransaction};

/// What became of an event that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provided {
    /// It is new here.
    Created,
    /// It has changed.
    Changed,
    /// It says what stands here, or what somebody has changed here.
    Unchanged,
    /// Somebody has deleted it here: it stays deleted.
    Deleted,
    /// It is not valid; nothing was written.
    Refused(Vec<FieldProblem>),
}

impl Events {
    /// Takes over what was told of an event: `before` is what was told the last time, and none the first time.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn provide(
        &self,
        transaction: &mut WriteTransaction,
        event_id: &str,
        before: Option<&Document>,
        told: &Document,
        now: Timestamp,
    ) -> Result<Provided, ApiError> {
        let stored = transaction.event(event_id).await?;
        let revision = stored.as_ref().map_or(1, |stored| stored.revision + 1);
        match stored {
            Some(living) if !living.is_tombstone() => {
                self.take_over(transaction, living, before, told, now).await
            }
            Some(_) if before.is_some() => Ok(Provided::Deleted),
            _ => {
                let mut document = told.clone();
                document.set_text("event_id", event_id);
                let lifecycle = match mutation::validate(&document, &self.dates) {
                    Ok(lifecycle) => lifecycle,
                    Err(invalid) => return Ok(refused(invalid)),
                };
                let document = mutation::canonical(document, lifecycle);
                let new = Put { event_id, before: None, document: &document, revision, created_at: now };
                mutation::put_new(self, transaction, new, now).await?;
                Ok(Provided::Created)
            }
        }
    }

    async fn take_over(
        &self,
        transaction: &mut WriteTransaction,
        living: EventRow,
        before: Option<&Document>,
        told: &Document,
        now: Timestamp,
    ) -> Result<Provided, ApiError> {
        let mut document = mutation::parse_stored(&living)?;
        let known = before.map(Document::names).into_iter().flatten();
        let names: BTreeSet<&str> = known.chain(told.names()).filter(|name| *name != "event_id").collect();
        for name in names {
            let was_told = before.and_then(|before| before.raw(name));
            if owner(was_told.as_ref(), document.raw(name).as_ref()) == Ownership::Provider {
                document.take(name, told);
            }
        }
        let lifecycle = match mutation::validate(&document, &self.dates) {
            Ok(lifecycle) => lifecycle,
            Err(invalid) => return Ok(refused(invalid)),
        };
        let document = mutation::canonical(document, lifecycle);
        if document.to_json() == living.document {
            return Ok(Provided::Unchanged);
        }
        let new = Put {
            event_id: &living.event_id,
            before: Some(&living.document),
            document: &document,
            revision: living.revision + 1,
            created_at: living.created_at,
        };
        mutation::put(self, transaction, new, now).await?;
        Ok(Provided::Changed)
    }

    /// Deletes an event that its provider has no more. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// `STORE_ERROR`.
    pub async fn withdraw(
        &self,
        transaction: &mut WriteTransaction,
        event_id: &str,
        now: Timestamp,
    ) -> Result<bool, ApiError> {
        match transaction.event(event_id).await?.filter(|row| !row.is_tombstone()) {
            Some(row) => mutation::bury(self, transaction, &row, now).await.map(|()| true),
            None => Ok(false),
        }
    }
}

fn refused(invalid: InvalidInput) -> Provided {
    Provided::Refused(invalid.problems.into_iter().map(FieldProblem::from).collect())
}
