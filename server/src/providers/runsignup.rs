//! RunSignUp: each event of a race is an event here, and its registrations are the participants.
//!
//! Times of events are in the zone of their race, all other times are those of New York. Answers with an error have status 200.

use std::collections::BTreeMap;

use async_trait::async_trait;
use axum::http::HeaderName;
use client_event_scheduler::time::{CivilDate, CivilDateTime, ParsedDate, parse_date};
use client_event_scheduler::{Disambiguation, Timestamp, ZoneProvider, ZoneTable};
use serde_json::{Map, Value};
use url::Url;

use super::caller::{Caller, Get, told_now};
use super::json::read_json;
use super::{
    Credentials, ListedEvent, Listing, Page, Participant, Provider, ProviderError, RefusedRecord,
    RunSignUpConfig, Validators,
};
use crate::events::Document;

/// Races on a page: as many as there may be.
const RACES: usize = 1_000;

/// Pages of races that an account may have.
const PAGES: usize = 1_000;

/// The zone of every time that is not one of an event.
const EASTERN: &str = "America/New_York";

const SECRET_HEADER: HeaderName = HeaderName::from_static("x-rsu-api-secret");

/// The races of an account.
#[derive(Debug)]
pub(super) struct RunSignUp {
    pub(super) config: RunSignUpConfig,
    pub(super) credentials: Credentials,
}

/// The two lists in which the participants of an event are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roll {
    Present,
    Removed,
}

impl Roll {
    const fn path(self) -> &'static str {
        match self {
            Self::Present => "participants",
            Self::Removed => "removed-participants",
        }
    }

    /// `participants` or `removed-participants`, and after which registration.
    fn read(cursor: Option<&str>) -> Option<(Self, Option<u64>)> {
        let Some(cursor) = cursor else { return Some((Self::Present, None)) };
        let (path, after) = cursor.split_once(' ').unwrap_or((cursor, ""));
        let roll = [Self::Present, Self::Removed].into_iter().find(|roll| roll.path() == path)?;
        Some((roll, if after.is_empty() { None } else { Some(after.parse().ok()?) }))
    }
}

#[async_trait]
impl Provider for RunSignUp {
    async fn events(&self, caller: &Caller, _: &Validators) -> Result<Listing, ProviderError> {
        let (mut events, mut refused) = (Vec::new(), Vec::new());
        for page in 1..=PAGES {
            let mut url = self.url("races")?;
            url.query_pairs_mut()
                .append_pair("events", "T")
                .append_pair("only_partner_races", "T")
                .append_pair("results_per_page", &RACES.to_string())
                .append_pair("page", &page.to_string());
            let (answer, _) = self.ask(caller, url).await?;
            let races = answer.get("races").and_then(Value::as_array);
            let races =
                races.ok_or_else(|| ProviderError::Malformed("there are no races in it".to_owned()))?;
            for race in races {
                read_race(race.get("race").unwrap_or(race), &mut events, &mut refused);
            }
            if races.len() < RACES {
                let (series, validators) = (BTreeMap::new(), Validators::default());
                return Ok(Listing::Whole { events, refused, series, validators });
            }
        }
        Err(ProviderError::Malformed(format!("there are more than {PAGES} pages")))
    }

    fn has_participants(&self) -> bool {
        true
    }

    async fn participants(
        &self,
        caller: &Caller,
        event_key: &str,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<Page, ProviderError> {
        let key = event_key.split_once('/');
        let (race, event) = key.ok_or_else(|| malformed_key("the key of an event", event_key))?;
        let (roll, after) = Roll::read(cursor).ok_or_else(|| malformed_key("a cursor", event_key))?;
        let mut url = self.url(&format!("race/{race}/{}", roll.path()))?;
        url.query_pairs_mut()
            .append_pair("event_id", event)
            .append_pair("results_per_page", &self.config.results_per_page.to_string())
            .append_pair("sort", "registration_id ASC");
        if let Some(after) = after {
            url.query_pairs_mut().append_pair("after_registration_id", &after.to_string());
        }
        if let Some(since) = since {
            let seconds = since.as_millis().div_euclid(1000).to_string();
            url.query_pairs_mut().append_pair("modified_after_timestamp", &seconds);
        }
        let (answer, provider_now) = self.ask(caller, url).await?;
        let mut page = Page { provider_now, ..Page::default() };
        let (mut count, mut last) = (0, after);
        for record in records(&answer) {
            count += 1;
            last = last.max(record.get("registration_id").and_then(Value::as_u64));
            match participant(record, roll) {
                Ok(participant) => page.participants.push(participant),
                Err(record) => page.refused.push(record),
            }
        }
        page.next = match (roll, last) {
            // Without a registration to go on after, the same page would come for ever.
            (_, Some(last)) if count >= self.config.results_per_page && Some(last) > after => {
                Some(format!("{} {last}", roll.path()))
            }
            (Roll::Present, _) => Some(Roll::Removed.path().to_owned()),
            (Roll::Removed, _) => None,
        };
        Ok(page)
    }
}

fn malformed_key(what: &str, event_key: &str) -> ProviderError {
    ProviderError::Malformed(format!("{what} is not of RunSignUp: {event_key:?}"))
}

impl RunSignUp {
    fn url(&self, path: &str) -> Result<Url, ProviderError> {
        let base = self.config.url.trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}/{path}"))
            .map_err(|error| ProviderError::Misconfigured(format!("an address cannot be read: {error}")))?;
        url.query_pairs_mut().append_pair("format", "json");
        Ok(url)
    }

