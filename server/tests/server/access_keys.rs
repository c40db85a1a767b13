//! Keys of services: shown once, for one service and its scopes, for a time, two at a time.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::access::Credential;
use crate::support::{HOUR_MS, TestServer, text};

const KEYS: &str = "/api/v1/admin/api-keys";
const LIST: &str = "/api/v1/admin/events/list";
const SNAPSHOT: &str = "/api/v1/scheduler/snapshot";
const INVALID: (StatusCode, &str) = (StatusCode::UNAUTHORIZED, "API_KEY_INVALID");
const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn a_key_is_shown_once_and_stored_as_a_hash() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let body = json!({"service": "mailer", "scopes": ["feed:read", "events:read"], "expires_in_days": 30});
    let answer = server.done_as(&admin, Method::POST, KEYS, Some(&body)).await;
    let key = text(&answer["key"]);
    assert!(key.starts_with("ces_") && key.len() == 68, "{key}");
    assert_eq!(answer["api_key"]["scopes"], json!(["events:read", "feed:read"]));
    assert_eq!(answer["api_key"]["created_by"], "root");
    let listed = server.done_as(&admin, Method::GET, KEYS, None).await.to_string();
    assert!(!listed.contains(&key) && listed.contains(&key[..12]), "{listed}");
    server.done_as(&Credential::key(&key), Method::GET, SNAPSHOT, None).await;
    let bearer = server.request(Method::GET, SNAPSHOT).bearer_auth(&key);
    assert_eq!(bearer.send().await.expect("an answer").status(), StatusCode::OK);
}

#[tokio::test]
async fn a_key_opens_nothing_outside_its_scopes_and_nothing_once_revoked_or_expired() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let (key, id) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    server.done_as(&key, Method::GET, SNAPSHOT, None).await;
    server.refused_as(&key, Method::GET, LIST, None, (StatusCode::FORBIDDEN, "FORBIDDEN")).await;
    server.done_as(&admin, Method::DELETE, &format!("{KEYS}/{id}"), None).await;
    server.refused_as(&key, Method::GET, SNAPSHOT, None, INVALID).await;

    server.clock.advance(1);
    let (key, _) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    server.clock.advance(90 * 24 * HOUR_MS - 1);
    server.done_as(&key, Method::GET, SNAPSHOT, None).await;
    server.clock.advance(1);
    server.refused_as(&key, Method::GET, SNAPSHOT, None, INVALID).await;

    let admin = server.sign_in("root").await;
    for (code, expected) in [("API_KEY_INVALID", 2), ("FORBIDDEN", 1)] {
        let rows = server.audit(&admin, &format!("code={code}&actor=mailer")).await;
        assert_eq!(rows.len(), expected, "{code}: an old key is still known by its name");
    }
    let states = server.done_as(&admin, Method::GET, KEYS, None).await;
    let states: Vec<_> =
        states["api_keys"].as_array().expect("keys").iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["expired", "revoked"]);
}

#[tokio::test]
async fn no_key_but_one_of_this_server_opens_anything() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let (key, _) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    let known = key.key.expect("a key");
    for guess in ["ces_", "ces_00", &known[..67], &format!("{known}0"), &known.to_uppercase(), "' OR '1'='1"]
    {
        server.refused_as(&Credential::key(guess), Method::GET, SNAPSHOT, None, INVALID).await;
    }
    for scheme in ["Basic cm9vdDpyb290", "Bearer", "Bearer eyJhbGciOiJub25lIn0.e30.", "ces_"] {
        let request = server.request(Method::GET, SNAPSHOT).header("authorization", scheme);
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED, "{scheme}");
    }
}

#[tokio::test]
async fn a_key_of_another_service_is_refused_and_audited() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let (key, _) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    let as_service =
        |name: &str| key.on(server.request(Method::GET, SNAPSHOT)).header("x-service-name", name);
    assert_eq!(as_service("mailer").send().await.expect("an answer").status(), StatusCode::OK);
    for name in ["importer", "Mailer", ""] {
        let (status, problem) = crate::support::answer(as_service(name)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("SERVICE_MISMATCH")));
    }
    let rows = server.audit(&admin, "code=SERVICE_MISMATCH").await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["actor"]["name"] == "mailer" && row["actor"]["kind"] == "service"));
}

#[tokio::test]
async fn a_service_has_two_live_keys_for_going_over_and_no_third() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let (old, old_id) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    let (new, _) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    let body = json!({"service": "mailer", "scopes": ["feed:read"]});
    let third = (StatusCode::CONFLICT, "TOO_MANY_KEYS");
    server.refused_as(&admin, Method::POST, KEYS, Some(&body), third).await;
    for key in [&old, &new] {
        server.done_as(key, Method::GET, SNAPSHOT, None).await;
    }
    server.add_key(&admin, "importer", &["feed:read"]).await;
    server.done_as(&admin, Method::DELETE, &format!("{KEYS}/{old_id}"), None).await;
    server.add_key(&admin, "mailer", &["feed:read"]).await;
    server.refused_as(&admin, Method::POST, KEYS, Some(&body), third).await;
    server.done_as(&new, Method::GET, SNAPSHOT, None).await;
}

#[tokio::test]
async fn two_who_ask_at_once_do_not_get_a_third_key() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let body = json!({"service": "mailer", "scopes": ["feed:read"]});
    let ask = || server.send_as(&admin, Method::POST, KEYS, Some(&body));
    let answers = futures_util::future::join_all((0..8).map(|_| ask())).await;
    let created = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(created, 2);
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let (key, _) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    let last_used = async || {
        let keys = server.done_as(&admin, Method::GET, KEYS, None).await;
        keys["api_keys"][0]["last_used_at"].clone()
    };
    assert_eq!(last_used().await, json!(null));
    for (advance_ms, expected_ms) in [(0, 0), (MINUTE_MS - 1, 0), (1, MINUTE_MS)] {
        server.clock.advance(advance_ms);
        server.done_as(&key, Method::GET, SNAPSHOT, None).await;
        assert_eq!(last_used().await, json!(crate::support::instant(expected_ms)));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_wish_for_a_key_is_all_said_at_once() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for (body, codes) in [
        (
            json!({"service": "Mail Er", "scopes": ["users:manage", "feed:read"], "expires_in_days": 0}),
            vec!["SERVICE_NAME_INVALID", "SCOPE_UNKNOWN", "RANGE_INVALID"],
        ),
        (
            json!({"service": "../../etc", "scopes": [], "expires_in_days": 367}),
            vec!["SERVICE_NAME_INVALID", "SCOPE_REQUIRED", "RANGE_INVALID"],
        ),
        (json!({"service": "a"}), vec!["WRONG_TYPE"]),
        (json!({"service": "a", "scopes": ["feed:read"], "admin": true}), vec!["WRONG_TYPE"]),
    ] {
        let (status, problem) = server.send_as(&admin, Method::POST, KEYS, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let found: Vec<_> = problem["problems"]
            .as_array()
            .expect("problems")
            .iter()
            .map(|each| text(&each["code"]))
            .collect();
        assert_eq!(found, codes, "{problem}");
    }
}
