//! Setting up, signing in and out, and what ends a session.

use std::collections::BTreeSet;

use client_event_scheduler_server::{Config, DatabaseAddress, StartError, start};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::support::access::{Credential, PASSWORD, People, SETUP_TOKEN, begun};
use crate::support::sse::EventStream;
use crate::support::{HOUR_MS, TestServer, text};

const SESSION: &str = "/api/v1/session";
const USERS: &str = "/api/v1/admin/users";
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

#[tokio::test]
async fn the_first_user_is_made_with_the_set_up_token_once() {
    let server = TestServer::secured().await;
    let nobody = Credential::default();
    assert_eq!(server.get(SESSION).await["setup_required"], true);
    let body = |token: &str| json!({"token": token, "name": "root", "password": PASSWORD});
    for token in ["", "a set-up token for test", "a set-up token for tests "] {
        let expected = (StatusCode::FORBIDDEN, "SETUP_TOKEN_INVALID");
        server.refused_as(&nobody, Method::POST, "/api/v1/setup", Some(&body(token)), expected).await;
    }
    let weak = json!({"token": SETUP_TOKEN, "name": "root", "password": "elevenchars"});
    let (status, problem) = server.send(Method::POST, "/api/v1/setup", Some(&weak)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["problems"][0]["code"], "PASSWORD_TOO_SHORT");

    let admin = server.set_up().await;
    assert_eq!(server.get(SESSION).await["setup_required"], false);
    let who = server.done_as(&admin, Method::GET, SESSION, None).await;
    assert_eq!((&who["name"], &who["role"]), (&json!("root"), &json!("super_admin")));
    let expected = (StatusCode::CONFLICT, "SETUP_DONE");
    server.refused_as(&nobody, Method::POST, "/api/v1/setup", Some(&body(SETUP_TOKEN)), expected).await;
}

#[tokio::test]
async fn no_token_opens_a_server_that_has_a_user_even_after_a_restart() {
    let mut server = TestServer::secured().await;
    server.set_up().await;
    server.restart().await;
    let body = json!({"token": SETUP_TOKEN, "name": "again", "password": PASSWORD});
    let expected = (StatusCode::CONFLICT, "SETUP_DONE");
    server.refused_as(&Credential::default(), Method::POST, "/api/v1/setup", Some(&body), expected).await;
    server.sign_in("root").await;
}

#[tokio::test]
async fn a_set_up_token_is_made_at_random_and_told_once() {
    let server = TestServer::secured_with(|settings| settings.setup_token = None).await;
    // The start has written it into the log.
    assert_eq!(server.app().access().take_setup_token(), None);
    let body = json!({"token": SETUP_TOKEN, "name": "root", "password": PASSWORD});
    let expected = (StatusCode::FORBIDDEN, "SETUP_TOKEN_INVALID");
    server.refused_as(&Credential::default(), Method::POST, "/api/v1/setup", Some(&body), expected).await;
}

