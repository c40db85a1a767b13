//! A provider on a port of its own, with a clock of its own: it answers as RunSignUp documents, as a plain endpoint with JSON, and as a
//! calendar, and it fails as it is told to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use client_event_scheduler::Timestamp;
use client_event_scheduler_server::clock::{Clock as _, ManualClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::weather::{Calls, Weather};

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) modified_s: i64,
    /// From when on it is in the answers, by the machine's clock.
    pub(crate) visible_ms: i64,
    pub(crate) removed: bool,
}

/// Longer than a caller waits.
const LATE_MS: i64 = 30_001;

/// What is answered instead of what was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// A status, and what comes with it as `Retry-After`.
    Status(u16, Option<&'static str>),
    /// RunSignUp's own error.
    Error(u64),
    /// Half an answer.
    Cut,
    /// No JSON.
    Garbage,
    /// A registration without a number among the others.
    Malformed,
    /// No answer at all.
    Hang,
    /// No answer before the caller has given up, by everybody's clock.
    Late,
}

/// Everything that the provider has.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Events of races, as RunSignUp tells them; the key is race and event.
    pub(crate) races: BTreeMap<u64, Value>,
    /// Registrations by event.
    pub(crate) registrations: BTreeMap<u64, BTreeMap<u64, Registration>>,
    pub(crate) calendar: String,
    /// By how much its clock is ahead.
    pub(crate) ahead_ms: i64,
    pub(crate) faults: VecDeque<Fault>,
    /// What was asked for, with the header of credentials.
    pub(crate) requests: Vec<(String, Option<String>)>,
    /// Something to be done after that many further requests: a change in the middle of a listing.
    pub(crate) later: VecDeque<(usize, u64, u64)>,
    /// Events whose participants cannot be had.
    pub(crate) broken: BTreeSet<u64>,
    /// Races that are not in the list for a while, though they are there.
    pub(crate) hidden: BTreeSet<u64>,
    pub(crate) weather: Option<Weather>,
    pub(crate) calls: Calls,
}

impl World {
    /// The races that are in the list.
    fn listed(&self) -> Vec<Value> {
        let seen = self.races.iter().filter(|(race, _)| !self.hidden.contains(race));
        seen.map(|(_, race)| race.clone()).collect()
    }
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Simulator {
    world: Arc<Mutex<World>>,
    clock: Arc<ManualClock>,
    /// Told when a call hangs.
    hung: Arc<Notify>,
    pub(crate) url: String,
}

impl Simulator {
    pub(crate) async fn listen(clock: Arc<ManualClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (world, hung) = (Arc::default(), Arc::default());
        let simulator = Self { world, clock, hung, url };
        let app = Router::new()
            .route("/rest/races", get(races))
            .route("/rest/race/{race}/participants", get(present))
            .route("/rest/race/{race}/removed-participants", get(removed))
            .route("/events", get(list))
            .route("/events/{event}/people", get(people))
            .route("/calendar.ics", get(calendar))
            .with_state(simulator.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        simulator
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("a lock")
    }

    /// The provider's clock, in seconds.
    pub(crate) fn now_s(&self) -> i64 {
        (self.clock.now().as_millis() + self.world().ahead_ms).div_euclid(1000)
    }

    /// Changes a registration, which is seen `after_ms` later.
    pub(crate) fn register(&self, event: u64, id: u64, removed: bool, after_ms: i64) {
        let modified_s = self.now_s();
        let visible_ms = self.clock.now().as_millis() + after_ms;
        let registration = Registration { modified_s, visible_ms, removed };
        self.world().registrations.entry(event).or_default().insert(id, registration);
    }

    /// Takes note of a request, and says what is to go wrong.
    async fn asked(&self, uri: &Uri, headers: &HeaderMap) -> Option<Fault> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let credentials = text("x-rsu-api-secret").or_else(|| text("authorization"));
        let (fault, due) = {
            let mut world = self.world();
            world.requests.push((uri.to_string(), credentials));
            let due: Vec<_> = world
                .later
                .iter_mut()
                .filter_map(|(after, event, id)| {
                    *after = after.checked_sub(1)?;
                    (*after == 0).then_some((*event, *id))
                })
                .collect();
            let now_ms = self.clock.now().as_millis();
            world.calls.add(now_ms);
            let fault = world.faults.pop_front();
            (fault.or_else(|| world.weather.as_mut()?.next(now_ms)), due)
        };
        for (event, id) in due {
            self.register(event, id, false, 0);
        }
        if matches!(fault, Some(Fault::Hang)) {
            self.hung.notify_one();
            std::future::pending::<()>().await;
        }
        if matches!(fault, Some(Fault::Late)) {
            self.clock.advance(LATE_MS);
            std::future::pending::<()>().await;
        }
        fault
    }

