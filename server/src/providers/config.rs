//! What is to be known of a provider.

use std::collections::BTreeMap;

use axum::http::Uri;
use client_event_scheduler::{ProblemCode, ZoneProvider, ZoneTable};
use serde::{Deserialize, Serialize};

use crate::problem::FieldProblem;
use crate::secret::Secret;

/// Where events come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum ProviderConfig {
    /// An endpoint that answers with JSON.
    Json(Box<JsonConfig>),
    /// A calendar (RFC 5545) at an address.
    ICalendar(CalendarConfig),
    /// RunSignUp.
    RunSignUp(RunSignUpConfig),
}

/// An endpoint that answers with JSON. Places in an answer are JSON pointers (RFC 6901), such as `/data/items`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonConfig {
    /// Address of the list of events.
    pub url: String,
    /// Where the array of events is in an answer; empty where the answer is that array.
    #[serde(default)]
    pub items: String,
    /// Where the key of an event is in it.
    pub key: String,
    /// Where the address of the next page is in an answer; none where there are no pages.
    #[serde(default)]
    pub next: Option<String>,
    /// Where the value of each of our fields is in an event.
    pub fields: BTreeMap<String, String>,
    /// IANA zone of times that come without an offset, where the event tells none.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// How its participants are asked for; none where they are not.
    #[serde(default)]
    pub participants: Option<JsonParticipants>,
}

/// How the participants of an event are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonParticipants {
    /// Address of the list, in which `{event}` stands for the event's key.
    pub url: String,
    /// Where the array of participants is in an answer; empty where the answer is that array.
    #[serde(default)]
    pub items: String,
    /// Where the key of a participant is in it.
    pub key: String,
    /// Where the time of its last change is in it: seconds or milliseconds since 1970, or RFC 3339.
    pub modified_at: String,
    /// Where it is said that it takes part no more: anything but `false`, `null`, `0`, `""` says so.
    #[serde(default)]
    pub removed: Option<String>,
    /// Where the address of the next page is in an answer.
    #[serde(default)]
    pub next: Option<String>,
    /// How it is said from when on changes are asked for; none where everything is asked for each time.
    #[serde(default)]
    pub since: Option<SinceParameter>,
}

/// The parameter that says from when on changes are asked for, inclusively.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinceParameter {
    /// Its name.
    pub name: String,
    /// How the time is written.
    pub format: SinceFormat,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinceFormat {
    /// Seconds since 1970.
    Unix,
    /// RFC 3339, in UTC.
    Rfc3339,
}

/// A calendar at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarConfig {
    /// Its address.
    pub url: String,
    /// IANA zone of times that name none, where the calendar tells none either.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// For how many days ahead recurring events are listed.
    #[serde(default = "calendar_days")]
    pub horizon_days: u16,
}

/// Days ahead for which recurring events can be listed.
const CALENDAR_DAYS: u16 = 1_830;

fn calendar_days() -> u16 {
    366
}

/// The races of an account at RunSignUp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSignUpConfig {
    /// Address of its interface, without what follows `/rest`.
    #[serde(default = "runsignup_url")]
    pub url: String,
    /// Participants on a page: as many as there may be, unless fewer are wanted.
    #[serde(default = "runsignup_page")]
    pub results_per_page: u16,
}

/// Participants that RunSignUp puts on a page at most.
const RUNSIGNUP_PAGE: u16 = 2_500;

fn runsignup_page() -> u16 {
    RUNSIGNUP_PAGE
}

fn runsignup_url() -> String {
    "https://api.runsignup.com/rest".to_owned()
}

/// What an account shows to be let in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Credentials {
    /// Nothing.
    #[default]
    None,
    /// A token.
    Bearer {
        /// The token.
        token: Secret,
    },
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A header of the provider's own.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// RunSignUp's key and its secret.
    ApiKey {
        /// The key.
        key: Secret,
        /// The secret.
        secret: Secret,
    },
}

impl ProviderConfig {
    /// Wire name of the kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::ICalendar(_) => "icalendar",
            Self::RunSignUp(_) => "runsignup",
        }
    }

    /// The address that is called.
    pub fn url(&self) -> &str {
        match self {
            Self::Json(config) => &config.url,
            Self::ICalendar(config) => &config.url,
            Self::RunSignUp(config) => &config.url,
        }
    }

    /// What is wrong with it.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let mut found = Problems::default();
        found.url("url", self.url());
        match self {
            Self::Json(config) => found.json(config),
            Self::ICalendar(config) => {
                found.zone(config.time_zone.as_deref());
                found.days(config.horizon_days);
            }
            Self::RunSignUp(config) => found.page(config.results_per_page),
        }
        found.0
    }
}

