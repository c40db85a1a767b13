//! The end of a bulk load: its events take the place of those before.

use super::Scheduler;
use super::io::Now;
use super::quarantine::Quarantine;
use super::rows::{Row, Text, bit};
use super::store::{Admission, Marks, Store};
use crate::time::Timestamp;
use crate::trigger::TriggerKind;

impl Scheduler {
    /// Carries over what the application changed while the document was on its way, unless the document is newer.
    pub(super) fn keep_changes(
        &self,
        store: &mut Store,
        quarantine: &mut Quarantine,
        changed: &[String],
        admission: Admission,
    ) {
        for id in changed {
            let staged = store.find(id.as_bytes());
            let live = self.store.find(id.as_bytes());
            let known = live.map(|live| self.store.rows.get(live));
            let newer =
                |handle| known.is_some_and(|row| store.rows.get(handle).facts.revision > row.facts.revision);
            if staged.is_some_and(newer) {
                continue;
            }
            if let Some(handle) = staged {
                store.remove(handle);
            }
            quarantine.remove(id);
            if let Some(event) = self.quarantine.get(id) {
                quarantine.insert(id.clone(), event.clone());
            }
            let (Some(live), Some(row)) = (live, known) else { continue };
            let payload = match self.store.rows.payload(live) {
                [] => Text::None,
                json => Text::Owned(json.into()),
            };
            let id = Text::Owned(id.as_bytes().into());
            let handle = store.admit(id, row.hash, payload, row.facts, admission);
            store.rows.get_mut(handle).provisional = row.provisional;
        }
    }

    /// Puts the loaded events in the place of those before. Triggers whose time did not change keep their state.
    pub(super) fn exchange(&mut self, store: Store, now: Now) -> usize {
        let old = std::mem::replace(&mut self.store, store);
        let mut removed = 0;
        for handle in old.rows.handles() {
            let before = old.rows.get(handle);
            let Some(handle) = self.store.find_hashed(old.rows.bytes(&before.id), before.hash) else {
                removed += 1;
                continue;
            };
            let loaded = self.store.rows.get(handle);
            let known = loaded.facts == before.facts;
            let Marks { pending, backdated, fired } = merged(before, loaded, known, now.wall);
            self.store.set_pending(handle, pending);
            let row = self.store.rows.get_mut(handle);
            (row.backdated, row.fired) = (backdated, fired);
            if known {
                // A trigger that is due just now still has its state to change.
                row.admitted_at = before.admitted_at;
                row.phase = before.phase;
            } else {
                // What has fired since the load began stays fired: the new state is that of now.
                row.admitted_at = now.wall;
                row.phase = row.facts.phase_at(now.wall);
            }
            self.report_edit(handle, before.phase, now.wall);
        }
        removed
    }
}

/// What is known of the triggers of `after`, given those of `before`; `known` says that the definition is the same. Else what is to
/// come waits, or its state would never follow; of the rest those that did before, and those that are new and were missed.
fn merged(before: &Row, after: &Row, known: bool, now: Timestamp) -> Marks {
    let (old, new) = (before.facts.due_times(), after.facts.due_times());
    let mut marks = Marks::default();
    for kind in TriggerKind::ALL {
        let Some(due_at) = new.get(kind) else { continue };
        let same = old.get(kind) == Some(due_at);
        if same {
            marks.keep(before, kind);
        }
        if !known && due_at > now || !same && after.waits(kind) {
            marks.pending |= bit(kind);
        }
    }
    marks
}
