//! Events that take the same venue at the same time.

use std::borrow::Cow;

use super::lowercase::push_lowercase;
use crate::json::{Cursor, Fault, Scalar};
use crate::sorting::sorted;
use crate::time::Timestamp;

/// One event's claim to a venue, for the half-open interval `[start, end)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking<'a> {
    /// The event; no two bookings have the same one.
    pub event_id: &'a str,
    /// The venue as the event names it.
    pub venue: Cow<'a, str>,
    /// The first instant that it is taken.
    pub start: Timestamp,
    /// The first instant that it is free again. Not after `start`: the event takes no time, and is in nobody's way.
    pub end: Timestamp,
}

/// Two events that take one venue at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// The venue as `first` names it, without white space around it.
    pub venue: Cow<'a, str>,
    /// The event that was there first: it starts earlier, or at the same instant and its id is smaller.
    pub first: &'a str,
    /// The other one.
    pub second: &'a str,
    /// When they begin to be there together: the start of `second`.
    pub from: Timestamp,
    /// When one of them leaves.
    pub until: Timestamp,
}

/// What [`detect_conflicts`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts<'a> {
    /// The first pairs, as many as were asked for: by the instant at which they begin, then by venue (as compared), then in the
    /// order of `second` and of `first` by start and id.
    pub pairs: Vec<Conflict<'a>>,
    /// How many pairs there are, those beyond the limit included.
    pub total: u64,
}

/// Finds the pairs of events that overlap at one venue, and reports the first `limit` of them.
///
/// Two events that touch — one ends when the other starts — do not overlap. Venues are the same if [`venue_key`] says so; a venue
/// without a name is nobody's. The order of the bookings makes no difference. O(n log n + pairs reported).
///
/// # Example
/// ```
/// use client_event_scheduler::Timestamp;
/// use client_event_scheduler::event::{Booking, detect_conflicts};
///
/// let at = Timestamp::from_millis_unchecked;
/// let booking = |event_id, venue: &'static str, start, end| Booking {
///     event_id,
///     venue: venue.into(),
///     start: at(start),
///     end: at(end),
/// };
/// let found = detect_conflicts(
///     [
///         booking("gala", "Town Hall", 10, 20),
///         booking("ball", "town  hall ", 15, 25),
///         booking("fair", "Town Hall", 25, 30),
///     ],
///     100,
/// );
/// assert_eq!(found.total, 1);
/// assert_eq!((found.pairs[0].first, found.pairs[0].second), ("gala", "ball"));
/// assert_eq!((found.pairs[0].from, found.pairs[0].until), (at(15), at(20)));
/// ```
pub fn detect_conflicts<'a>(bookings: impl IntoIterator<Item = Booking<'a>>, limit: usize) -> Conflicts<'a> {
    let (stays, venues) = by_venue(&mut bookings.into_iter());
    let order = |stay: &Stay<'a>| (stay.booking.start, stay.venue, stay.booking.event_id);
    let stays = sorted(stays, |a, b| order(a).cmp(&order(b)));
    sweep(&stays, venues, limit)
}

/// A venue's name as it is compared: white space around it dropped and within it made one space, every character in lower case as
/// Unicode has it.
///
/// Lower case is taken character by character: the one mapping that depends on its neighbours, that of Σ at the end of a word, is
/// undone by comparing ς as σ. Composed and decomposed accents stay different.
#[must_use]
pub fn venue_key(venue: &str) -> String {
    let mut key = String::with_capacity(venue.len());
    for word in venue.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        for character in word.chars() {
            push_lowercase(&mut key, if character == 'ς' { 'σ' } else { character });
        }
    }
    key
}

/// Reads the `venue` of an event's JSON text. None where it is missing, no text, or only white space, or where the text is no JSON
/// object. Where the key occurs twice, the last one counts, as in `JSON.parse`.
#[must_use]
pub fn venue_in(json: &[u8]) -> Option<Cow<'_, str>> {
    match venue_scalar(&mut Cursor::new(json, 0)) {
        Ok(Scalar::Text(text)) => Some(text.decode()).filter(|text| !text.trim().is_empty()),
        Ok(_) | Err(_) => None,
    }
}

/// The value of the last `venue` among the members of an object.
fn venue_scalar<'a>(json: &mut Cursor<'a>) -> Result<Scalar<'a>, Fault> {
    let mut venue = Scalar::Null;
    json.expect(b'{', "an object")?;
    if json.accept(b'}')? {
        return Ok(venue);
    }
    loop {
        json.peek()?;
        let key = json.text()?;
        json.expect(b':', "a colon")?;
        if key.decode() == "venue" {
            venue = json.scalar()?;
        } else {
            json.skip_value()?;
        }
        if !json.accept(b',')? {
            return json.expect(b'}', "a comma or the end of the object").map(|()| venue);
        }
    }
}

/// A booking that takes time, and the rank of its venue among all keys.
struct Stay<'a> {
    booking: Booking<'a>,
    venue: usize,
}

/// Ranks the venues in the order of their keys. Returns how many there are, too.
fn by_venue<'a>(bookings: &mut dyn Iterator<Item = Booking<'a>>) -> (Vec<Stay<'a>>, usize) {
    let mut keyed = Vec::with_capacity(bookings.size_hint().0);
    for booking in bookings.filter(|booking| booking.start < booking.end) {
        let key = venue_key(&booking.venue);
        if !key.is_empty() {
            keyed.push((key, booking));
        }
    }
    let mut stays = Vec::with_capacity(keyed.len());
    let (mut venues, mut last) = (0, String::new());
    for (key, booking) in sorted(keyed, |a, b| a.0.cmp(&b.0)) {
        if key != last {
            venues += 1;
            last = key;
        }
        stays.push(Stay { booking, venue: venues - 1 });
    }
    (stays, venues)
}

/// Who is at a venue.
#[derive(Default)]
struct Present {
    count: usize,
    /// As indices of the sorted stays, in order of arrival; kept while pairs are still reported.
    in_order: Vec<usize>,
}

/// Goes through the arrivals in order. Whoever is still there when somebody arrives is one conflict with that one.
fn sweep<'a>(stays: &[Stay<'a>], venues: usize, limit: usize) -> Conflicts<'a> {
    let mut present = Vec::new();
    present.resize_with(venues, Present::default);
    let end = |index: usize| stays[index].booking.end;
    let leaving = sorted((0..stays.len()).collect(), |a: &usize, b| end(*a).cmp(&end(*b)));
    let mut leaving = leaving.into_iter().peekable();
    let mut found = Conflicts { pairs: Vec::new(), total: 0 };
    for (index, stay) in stays.iter().enumerate() {
        // Who leaves by now has arrived before: a stay takes time.
        while let Some(gone) = leaving.next_if(|gone| end(*gone) <= stay.booking.start) {
            let left = &mut present[stays[gone].venue];
            left.count -= 1;
            if let Ok(position) = left.in_order.binary_search(&gone) {
                left.in_order.remove(position);
            }
        }
        let Present { count, in_order } = &mut present[stay.venue];
        found.total += *count as u64;
        *count += 1;
        let room = limit - found.pairs.len();
        if room > 0 {
            found
                .pairs
                .extend(in_order.iter().take(room).map(|there| pair(&stays[*there].booking, &stay.booking)));
            in_order.push(index);
        }
    }
    found
}

fn pair<'a>(first: &Booking<'a>, second: &Booking<'a>) -> Conflict<'a> {
    let venue = match &first.venue {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    Conflict {
        venue,
        first: first.event_id,
        second: second.event_id,
        from: second.start,
        until: first.end.min(second.end),
    }
}