    /// Waits until a call hangs.
    pub(crate) async fn hangs(&self) {
        self.hung.notified().await;
    }

    /// Who takes part in an event.
    pub(crate) fn present(&self, event: u64) -> BTreeSet<u64> {
        let world = self.world();
        let all = world.registrations.get(&event).into_iter().flatten();
        all.filter(|(_, registration)| !registration.removed).map(|(id, _)| *id).collect()
    }

    pub(crate) fn rename(&self, race: u64, name: &str) {
        if let Some(race) = self.world().races.get_mut(&race) {
            race["name"] = Value::from(name);
        }
    }

    fn answer(&self, fault: Option<Fault>, value: &Value) -> Response {
        let json = value.to_string();
        let answer = self.response().header("content-type", "application/json");
        let body = match fault {
            None | Some(Fault::Malformed | Fault::Hang | Fault::Late) => Body::from(json),
            Some(Fault::Status(status, wait)) => {
                let answer = answer.status(StatusCode::from_u16(status).expect("a status"));
                let answer = wait.iter().fold(answer, |answer, wait| answer.header("retry-after", *wait));
                return answer.body(Body::empty()).expect("an answer");
            }
            Some(Fault::Error(code)) => {
                Body::from(json!({"error": {"error_code": code, "error_msg": "said so"}}).to_string())
            }
            Some(Fault::Garbage) => Body::from("<html>"),
            Some(Fault::Cut) => {
                let half = json[..json.len() / 2].to_owned();
                let error = std::io::Error::other("cut");
                Body::from_stream(futures_util::stream::iter([Ok(half), Err(error)]))
            }
        };
        answer.body(body).expect("an answer")
    }

    fn response(&self) -> axum::http::response::Builder {
        let now = u64::try_from(self.now_s()).expect("after 1970");
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
        Response::builder().header("date", date)
    }

