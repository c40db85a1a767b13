//! Accounts over HTTP: from the first request to an event on the timeline.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::add_race;
use super::simulator::{Fault, Simulator};
use crate::support::service::parsed;
use crate::support::{HOUR_MS, PATIENCE, TestServer, instant, text};

const ACCOUNTS: &str = "/api/v1/sync/accounts";

/// A server that may call the simulator and keeps credentials sealed.
async fn started() -> (TestServer, Simulator) {
    let server = TestServer::start_with(|config, _| {
        config.provider_networks = vec!["127.0.0.0/8".parse().expect("a network")];
        let key = "first:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        config.service.payload_keys = Some(key.parse().expect("keys"));
    })
    .await;
    let simulator = Simulator::listen(server.clock.clone()).await;
    (server, simulator)
}

fn club(simulator: &Simulator) -> Value {
    json!({
        "account_id": "club", "name": "The running club", "time_zone": "Europe/Berlin",
        "provider": {"kind": "runsignup", "url": format!("{}/rest", simulator.url)},
        "credentials": {"kind": "api_key", "key": "the-key", "secret": "the-secret"}
    })
}

/// Waits until what is at `path` is as it should be.
async fn until(server: &TestServer, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    let waits = async {
        loop {
            let found = server.get(path).await;
            if is(&found) {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.unwrap_or_else(|_| panic!("{path} stays as it is"))
}

#[tokio::test]
async fn an_account_shows_its_events_in_the_list_with_their_participants_counted() {
    let (mut server, simulator) = started().await;
    let start = &instant(48 * HOUR_MS)[..19];
    add_race(&simulator, 1, "UTC", start);
    for id in 1..=5 {
        simulator.register(10, id, id == 5, 0);
    }
    let (status, account) = server.send(Method::POST, ACCOUNTS, Some(&club(&simulator))).await;
    assert_eq!(status, StatusCode::CREATED, "{account}");
    assert_eq!((&account["has_credentials"], &account["state"]), (&json!(true), &json!("ok")));
    let path = format!("{ACCOUNTS}/club");
    // The first discovery counts them already, and is written down when it has ended.
    let next = instant(4 * HOUR_MS);
    let account = until(&server, &path, |account| {
        account["participants"] == 4 && account["next_discovery_at"] == next.as_str()
    })
    .await;
    assert_eq!(account["events"], 1);
    assert!(!account.to_string().contains("the-"), "credentials are not shown: {account}");
    let list = server.get("/api/v1/admin/events/list").await;
    assert_eq!(list["events"][0]["event_id"], "club:1/10", "{list}");
    let events = server.get(&format!("{path}/events")).await;
    let event = &events["events"][0];
    assert_eq!(
        (&event["participants"], &event["tier"], &event["every_ms"]),
        (&json!(4), &json!("low"), &json!(14_400_000))
    );
    assert_eq!((&event["changed_here"], &events["next"]), (&json!([]), &Value::Null));
    let history = until(&server, &format!("{path}/history"), |history| {
        history["syncs"].as_array().is_some_and(|syncs| syncs.len() == 2)
    })
    .await;
    let mut kinds: Vec<_> =
        history["syncs"].as_array().expect("syncs").iter().map(|sync| text(&sync["kind"])).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["backfill", "discovery"]);
    let event = &server.get(&format!("{path}/events")).await["events"][0];
    let [asked, next] = ["synced_at", "next_sync_at"].map(|name| parsed(&event[name]));
    assert!(asked < next && next <= asked.saturating_add_ms(14_400_000), "{event}");
    // The audit says who has made the event: the account, and by which sync.
    let made = &server.get("/api/v1/admin/audit?target=club:1%2F10").await["entries"][0];
    let discovery =
        history["syncs"].as_array().and_then(|syncs| syncs.iter().find(|sync| sync["kind"] == "discovery"));
    assert_eq!(made["actor"], json!({"kind": "provider", "id": "club", "name": account["name"]}), "{made}");
    assert_eq!((&made["method"], &made["request_id"]), (&json!("SYNC"), &discovery.expect("it")["sync_id"]));
    let fields = made["changes"]["fields"].as_array().expect("fields");
    assert!(fields.iter().any(|field| field["field"] == "start_datetime"), "{made}");

    // What somebody changes here is shown as such.
    let patch = json!({"venue": "Town hall"});
    let (status, _) =
        server.send(Method::PATCH, "/api/v1/admin/events/update/club:1%2F10", Some(&patch)).await;
    assert_eq!(status, StatusCode::OK);
    let events = server.get(&format!("{path}/events")).await;
    assert_eq!(events["events"][0]["changed_here"], json!(["venue"]));

    // It goes on after a restart, without being told.
    server.restart().await;
    simulator.register(10, 6, false, 0);
    server.clock.advance(5 * HOUR_MS);
    until(&server, &path, |account| account["participants"] == 5).await;

    // Its events stay when it goes.
    let request = server.request(Method::DELETE, &path).send().await.expect("an answer");
    assert_eq!(request.status(), StatusCode::NO_CONTENT);
    let (status, problem) = server.send(Method::GET, &path, None).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("ACCOUNT_NOT_FOUND")));
    assert_eq!(server.get("/api/v1/admin/events/list").await["events"][0]["venue"], "Town hall");
}