#[tokio::test]
async fn the_cookie_is_for_this_host_over_tls_and_not_for_scripts() {
    let server = TestServer::secured().await;
    server.set_up().await;
    let body = json!({"name": "ROOT", "password": PASSWORD});
    let response = server.request(Method::POST, SESSION).json(&body).send().await.expect("an answer");
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
    let parts: BTreeSet<_> = cookie.split("; ").skip(1).collect();
    assert!(cookie.starts_with("__Host-ces_session="), "{cookie}");
    assert_eq!(parts, ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax", "Secure"].into());
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn every_sign_in_begins_a_session_that_nobody_could_have_fixed() {
    let server = TestServer::secured().await;
    server.set_up().await;
    let fixed =
        Credential { cookie: Some("__Host-ces_session=0123456789abcdef".into()), ..Credential::default() };
    let body = json!({"name": "root", "password": PASSWORD});
    let sign_in = |who: &Credential| who.on(server.request(Method::POST, SESSION)).json(&body);
    let first = begun(sign_in(&fixed).send().await.expect("an answer")).await;
    assert_ne!(first.cookie, fixed.cookie);
    server.refused_as(&fixed, Method::GET, USERS, None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
    // The session that the browser had before ends with the sign-in.
    let second = begun(sign_in(&first).send().await.expect("an answer")).await;
    assert_ne!(second.cookie, first.cookie);
    server.refused_as(&first, Method::GET, USERS, None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
    server.done_as(&second, Method::GET, USERS, None).await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    server.clock.advance(8 * HOUR_MS - 1);
    server.done_as(&admin, Method::GET, USERS, None).await;
    server.clock.advance(8 * HOUR_MS - 1);
    server.done_as(&admin, Method::GET, USERS, None).await;
    server.clock.advance(8 * HOUR_MS);
    server.refused_as(&admin, Method::GET, USERS, None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;

    let busy = server.sign_in("root").await;
    for _ in 0..(7 * 24 - 1) {
        server.clock.advance(HOUR_MS);
        server.done_as(&busy, Method::GET, "/health/scheduler", None).await;
    }
    server.clock.advance(HOUR_MS);
    server.refused_as(&busy, Method::GET, USERS, None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_away_the_cookie_and_what_the_browser_has_kept() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let response = admin.on(server.request(Method::DELETE, SESSION)).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("text");
    assert!(cookie.starts_with("__Host-ces_session=;") && cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(response.headers()["clear-site-data"], "\"storage\"");
    server.refused_as(&admin, Method::GET, USERS, None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
}

#[tokio::test]
async fn a_change_needs_the_csrf_token_of_its_own_session() {
    let server = TestServer::secured().await;
    let People { admin, organizer, .. } = server.people().await;
    let body = json!({"name": "new", "role": "organizer", "password": PASSWORD});
    let without = Credential { csrf: None, ..admin.clone() };
    let replayed = Credential { csrf: organizer.csrf.clone(), ..admin.clone() };
    let empty = Credential { csrf: Some(String::new()), ..admin.clone() };
    let expected = (StatusCode::FORBIDDEN, "CSRF_TOKEN_INVALID");
    for who in [&without, &replayed, &empty] {
        server.refused_as(who, Method::POST, USERS, Some(&body), expected).await;
        server.refused_as(who, Method::DELETE, SESSION, None, expected).await;
        server.done_as(who, Method::GET, USERS, None).await;
    }
    let rows = server.audit(&admin, "code=CSRF_TOKEN_INVALID").await;
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row["actor"]["name"] == "root" && row["outcome"] == "refused"));
    server.done_as(&admin, Method::POST, USERS, Some(&body)).await;
}

#[tokio::test]
async fn a_user_sees_and_ends_his_own_sessions_and_no_others() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    let phone = server.sign_in("olga").await;
    let listed = server.done_as(&organizer, Method::GET, "/api/v1/sessions", None).await;
    let listed = listed["sessions"].as_array().expect("a list").clone();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().filter(|session| session["current"] == true).count(), 1);
    let other = listed.iter().find(|session| session["current"] == false).expect("the phone");
    let path = format!("/api/v1/sessions/{}", text(&other["session_id"]));
    let expected = (StatusCode::NOT_FOUND, "SESSION_NOT_FOUND");
    server.refused_as(&executive, Method::DELETE, &path, None, expected).await;
    server.done_as(&organizer, Method::DELETE, &path, None).await;
    server.refused_as(&phone, Method::GET, "/api/v1/sessions", None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
}

#[tokio::test]
async fn another_password_ends_every_session_but_the_one_that_it_begins() {
    let server = TestServer::secured().await;
    let here = server.set_up().await;
    let elsewhere = server.sign_in("root").await;
    let path = "/api/v1/session/password";
    let change =
        |current: &str| json!({"current_password": current, "new_password": "quite another password"});
    let wrong = change("not the password");
    server
        .refused_as(&here, Method::PUT, path, Some(&wrong), (StatusCode::FORBIDDEN, "PASSWORD_WRONG"))
        .await;
    let request = here.on(server.request(Method::PUT, path)).json(&change(PASSWORD));
    let renewed = begun(request.send().await.expect("an answer")).await;
    for ended in [&here, &elsewhere] {
        server.refused_as(ended, Method::GET, USERS, None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
    }
    server.done_as(&renewed, Method::GET, USERS, None).await;
    assert_eq!(server.try_sign_in("root", PASSWORD).await.0, UNAUTHORIZED);
    assert_eq!(server.try_sign_in("root", "quite another password").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_user_who_is_changed_by_an_admin_has_to_sign_in_again() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for (name, change) in [
        ("demoted", json!({"role": "executive_admin"})),
        ("reset", json!({"password": "quite another password"})),
        ("disabled", json!({"disabled": true})),
    ] {
        let id = server.add_user(&admin, name, "organizer").await;
        let who = server.sign_in(name).await;
        server.done_as(&admin, Method::PUT, &format!("{USERS}/{id}"), Some(&change)).await;
        server
            .refused_as(&who, Method::GET, "/health/scheduler", None, (UNAUTHORIZED, "SESSION_EXPIRED"))
            .await;
    }
    assert_eq!(server.try_sign_in("disabled", PASSWORD).await.1["code"], "SIGN_IN_FAILED");
    let id = server.add_user(&admin, "gone", "organizer").await;
    let who = server.sign_in("gone").await;
    server.done_as(&admin, Method::DELETE, &format!("{USERS}/{id}"), None).await;
    server.refused_as(&who, Method::GET, "/health/scheduler", None, (UNAUTHORIZED, "SESSION_EXPIRED")).await;
}

#[tokio::test]
async fn somebody_can_always_manage_users() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let id = text(&server.done_as(&admin, Method::GET, SESSION, None).await["id"]);
    let path = format!("{USERS}/{id}");
    let expected = (StatusCode::CONFLICT, "LAST_SUPER_ADMIN");
    for change in [json!({"role": "organizer"}), json!({"disabled": true})] {
        server.refused_as(&admin, Method::PUT, &path, Some(&change), expected).await;
    }
    server.refused_as(&admin, Method::DELETE, &path, None, expected).await;
    server.add_user(&admin, "second", "super_admin").await;
    server.done_as(&admin, Method::DELETE, &path, None).await;
}

#[tokio::test]
async fn names_differ_by_more_than_their_case() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    server.add_user(&admin, "Ärzte", "organizer").await;
    let body = json!({"name": " äRZTE ", "role": "organizer", "password": PASSWORD});
    server.refused_as(&admin, Method::POST, USERS, Some(&body), (StatusCode::CONFLICT, "USER_EXISTS")).await;
    server.sign_in("ärzte").await;
}

#[tokio::test]
async fn a_stream_ends_with_the_session_that_opened_it() {
    let server = TestServer::secured().await;
    let People { admin, executive, .. } = server.people().await;
    let snapshot = server.done_as(&executive, Method::GET, "/api/v1/scheduler/snapshot", None).await;
    let path = format!("/api/v1/scheduler/stream?cursor={}", text(&snapshot["cursor"]));
    let mut ended = EventStream::from(executive.on(server.request(Method::GET, &path))).await;
    let mut going_on = EventStream::from(admin.on(server.request(Method::GET, &path))).await;
    ended.bookmark().await;
    going_on.bookmark().await;
    server.done_as(&executive, Method::DELETE, SESSION, None).await;
    while ended.next().await.is_some() {}
    server
        .done_as(&admin, Method::POST, "/api/v1/admin/events/create", Some(&crate::support::event("gala")))
        .await;
    going_on.change().await;
}

#[tokio::test]
async fn development_mode_is_for_loopback_only_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = Config::new(DatabaseAddress::file(folder.path().join("events.db")));
    config.listen = "0.0.0.0:0".parse().expect("an address");
    let Err(error) = start(config).await else { panic!("it must not start") };
    assert!(matches!(error, StartError::DevelopmentNotOnLoopback(_)), "{error}");

    let server = TestServer::start().await;
    let who = server.get(SESSION).await;
    assert_eq!((&who["mode"], &who["role"]), (&json!("development"), &json!("super_admin")));
    assert_eq!(server.get("/health").await["mode"], "development");
}