    /// Registrations of an event on one page: those that can be seen, of the right kind, changed since, after another one.
    fn page(&self, event: u64, removed: bool, asked: &Asked) -> Vec<(u64, Registration)> {
        let now_ms = self.clock.now().as_millis();
        let world = self.world();
        let all = world.registrations.get(&event).into_iter().flatten();
        let since = asked.modified_after_timestamp.unwrap_or(i64::MIN);
        all.filter(|(id, each)| {
            each.removed == removed
                && each.visible_ms <= now_ms
                && each.modified_s >= since
                && asked.after_registration_id.is_none_or(|after| **id > after)
        })
        .map(|(id, each)| (*id, each.clone()))
        .take(asked.results_per_page.unwrap_or(usize::MAX))
        .collect()
    }
}

#[derive(Debug, Default, serde::Deserialize)]
struct Asked {
    event_id: Option<u64>,
    modified_after_timestamp: Option<i64>,
    after_registration_id: Option<u64>,
    results_per_page: Option<usize>,
    page: Option<usize>,
}

async fn races(
    State(simulator): State<Simulator>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let fault = simulator.asked(&uri, &headers).await;
    let (size, page) = (asked.results_per_page.expect("a size"), asked.page.expect("a page"));
    let races = simulator.world().listed().into_iter().map(|race| json!({"race": race}));
    let mut races: Vec<_> = races.skip((page - 1) * size).take(size).collect();
    if matches!(fault, Some(Fault::Malformed)) {
        races.push(json!({"race": {"name": "Nameless"}}));
    }
    simulator.answer(fault, &json!({"races": races}))
}

async fn present(
    State(simulator): State<Simulator>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    roll(&simulator, &asked, false, &uri, &headers).await
}

async fn removed(
    State(simulator): State<Simulator>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    roll(&simulator, &asked, true, &uri, &headers).await
}

async fn roll(
    simulator: &Simulator,
    asked: &Asked,
    removed: bool,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response {
    let event = asked.event_id.expect("an event");
    let broken = simulator.world().broken.contains(&event).then_some(Fault::Status(500, None));
    let fault = simulator.asked(uri, headers).await.or(broken);
    let mut found: Vec<_> = simulator
        .page(event, removed, asked)
        .into_iter()
        .map(|(id, each)| match removed {
            true => json!({"registration_id": id, "last_modified_ts": each.modified_s, "removed_reason": "removed"}),
            false => json!({"registration_id": id, "last_modified": each.modified_s, "user": {"first_name": "Jane"}}),
        })
        .collect();
    if matches!(fault, Some(Fault::Malformed)) {
        found.push(json!({"user": {"first_name": "Jane"}}));
    }
    let answer = match removed {
        true => json!({"event": {"event_id": event, "participants": found}}),
        false => json!([{"event": {"event_id": event}, "participants": found}]),
    };
    simulator.answer(fault, &answer)
}

/// The same events as a plain endpoint tells them, two on a page.
async fn list(
    State(simulator): State<Simulator>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let fault = simulator.asked(&uri, &headers).await;
    let page = asked.page.unwrap_or(1);
    let races = simulator.world().listed();
    let mut items: Vec<_> = races
        .iter()
        .skip((page - 1) * 2)
        .take(2)
        .map(|race| json!({"id": race["race_id"], "name": race["name"], "when": {"from": race["events"][0]["start_time"]}}))
        .collect();
    if matches!(fault, Some(Fault::Malformed)) {
        items.push(json!({"name": "Nameless"}));
    }
    let next = (page * 2 < races.len()).then(|| format!("/events?page={}", page + 1));
    simulator.answer(fault, &json!({"data": {"items": items}, "links": {"next": next}}))
}

async fn people(
    State(simulator): State<Simulator>,
    Path(event): Path<u64>,
    Query(asked): Query<Asked>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let fault = simulator.asked(&uri, &headers).await;
    let mut found = simulator.page(event, false, &asked);
    found.extend(simulator.page(event, true, &asked));
    let mut items: Vec<_> = found
        .iter()
        .map(|(id, each)| {
            let at = Timestamp::from_millis_clamped(each.modified_s * 1000).to_string();
            json!({"id": id.to_string(), "at": at, "cancelled": each.removed})
        })
        .collect();
    if matches!(fault, Some(Fault::Malformed)) {
        items.push(json!({"id": "nameless", "at": "some day"}));
    }
    simulator.answer(fault, &json!(items))
}

async fn calendar(State(simulator): State<Simulator>, uri: Uri, headers: HeaderMap) -> Response {
    let fault = simulator.asked(&uri, &headers).await;
    if fault.is_some() {
        return simulator.answer(fault, &Value::Null);
    }
    let text = simulator.world().calendar.clone();
    let sum = text.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let tag = format!("\"{sum}\"");
    let answer = simulator.response().header("etag", &tag);
    if headers.get("if-none-match").is_some_and(|known| known == tag.as_str()) {
        return answer.status(StatusCode::NOT_MODIFIED).body(Body::empty()).expect("an answer");
    }
    answer.header("content-type", "text/calendar").body(Body::from(text)).expect("an answer")
}
