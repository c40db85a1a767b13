//! Who may do what: every route, for every role and every scope of a key.

use std::collections::{BTreeMap, BTreeSet};

use client_event_scheduler_server::access::permissions::{ROUTES, Rule};
use client_event_scheduler_server::access::{Needs, Permission, Role};
use client_event_scheduler_server::app;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::access::{Credential, People};
use crate::support::{TestServer, event, text};

const EVENTS: &str = "/api/v1/admin/events";
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

/// Every method and path that the router declares, read from how it prints itself: there is no other way to ask it.
fn declared() -> BTreeSet<(String, String)> {
    let printed = format!("{:?}", app::routes());
    let (routes, rest) = printed.split_once("node: Node").expect("the routes, and then their paths");
    let (paths, _) = rest.split_once("fallback_router").expect("the paths, and then the fallback");
    let entries = |text: &'static str, printed: &str| -> BTreeMap<String, String> {
        let entries = printed.split("RouteId(").skip(1).map(|entry| {
            let (id, entry) = entry.split_once(')').expect("an id");
            let value = entry.split_once(text).unwrap_or_else(|| panic!("{entry} has no {text}")).1;
            (id.to_owned(), value.split('"').next().expect("a quoted text").to_owned())
        });
        entries.collect()
    };
    let paths = entries(": \"", paths);
    let methods = entries("allow_header: Bytes(b\"", routes);
    let all = methods.iter().flat_map(|(id, methods)| methods.split(',').map(|method| (method, &paths[id])));
    all.filter(|(method, _)| *method != "HEAD")
        .map(|(method, path)| (method.to_owned(), path.clone()))
        .collect()
}

#[test]
fn every_route_is_in_the_table_of_permissions_and_the_table_has_no_other() {
    let listed: BTreeSet<_> =
        ROUTES.iter().map(|rule| (rule.method.to_string(), rule.path.to_owned())).collect();
    assert_eq!(declared(), listed);
}

/// The status that a request of `who` gets, which says whether he was let through.
async fn status(server: &TestServer, who: &Credential, rule: &Rule) -> StatusCode {
    let path = rule.path.replace(['{', '}', '*'], "");
    let request = who.on(server.request(rule.method.clone(), &path)).json(&json!({}));
    request.send().await.expect("an answer").status()
}

async fn check(
    server: &TestServer,
    who: &Credential,
    name: &str,
    expected: impl Fn(&Rule) -> Option<StatusCode>,
) {
    let ends_the_session = |rule: &&Rule| rule.method == Method::DELETE && rule.path == "/api/v1/session";
    let (last, rules): (Vec<_>, Vec<_>) = ROUTES.iter().partition(ends_the_session);
    for rule in rules.into_iter().chain(last) {
        let found = status(server, who, rule).await;
        let refused = [StatusCode::UNAUTHORIZED, FORBIDDEN].contains(&found).then_some(found);
        // Setting up an open route answers by its own rules.
        if rule.needs != Needs::Nothing {
            assert_eq!(refused, expected(rule), "{name}: {} {} answered {found}", rule.method, rule.path);
        }
    }
}

#[tokio::test]
async fn every_role_gets_through_where_the_table_says_so_and_nowhere_else() {
    let server = TestServer::secured().await;
    let People { admin, organizer, executive } = server.people().await;
    for (role, who) in
        [(Role::ExecutiveAdmin, &executive), (Role::Organizer, &organizer), (Role::SuperAdmin, &admin)]
    {
        check(&server, who, role.name(), |rule| match rule.needs {
            Needs::Permission(permission) if !role.may(permission) => Some(FORBIDDEN),
            Needs::Permission(_) | Needs::SignIn | Needs::Nothing => None,
        })
        .await;
    }
}

#[tokio::test]
async fn a_stranger_gets_through_nowhere() {
    let server = TestServer::secured().await;
    check(&server, &Credential::default(), "a stranger", |_| Some(StatusCode::UNAUTHORIZED)).await;
}

#[tokio::test]
async fn a_key_gets_through_with_its_scope_and_to_no_account() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    for scope in Permission::ALL.into_iter().filter(|permission| permission.is_scope()) {
        let service = scope.name().replace(':', "-");
        let (key, _) = server.add_key(&admin, &service, &[scope.name()]).await;
        check(&server, &key, scope.name(), |rule| match rule.needs {
            Needs::Permission(permission) if permission == scope => None,
            Needs::Permission(_) | Needs::SignIn => Some(FORBIDDEN),
            Needs::Nothing => None,
        })
        .await;
    }
}

#[test]
fn only_a_super_admin_manages_users_and_keys_and_reads_the_audit() {
    use Permission::{AuditRead, EventsApprove, EventsDelete, EventsWrite, KeysManage, UsersManage};
    for permission in [UsersManage, KeysManage, AuditRead] {
        assert_eq!(Role::ALL.map(|role| role.may(permission)), [true, false, false], "{permission:?}");
        assert!(!permission.is_scope(), "{permission:?}");
    }
    for permission in [EventsApprove, EventsDelete] {
        assert_eq!(Role::ALL.map(|role| role.may(permission)), [true, true, false], "{permission:?}");
    }
    assert_eq!(Role::ALL.map(|role| role.may(EventsWrite)), [true; 3]);
}

