//! Who did, or tried, what: every change and every refusal, within a budget.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::access::{Credential, PASSWORD, People, SETUP_TOKEN};
use crate::support::{HOUR_MS, TestServer, event, instant, text};

const SESSION: &str = "/api/v1/session";
const USERS: &str = "/api/v1/admin/users";
const KEYS: &str = "/api/v1/admin/api-keys";
const EVENTS: &str = "/api/v1/admin/events";

/// What a row says in the order actor, method, route, outcome, code.
fn told(row: &Value) -> String {
    let actor = row["actor"]["name"].as_str().unwrap_or("nobody");
    let code = row["problem_code"].as_str().unwrap_or("");
    format!("{actor} {} {} {} {code}", text(&row["method"]), text(&row["route"]), text(&row["outcome"]))
        .trim_end()
        .to_owned()
}

#[tokio::test]
async fn every_change_and_every_refusal_is_told_with_who_and_what() {
    let server = TestServer::secured().await;
    let nobody = Credential::default();
    let wrong = json!({"token": "wrong", "name": "root", "password": PASSWORD});
    server.send_as(&nobody, Method::POST, "/api/v1/setup", Some(&wrong)).await;
    let admin = server.set_up().await;
    let user = server.add_user(&admin, "olga", "organizer").await;
    server.try_sign_in("olga", "a wrong password").await;
    let olga = server.sign_in("olga").await;
    let create = format!("{EVENTS}/create");
    server.done_as(&olga, Method::POST, &create, Some(&event("gala"))).await;
    server.send_as(&olga, Method::POST, &create, Some(&event("gala"))).await;
    server
        .done_as(&olga, Method::PUT, &format!("{EVENTS}/update/gala"), Some(&json!({"venue": "Hall"})))
        .await;
    server.done_as(&olga, Method::POST, &format!("{EVENTS}/decline/gala"), None).await;
    server.done_as(&olga, Method::DELETE, &format!("{EVENTS}/delete/gala"), None).await;
    server.send_as(&olga, Method::GET, USERS, None).await;
    let (key, key_id) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    server.send_as(&key, Method::DELETE, &format!("{EVENTS}/delete/gala"), None).await;
    server.done_as(&admin, Method::DELETE, &format!("{KEYS}/{key_id}"), None).await;
    server.done_as(&olga, Method::DELETE, SESSION, None).await;
    server.done_as(&admin, Method::DELETE, &format!("{USERS}/{user}"), None).await;
    server.send_as(&nobody, Method::POST, "/no/such/page", None).await;

    let rows = server.audit(&admin, "").await;
    let told: Vec<_> = rows.iter().rev().map(told).collect();
    assert_eq!(
        told,
        [
            "nobody POST /api/v1/setup refused SETUP_TOKEN_INVALID",
            "root POST /api/v1/setup done",
            "root POST /api/v1/admin/users done",
            "nobody POST /api/v1/session refused SIGN_IN_FAILED",
            "olga POST /api/v1/session done",
            "olga POST /api/v1/admin/events/create done",
            "olga POST /api/v1/admin/events/create failed EVENT_EXISTS",
            "olga PUT /api/v1/admin/events/update/{event_id} done",
            "olga POST /api/v1/admin/events/decline/{event_id} done",
            "olga DELETE /api/v1/admin/events/delete/{event_id} done",
            "olga GET /api/v1/admin/users refused FORBIDDEN",
            "root POST /api/v1/admin/api-keys done",
            "mailer DELETE /api/v1/admin/events/delete/{event_id} refused FORBIDDEN",
            "root DELETE /api/v1/admin/api-keys/{key_id} done",
            "olga DELETE /api/v1/session done",
            "root DELETE /api/v1/admin/users/{user_id} done",
            "nobody POST  failed METHOD_NOT_ALLOWED",
        ]
    );
    let targets: Vec<_> =
        server.audit(&admin, "target=gala").await.iter().map(|row| text(&row["outcome"])).collect();
    assert_eq!(targets, ["refused", "done", "done", "done", "done"]);
    // A wrong password is told of the user; a name that is nobody's may be a password, and is not kept.
    assert_eq!(server.audit(&admin, "code=SIGN_IN_FAILED").await[0]["target_id"], json!(user));
    server.try_sign_in("my secret password", "oops").await;
    let rows = server.audit(&admin, "").await;
    let written = json!(rows).to_string();
    for secret in ["my secret password", PASSWORD, SETUP_TOKEN] {
        assert!(!written.contains(secret), "{secret}");
    }
    assert!(rows.iter().all(|row| row["address"] == "127.0.0.1" && text(&row["request_id"]).len() == 32));
}