    async fn ask(&self, caller: &Caller, mut url: Url) -> Result<(Value, Option<Timestamp>), ProviderError> {
        let Credentials::ApiKey { key, secret } = &self.credentials else {
            let message = "RunSignUp wants credentials of the kind api_key, with a key and a secret";
            return Err(ProviderError::Misconfigured(message.to_owned()));
        };
        // The key alone opens nothing.
        url.query_pairs_mut().append_pair("rsu_api_key", key.expose());
        let mut get = Get::new(url, "application/json");
        get.add_secret(SECRET_HEADER, secret.expose())?;
        let answer = caller.get(get).await?;
        let value = read_json(&answer.body)?;
        match value.get("error") {
            None | Some(Value::Null) => Ok((value, told_now(&answer.headers))),
            Some(error) => Err(told_error(caller, error).await),
        }
    }
}

/// The codes of RunSignUp that say that the key or its secret is wrong, or may not do this.
const DENIED: [u64; 2] = [6, 7];

/// The code that says that too much was asked for.
const THROTTLED: u64 = 14;

async fn told_error(caller: &Caller, error: &Value) -> ProviderError {
    let code = error.get("error_code").and_then(Value::as_u64);
    let message = error.get("error_msg").and_then(Value::as_str).unwrap_or("an error without a message");
    let message: String = message.chars().take(200).collect();
    match code {
        Some(THROTTLED) => caller.rest(None).await,
        Some(code) if DENIED.contains(&code) => ProviderError::Denied(message),
        _ => ProviderError::Failed(format!("RunSignUp says: {message}")),
    }
}

/// The events of a race.
fn read_race(race: &Value, events: &mut Vec<ListedEvent>, refused: &mut Vec<RefusedRecord>) {
    let Some(race_id) = number(race, "race_id") else {
        refused.push(RefusedRecord::malformed(None, "race_id", "is missing: a race has a number"));
        return;
    };
    for event in race.get("events").and_then(Value::as_array).into_iter().flatten() {
        let Some(event_id) = number(event, "event_id") else {
            let message = "is missing: an event has a number";
            refused.push(RefusedRecord::malformed(Some(race_id.to_string()), "event_id", message));
            continue;
        };
        let key = format!("{race_id}/{event_id}");
        match read_event(race, event) {
            Ok(document) => events.push(ListedEvent { key, document }),
            Err((field, message)) => refused.push(RefusedRecord::malformed(Some(key), field, message)),
        }
    }
}

fn read_event(race: &Value, event: &Value) -> Result<Document, (&'static str, String)> {
    let zone = race.get("timezone").and_then(Value::as_str).unwrap_or(EASTERN);
    let mut fields = Map::new();
    let mut put = |field: &str, value: String| {
        fields.insert(field.to_owned(), Value::from(value));
    };
    let names = [text(race, "name"), text(event, "name")];
    put("event_name", names.into_iter().flatten().collect::<Vec<_>>().join(" – "));
    put("timezone", zone.to_owned());
    for (theirs, ours) in [("start_time", "start_datetime"), ("end_time", "end_datetime")] {
        if let Some(found) = text(event, theirs) {
            let local = read_local(found).ok_or_else(|| malformed_time(theirs, found))?;
            put(ours, written(local));
        }
    }
    let periods = event.get("registration_periods").and_then(Value::as_array).into_iter().flatten();
    let (mut opens, mut closes) = (Vec::new(), Vec::new());
    for period in periods {
        for (theirs, instants) in [("registration_opens", &mut opens), ("registration_closes", &mut closes)] {
            if let Some(found) = text(period, theirs) {
                instants.push(read_eastern(found).ok_or_else(|| malformed_time(theirs, found))?);
            }
        }
    }
    // Several periods, with a price each, follow one another: registration is open from the first to the last.
    if let Some(opens) = opens.into_iter().min() {
        put("registration_start_date", opens.to_string());
    }
    if let Some(closes) = closes.into_iter().max() {
        put("registration_end_date", closes.to_string());
    }
    let address = race.get("address");
    let part = |name: &str| address.and_then(|address| text(address, name)).map(str::trim);
    let venue: Vec<_> = ["street", "city", "state"].into_iter().filter_map(part).collect();
    if !venue.is_empty() {
        put("venue", venue.join(", "));
    }
    if let Some(url) = text(race, "url") {
        put("url", url.to_owned());
    }
    Document::from_json(Value::from(fields).to_string().as_bytes()).map_err(|error| ("", error.to_string()))
}

