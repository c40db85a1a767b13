//! The cursor of a list. Clients treat it as opaque.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client_event_scheduler::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ListOrder;
use crate::problem::ListCursorFault;
use crate::store::{ListFilter, ListSort, SortKey};

/// A place in a list, and what all of its pages share: the instant of the statuses and the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListCursor {
    pub(super) now: Timestamp,
    pub(super) total: u64,
    pub(super) after: Option<(SortKey, String)>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    /// Which list.
    l: String,
    /// Its instant.
    n: i64,
    /// Its count.
    t: u64,
    /// The last place.
    k: WireKey,
    /// The id there.
    i: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WireKey {
    Instant(Option<i64>),
    Text(String),
}

impl ListCursor {
    /// Reads a cursor that a client sends back for the list of `filter` in `order`.
    pub(super) fn read(text: &str, filter: &ListFilter, order: ListOrder) -> Result<Self, ListCursorFault> {
        let malformed = ListCursorFault::Malformed;
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed)?;
        let wire: Wire = serde_json::from_slice(&json).map_err(|_| malformed)?;
        if wire.l != list_hash(filter, order) {
            return Err(ListCursorFault::OtherList);
        }
        let by_text = matches!(order.sort, ListSort::Id | ListSort::Name);
        let key = match wire.k {
            WireKey::Text(text) if by_text => SortKey::Text(text),
            WireKey::Instant(instant) if !by_text => SortKey::Instant(instant),
            WireKey::Text(_) | WireKey::Instant(_) => return Err(malformed),
        };
        let now = Timestamp::from_millis(wire.n).ok_or(malformed)?;
        Ok(Self { now, total: wire.t, after: Some((key, wire.i)) })
    }

    /// Writes the cursor; one without a place stands for nothing.
    pub(super) fn to_text(&self, filter: &ListFilter, order: ListOrder) -> String {
        let Some((key, event_id)) = &self.after else { return String::new() };
        let key = match key {
            SortKey::Instant(instant) => WireKey::Instant(*instant),
            SortKey::Text(text) => WireKey::Text(text.clone()),
        };
        let wire = Wire {
            l: list_hash(filter, order),
            n: self.now.as_millis(),
            t: self.total,
            k: key,
            i: event_id.clone(),
        };
        match serde_json::to_vec(&wire) {
            Ok(json) => URL_SAFE_NO_PAD.encode(json),
            Err(error) => unreachable!("a cursor has text keys only: {error}"),
        }
    }
}

/// Tells lists apart: two with the same filter and order have the same text.
fn list_hash(filter: &ListFilter, order: ListOrder) -> String {
    let digest = Sha256::digest(format!("{filter:?} {order:?}"));
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: SortKey) -> ListCursor {
        let now = Timestamp::from_millis(1_777_593_600_000).expect("an instant");
        ListCursor { now, total: 7, after: Some((key, "id \u{1f600}".into())) }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went_out_and_belongs_to_its_list_only() {
        let filter = ListFilter::default();
        for (sort, key) in [
            (ListSort::Start, SortKey::Instant(Some(-5))),
            (ListSort::NextTrigger, SortKey::Instant(None)),
            (ListSort::Name, SortKey::Text("née".into())),
        ] {
            let order = ListOrder { sort, descending: false };
            let cursor = place(key);
            let text = cursor.to_text(&filter, order);
            assert_eq!(ListCursor::read(&text, &filter, order), Ok(cursor));
            let turned = ListOrder { sort, descending: true };
            assert_eq!(ListCursor::read(&text, &filter, turned), Err(ListCursorFault::OtherList));
            let other = ListFilter { published: Some(true), ..ListFilter::default() };
            assert_eq!(ListCursor::read(&text, &other, order), Err(ListCursorFault::OtherList));
        }
    }

    #[test]
    fn what_is_no_cursor_is_malformed() {
        let order = ListOrder { sort: ListSort::Start, descending: false };
        let filter = ListFilter::default();
        let other_key = place(SortKey::Text("x".into())).to_text(&filter, order);
        for text in ["", "x", "e30", "%%%", &other_key] {
            assert_eq!(ListCursor::read(text, &filter, order), Err(ListCursorFault::Malformed), "{text}");
        }
    }
}