#[tokio::test]
async fn a_change_that_is_not_made_leaves_no_word_of_having_been_made() {
    let server = TestServer::secured().await;
    let People { admin, organizer, .. } = server.people().await;
    let create = format!("{EVENTS}/create");
    server.done_as(&organizer, Method::POST, &create, Some(&event("gala"))).await;
    let stale = json!({"venue": "Hall", "revision": 7});
    server.send_as(&organizer, Method::PUT, &format!("{EVENTS}/update/gala"), Some(&stale)).await;
    let rows = server.audit(&admin, "target=gala").await;
    assert_eq!(told(&rows[0]), "olga PUT /api/v1/admin/events/update/{event_id} failed STALE_REVISION");
    assert_eq!(rows.iter().filter(|row| row["outcome"] == "done").count(), 1);
}

#[tokio::test]
async fn the_audit_is_read_page_by_page_and_by_filter() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for index in 0..5 {
        server.clock.advance(1_000);
        server.add_user(&admin, &format!("u{index}"), "organizer").await;
    }
    let page = async |query: &str| {
        server.done_as(&admin, Method::GET, &format!("/api/v1/admin/audit?{query}"), None).await
    };
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let answer = page(&query).await;
        seen.extend(answer["entries"].as_array().expect("entries").iter().map(|row| text(&row["at"])));
        let Some(before) = answer["next_before"].as_str() else { break };
        query = format!("limit=2&before={before}");
    }
    assert_eq!(seen, [5, 4, 3, 2, 1, 0].map(|second| instant(second * 1_000)));
    let count = async |filter: String| server.audit(&admin, &filter).await.len();
    assert_eq!(count(format!("from={}&until={}", instant(2_000), instant(4_000))).await, 2);
    assert_eq!(count("route=/api/v1/setup".into()).await, 1);
    assert_eq!(count("actor=root&outcome=done".into()).await, 6);
    for (query, field) in [("from=yesterday", "from"), ("limit=-1", "limit"), ("before=x", "before")] {
        let (status, problem) =
            server.send_as(&admin, Method::GET, &format!("/api/v1/admin/audit?{query}"), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["problems"][0]["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn whoever_is_refused_for_ever_cannot_fill_the_disk() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for _ in 0..70 {
        server.send(Method::GET, USERS, None).await;
    }
    assert_eq!(server.audit(&admin, "code=SIGN_IN_REQUIRED").await.len(), 50);
    let answer = server.done_as(&admin, Method::GET, "/api/v1/admin/audit", None).await;
    assert_eq!(answer["unrecorded_refusals"], 20);
    server.clock.advance(60_000);
    server.send(Method::GET, USERS, None).await;
    let rows = server.audit(&admin, "code=SIGN_IN_REQUIRED").await;
    assert_eq!((rows.len(), &rows[0]["unrecorded"]), (51, &json!(20)), "what was not told is counted");
}

#[tokio::test]
async fn old_rows_and_ended_sessions_are_removed() {
    let server = TestServer::secured_with(|settings| settings.audit_retention_days = 30).await;
    let admin = server.set_up().await;
    server.clock.advance(30 * 24 * HOUR_MS + 1);
    let again = server.sign_in("root").await;
    server.app().access().clean().await.expect("cleaned");
    let rows = server.audit(&again, "").await;
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), ["root POST /api/v1/session done"]);
    let listed = server.done_as(&again, Method::GET, "/api/v1/sessions", None).await;
    assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(1));
    server.refused_as(&admin, Method::GET, USERS, None, (StatusCode::UNAUTHORIZED, "SESSION_EXPIRED")).await;
}

#[tokio::test]
async fn what_development_mode_lets_everybody_do_is_told_too() {
    let server = TestServer::start().await;
    server.create(event("gala")).await;
    let answer = server.get("/api/v1/admin/audit").await;
    assert_eq!(told(&answer["entries"][0]), "development POST /api/v1/admin/events/create done");
    assert_eq!(answer["entries"][0]["target_id"], "gala");
}