#[test]
fn the_documentation_tells_every_permission_and_every_refusal() {
    let page = include_str!("../../../docs/access.md");
    let yes = |granted: bool| if granted { "yes" } else { "no" };
    for permission in Permission::ALL {
        let roles = Role::ALL.map(|role| yes(role.may(permission))).join(" | ");
        let row = format!("| `{}` | {roles} | {} |", permission.name(), yes(permission.is_scope()));
        assert!(page.contains(&row), "docs/access.md lacks {row}");
    }
    let source = include_str!("../../src/access/error.rs");
    let codes = source.split("(StatusCode::").skip(1).filter_map(|rest| rest.split('"').nth(1));
    let codes: BTreeSet<_> = codes.collect();
    assert!(codes.len() >= 20, "{codes:?}");
    for code in codes {
        assert!(page.contains(&format!("| `{code}` |")), "docs/access.md lacks {code}");
    }
}

#[tokio::test]
async fn what_an_executive_creates_waits_until_an_organizer_approves_it() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    let mut wish = event("gala");
    wish["event_approval_status"] = json!("approved");
    wish["approval_required"] = json!(false);
    let created = server.done_as(&executive, Method::POST, &format!("{EVENTS}/create"), Some(&wish)).await;
    let created = &created["event"];
    assert_eq!(created["event_approval_status"], "pending_approval");
    assert_eq!(created["approval_required"], true);
    assert_eq!(created["status"], "pending_approval");
    server.settle().await;
    assert_eq!(server.app().host().view().shown.triggers_queued, 0);

    let approve = format!("{EVENTS}/approve/gala");
    server.refused_as(&executive, Method::POST, &approve, None, (FORBIDDEN, "FORBIDDEN")).await;
    let approved = server.done_as(&organizer, Method::POST, &approve, None).await;
    assert_eq!(approved["event"]["status"], "upcoming");
    server.settle().await;
    assert_eq!(server.app().host().view().shown.triggers_queued, 3);
}

#[tokio::test]
async fn an_executive_changes_only_his_own_events_that_still_wait() {
    let server = TestServer::secured().await;
    let People { admin, organizer, executive } = server.people().await;
    server.add_user(&admin, "eve", "executive_admin").await;
    let other = server.sign_in("eve").await;
    server.done_as(&executive, Method::POST, &format!("{EVENTS}/create"), Some(&event("own"))).await;
    let mut open = event("open");
    open["approval_required"] = json!(true);
    server.done_as(&organizer, Method::POST, &format!("{EVENTS}/create"), Some(&open)).await;

    let renamed = json!({"event_name": "Renamed", "event_approval_status": "pending_approval"});
    let own = format!("{EVENTS}/update/own");
    let answer = server.done_as(&executive, Method::PUT, &own, Some(&renamed)).await;
    assert_eq!(answer["event"]["event_name"], "Renamed");
    assert_eq!(answer["event"]["status"], "pending_approval");

    for patch in [
        json!({"event_approval_status": "approved"}),
        json!({"event_approval_status": null}),
        json!({"approval_required": false}),
    ] {
        let expected = (FORBIDDEN, "APPROVAL_FORBIDDEN");
        server.refused_as(&executive, Method::PUT, &own, Some(&patch), expected).await;
    }
    let not_his = (FORBIDDEN, "NOT_YOUR_PENDING_EVENT");
    server.refused_as(&other, Method::PUT, &own, Some(&renamed), not_his).await;
    let open = format!("{EVENTS}/update/open");
    server.refused_as(&executive, Method::PUT, &open, Some(&renamed), not_his).await;
    server.done_as(&organizer, Method::POST, &format!("{EVENTS}/approve/own"), None).await;
    server.refused_as(&executive, Method::PUT, &own, Some(&renamed), not_his).await;
    server.done_as(&organizer, Method::PUT, &own, Some(&json!({"event_name": "Again"}))).await;
}

#[tokio::test]
async fn an_id_that_was_deleted_belongs_to_who_creates_it_again() {
    let server = TestServer::secured().await;
    let People { organizer, executive, .. } = server.people().await;
    let create = format!("{EVENTS}/create");
    server.done_as(&executive, Method::POST, &create, Some(&event("gala"))).await;
    server.done_as(&organizer, Method::DELETE, &format!("{EVENTS}/delete/gala"), None).await;
    let mut again = event("gala");
    again["approval_required"] = json!(true);
    server.done_as(&organizer, Method::POST, &create, Some(&again)).await;
    let patch = json!({"event_name": "Mine?"});
    let expected = (FORBIDDEN, "NOT_YOUR_PENDING_EVENT");
    server
        .refused_as(&executive, Method::PUT, &format!("{EVENTS}/update/gala"), Some(&patch), expected)
        .await;
}

#[tokio::test]
async fn a_key_that_may_write_but_not_approve_proposes_events_too() {
    let server = TestServer::secured().await;
    let admin = server.set_up().await;
    let (key, _) = server.add_key(&admin, "importer", &["events:write"]).await;
    let created = server.done_as(&key, Method::POST, &format!("{EVENTS}/create"), Some(&event("gala"))).await;
    assert_eq!(created["event"]["status"], "pending_approval");
    // The keys of one service are one author.
    let (next, _) = server.add_key(&admin, "importer", &["events:write"]).await;
    let patch = json!({"event_name": "Renamed"});
    server.done_as(&next, Method::PUT, &format!("{EVENTS}/update/gala"), Some(&patch)).await;
}

#[tokio::test]
async fn a_stranger_learns_from_health_only_whether_the_server_is_well() {
    let server = TestServer::secured().await;
    let People { executive, .. } = server.people().await;
    let (status, bare) = server.send(Method::GET, "/health", None).await;
    assert_eq!((status, &bare), (StatusCode::OK, &json!({"status": "ok"})));
    let full = server.done_as(&executive, Method::GET, "/health", None).await;
    assert!(!text(&full["store"]["database"]).is_empty());
    assert_eq!(full["mode"], "secured");
}
