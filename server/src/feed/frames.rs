//! Server-sent events as bytes.

use bytes::Bytes;
use serde::Serialize;

use super::Cursor;
use super::item::Item;

/// The frames of some changes, in one piece that any number of streams can share.
#[derive(Debug)]
pub(super) struct Frames {
    bytes: Bytes,
    /// The number of each change and where its frame ends.
    ends: Vec<(u64, usize)>,
}

impl Frames {
    /// Encodes changes, which are in the order of their numbers.
    pub(super) fn of(items: &[Item], epoch: &str) -> Self {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(items.len());
        for item in items {
            push_frame(&mut text, "change", Some(&Cursor::new(epoch, item.rev)), item);
            ends.push((item.rev, text.len()));
        }
        Self { bytes: Bytes::from(text), ends }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The frames of the changes after `seq`. Nothing is copied.
    pub(super) fn after(&self, seq: u64) -> Bytes {
        let known = self.ends.partition_point(|&(rev, _)| rev <= seq);
        let from = known.checked_sub(1).map_or(0, |last| self.ends[last].1);
        self.bytes.slice(from..)
    }

    /// All frames.
    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// One frame.
pub(super) fn frame<T: Serialize>(event: &str, id: Option<&Cursor>, data: &T) -> Bytes {
    let mut text = String::new();
    push_frame(&mut text, event, id, data);
    Bytes::from(text)
}

/// Tells the client when to come back. It is no event.
pub(super) fn come_back_in(milliseconds: u64) -> Bytes {
    Bytes::from(format!("retry: {milliseconds}\n\n"))
}

/// Appends one server-sent event. Data with line breaks, which this server does not write, still makes one event.
fn push_frame<T: Serialize>(frames: &mut String, event: &str, id: Option<&Cursor>, data: &T) {
    let json = match serde_json::to_string(data) {
        Ok(json) => json,
        Err(error) => unreachable!("feed data has text keys only: {error}"),
    };
    frames.push_str("event: ");
    frames.push_str(event);
    if let Some(id) = id {
        frames.push_str("\nid: ");
        frames.push_str(&id.to_string());
    }
    for line in json.split(['\n', '\r']) {
        frames.push_str("\ndata: ");
        frames.push_str(line);
    }
    frames.push_str("\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tombstone(rev: u64) -> Item {
        Item { rev, event_id: format!("e{rev}"), deleted: true, revision: 2, event: None }
    }

    #[test]
    fn a_stream_takes_from_a_page_what_comes_after_its_place() {
        let frames = Frames::of(&[tombstone(4), tombstone(6), tombstone(7)], "00ff");
        let ids = |bytes: Bytes| {
            let text = String::from_utf8(bytes.to_vec()).expect("frames are text");
            text.lines()
                .filter_map(|line| line.strip_prefix("id: 00ff.").map(str::to_owned))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(frames.after(0)), ["4", "6", "7"]);
        assert_eq!(ids(frames.after(4)), ["6", "7"]);
        assert_eq!(ids(frames.after(5)), ["6", "7"]);
        assert_eq!(ids(frames.after(6)), ["7"]);
        assert!(frames.after(7).is_empty());
    }
}