#[derive(Default)]
struct Problems(Vec<FieldProblem>);

impl Problems {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        let problem = FieldProblem::new(field.into(), ProblemCode::SettingInvalid.as_str(), message);
        self.0.push(problem);
    }

    fn url(&mut self, field: &str, text: &str) {
        let url = text.replace("{event}", "1").parse::<Uri>();
        if !url.is_ok_and(|url| url.scheme().is_some() && url.host().is_some()) {
            self.add(field, format!("is {text:?}: write an address such as https://host/path"));
        }
    }

    fn pointer(&mut self, field: impl Into<String>, text: &str) {
        if !text.is_empty() && !text.starts_with('/') {
            self.add(field, format!("is {text:?}: write a JSON pointer such as /{text}"));
        }
    }

    fn page(&mut self, results: u16) {
        if !(1..=RUNSIGNUP_PAGE).contains(&results) {
            self.add("results_per_page", format!("is {results}: write 1 to {RUNSIGNUP_PAGE}"));
        }
    }

    fn days(&mut self, days: u16) {
        if !(1..=CALENDAR_DAYS).contains(&days) {
            self.add("horizon_days", format!("is {days}: write 1 to {CALENDAR_DAYS}"));
        }
    }

    fn zone(&mut self, name: Option<&str>) {
        let Some(name) = name.filter(|name| ZoneTable::embedded().zone(name).is_none()) else { return };
        let message = match ZoneTable::embedded().suggest(name) {
            Some(nearest) => format!("{name:?} is not an IANA time zone: did you mean {nearest}?"),
            None => format!("{name:?} is not an IANA time zone: write one such as Europe/Berlin"),
        };
        self.0.push(FieldProblem::new("time_zone", ProblemCode::TimeZoneUnknown.as_str(), message));
    }

    fn json(&mut self, config: &JsonConfig) {
        self.zone(config.time_zone.as_deref());
        self.pointer("items", &config.items);
        self.pointer("key", &config.key);
        self.pointer("next", config.next.as_deref().unwrap_or_default());
        for (field, pointer) in &config.fields {
            self.pointer(format!("fields.{field}"), pointer);
        }
        if config.fields.contains_key("event_id") {
            self.add("fields.event_id", "is made from the key: leave it out");
        }
        if !config.fields.contains_key("start_datetime") {
            self.add("fields.start_datetime", "is missing: say where the start of an event is");
        }
        let Some(participants) = &config.participants else { return };
        self.url("participants.url", &participants.url);
        if !participants.url.contains("{event}") {
            self.add("participants.url", "names no event: write {event} where its key belongs");
        }
        for (field, pointer) in [
            ("participants.items", Some(&participants.items)),
            ("participants.key", Some(&participants.key)),
            ("participants.modified_at", Some(&participants.modified_at)),
            ("participants.removed", participants.removed.as_ref()),
            ("participants.next", participants.next.as_ref()),
        ] {
            self.pointer(field, pointer.map_or("", String::as_str));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(config: serde_json::Value) -> Vec<String> {
        let config: ProviderConfig = serde_json::from_value(config).expect("a configuration");
        config.problems().into_iter().map(|problem| problem.field.into_owned()).collect()
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let good = serde_json::json!({
            "kind": "json", "url": "https://example.org/events", "key": "/id", "fields": {"start_datetime": "/start"}
        });
        assert!(problems(good).is_empty());
        let bad = serde_json::json!({
            "kind": "json", "url": "example.org", "items": "data", "key": "id", "time_zone": "Europe/Berlim",
            "fields": {"event_id": "/id", "venue": "place"},
            "participants": {"url": "https://example.org/participants", "key": "/id", "modified_at": "at"}
        });
        assert_eq!(
            problems(bad),
            [
                "url",
                "time_zone",
                "items",
                "key",
                "fields.venue",
                "fields.event_id",
                "fields.start_datetime",
                "participants.url",
                "participants.modified_at"
            ]
        );
        let calendar = serde_json::json!({"kind": "icalendar", "url": "webcal", "horizon_days": 0});
        assert_eq!(problems(calendar), ["url", "horizon_days"]);
        assert!(problems(serde_json::json!({"kind": "runsignup"})).is_empty());
    }

    #[test]
    fn credentials_are_not_shown() {
        let text = r#"{"kind": "api_key", "key": "sesame", "secret": "sesame"}"#;
        let credentials: Credentials = serde_json::from_str(text).expect("credentials");
        assert!(!format!("{credentials:?}").contains("sesame"));
    }
}