#[tokio::test]
async fn the_events_of_an_account_come_in_pages() {
    let (server, simulator) = started().await;
    for race in 1..=5 {
        add_race(&simulator, race, "UTC", &instant(480 * HOUR_MS)[..19]);
        simulator.register(race * 10, race, false, 0);
    }
    server.send(Method::POST, ACCOUNTS, Some(&club(&simulator))).await;
    let path = format!("{ACCOUNTS}/club");
    let account = until(&server, &path, |account| account["participants"] == 5).await;
    assert_eq!(account["events"], 5);
    let (mut keys, mut sizes, mut after) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = server.get(&format!("{path}/events?limit=2&after={after}")).await;
        let events = page["events"].as_array().expect("events");
        sizes.push(events.len());
        keys.extend(events.iter().map(|event| text(&event["event_key"]).to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = next.replace('/', "%2F");
    }
    assert_eq!((sizes, keys), (vec![2, 2, 1], (1..=5).map(|race| format!("{race}/{race}0")).collect()));
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said_field_by_field() {
    let (server, simulator) = started().await;
    let refused = async |body: Value| {
        let (status, problem) = server.send(Method::POST, ACCOUNTS, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let problems = problem["problems"].as_array().expect("problems").clone();
        assert!(!problem.to_string().contains("the-secret"), "{problem}");
        problems.iter().map(|problem| text(&problem["field"])).collect::<Vec<_>>()
    };
    let mut body = club(&simulator);
    body["account_id"] = json!("Club 1");
    body["name"] = json!(" ");
    body["time_zone"] = json!("Europe/Berlim");
    body["calls_per_hour"] = json!(0);
    body["credentials"] = json!({"kind": "api_key", "key": "the-secret"});
    body["provider"] = json!({"kind": "icalendar", "url": "ftp"});
    let fields = refused(body).await;
    assert_eq!(fields, ["account_id", "name", "calls_per_hour", "time_zone", "credentials", "provider.url"]);
    let mut body = club(&simulator);
    body["provider"] = json!({"kind": "icalendar", "url": "https://10.0.0.1/calendar.ics"});
    assert_eq!(refused(body).await, ["provider.url"]);
    let mut body = club(&simulator);
    body["provider"] = json!({"kind": "carrier pigeon"});
    assert_eq!(refused(body).await, ["provider"]);
    server.send(Method::POST, ACCOUNTS, Some(&club(&simulator))).await;
    let (status, problem) = server.send(Method::POST, ACCOUNTS, Some(&club(&simulator))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("ACCOUNT_EXISTS")));
}

#[tokio::test]
async fn credentials_are_kept_sealed_or_not_at_all() {
    let server = TestServer::start_with(|config, _| {
        config.provider_networks = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let simulator = Simulator::listen(server.clock.clone()).await;
    let (status, problem) = server.send(Method::POST, ACCOUNTS, Some(&club(&simulator))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert!(text(&problem["problems"][0]["message"]).contains("--payload-keys"), "{problem}");
    let mut open = club(&simulator);
    open["credentials"] = json!({"kind": "none"});
    let (status, account) = server.send(Method::POST, ACCOUNTS, Some(&open)).await;
    assert_eq!((status, &account["has_credentials"]), (StatusCode::CREATED, &json!(false)));
}

#[tokio::test]
async fn an_account_that_fails_says_why_and_is_tried_again_when_somebody_asks() {
    let (server, simulator) = started().await;
    add_race(&simulator, 1, "UTC", &instant(48 * HOUR_MS)[..19]);
    simulator.world().faults.push_back(Fault::Status(401, None));
    server.send(Method::POST, ACCOUNTS, Some(&club(&simulator))).await;
    let path = format!("{ACCOUNTS}/club");
    let account = until(&server, &path, |account| account["state"] == "failing").await;
    assert_eq!(account["error"]["code"], "CREDENTIALS_DENIED");
    assert_eq!(account["events"], 0);
    let (status, _) = server.send(Method::POST, &format!("{path}/run"), None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    until(&server, &path, |account| account["state"] == "ok" && account["events"] == 1).await;
    let history = server.get(&format!("{path}/history")).await;
    let failed = history["syncs"].as_array().expect("syncs").iter().filter(|sync| !sync["error"].is_null());
    assert_eq!(failed.count(), 1, "{history}");

    // Put to rest, it is asked for nothing.
    let (status, account) = server.send(Method::PATCH, &path, Some(&json!({"enabled": false}))).await;
    assert_eq!((status, &account["state"]), (StatusCode::OK, &json!("disabled")));
    let calls = simulator.world().requests.len();
    server.clock.advance(24 * HOUR_MS);
    let (status, _) = server.send(Method::POST, &format!("{path}/run"), None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    until(&server, &path, |account| account["state"] == "disabled").await;
    assert_eq!(simulator.world().requests.len(), calls);
}