fn malformed_time(field: &'static str, found: &str) -> (&'static str, String) {
    (field, format!("is {found:?}: a time of RunSignUp is written 5/1/2026 08:00"))
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

fn number(object: &Value, name: &str) -> Option<u64> {
    let value = object.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A time on a clock on the wall: `M/D/YYYY`, `M/D/YYYY H:MM[:SS]` or as in RFC 3339 without an offset.
fn read_local(found: &str) -> Option<CivilDateTime> {
    if let Ok(ParsedDate::Local(local)) = parse_date(found) {
        return Some(local);
    }
    let (date, time) = found.trim().split_once(' ').unwrap_or((found.trim(), "0:00"));
    let [month, day, year] = parts(date, '/')?;
    let [hour, minute, second] = parts(time, ':').or_else(|| {
        let [hour, minute] = parts(time, ':')?;
        Some([hour, minute, 0])
    })?;
    let date = CivilDate::new(i32::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    (hour < 24 && minute < 60 && second < 60)
        .then(|| CivilDateTime::new(date, ((hour * 60 + minute) * 60 + second) * 1000))?
}

fn parts<const N: usize>(text: &str, separator: char) -> Option<[u32; N]> {
    let parts: Option<Vec<u32>> = text.split(separator).map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

fn read_eastern(found: &str) -> Option<Timestamp> {
    let zone = ZoneTable::embedded().zone(EASTERN)?;
    zone.resolve(read_local(found)?, Disambiguation::Compatible).ok()
}

/// Without an offset, to be read in the zone of the race.
fn written(local: CivilDateTime) -> String {
    let (date, seconds) = (local.date(), local.millis_of_day() / 1000);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The registrations in an answer: of one event or, in a list, of several.
fn records(answer: &Value) -> impl Iterator<Item = &Value> {
    let groups = match answer {
        Value::Array(groups) => groups.as_slice(),
        group => std::slice::from_ref(group),
    };
    groups.iter().flat_map(|group| {
        let inner = group.get("event").and_then(|event| event.get("participants"));
        [group.get("participants"), inner].into_iter().flatten().filter_map(Value::as_array).flatten()
    })
}

fn participant(record: &Value, roll: Roll) -> Result<Participant, RefusedRecord> {
    let Some(key) = number(record, "registration_id").map(|id| id.to_string()) else {
        return Err(RefusedRecord::malformed(
            None,
            "registration_id",
            "is missing: a registration has a number",
        ));
    };
    let modified = number(record, "last_modified_ts").or_else(|| number(record, "last_modified"));
    let modified = modified.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1000));
    let Some(modified_at) = modified.and_then(Timestamp::from_millis) else {
        let message = "is no time: seconds since 1970";
        return Err(RefusedRecord::malformed(Some(key), "last_modified", message));
    };
    Ok(Participant { key, modified_at, removed: roll == Roll::Removed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for (text, expected) in [
            ("10/12/2026 08:05", "2026-10-12T08:05:00"),
            ("2/5/2026 7:30", "2026-02-05T07:30:00"),
            ("04/06/2026", "2026-04-06T00:00:00"),
            ("2026-09-07 15:20:36", "2026-09-07T15:20:36"),
        ] {
            assert_eq!(read_local(text).map(written).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "13/1/2026", "2/30/2026", "1/1/2026 24:00", "1/1/2026 8", "noon"] {
            assert_eq!(read_local(text), None, "{text}");
        }
        let at = read_eastern("7/1/2026 12:00").expect("a time");
        assert_eq!(at.to_string(), "2026-07-01T16:00:00.000Z", "four hours behind in summer");
    }

    #[test]
    fn a_cursor_is_a_roll_and_a_registration() {
        assert_eq!(Roll::read(None), Some((Roll::Present, None)));
        assert_eq!(Roll::read(Some("participants 7")), Some((Roll::Present, Some(7))));
        assert_eq!(Roll::read(Some("removed-participants")), Some((Roll::Removed, None)));
        assert_eq!(Roll::read(Some("removed-participants x")), None);
        assert_eq!(Roll::read(Some("participant 7")), None);
    }
}
