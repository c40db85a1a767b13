//! The API's description of itself.

use crate::support::TestServer;
use client_event_scheduler_server::app::description;
use client_event_scheduler_server::routes::openapi;
use serde_json::Value;

/// Rewrites the committed description instead of comparing with it: `cargo xtask openapi --accept` sets it.
const ACCEPT: &str = "CES_ACCEPT_OPENAPI";

#[test]
fn the_committed_description_is_that_of_the_routes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let text = openapi::to_text(&description());
    if std::env::var_os(ACCEPT).is_some() {
        std::fs::write(path, &text).expect("the description can be written");
        return;
    }
    let committed = std::fs::read_to_string(path).expect("server/openapi.json is committed");
    assert!(
        committed == text,
        "server/openapi.json is not what the routes say: cargo xtask openapi --accept"
    );
}

#[tokio::test]
async fn the_description_is_served() {
    let server = TestServer::start().await;
    let served = server.get(openapi::ADDRESS).await;
    let committed: Value = serde_json::from_str(&openapi::to_text(&description())).expect("JSON");
    assert_eq!(served, committed);
}

#[test]
fn every_operation_has_a_name_a_summary_and_its_problems() {
    let description: Value = serde_json::from_str(&openapi::to_text(&description())).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("operations") {
            let place = format!("{method} {path}");
            assert!(names.insert(operation["operationId"].to_string()), "{place}: a name of its own");
            assert!(operation["summary"].is_string(), "{place}");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let is_problem = response["content"].get("application/problem+json").is_some();
                assert_eq!(is_problem, status.as_str() >= "400", "{place}: {status}");
            }
        }
    }
    assert!(names.len() >= 20, "{names:?}");
}

/// The description has one schema of a name: of two types that share it, one would be described as the other.
#[test]
fn no_two_types_share_a_name_in_the_description() {
    let mut names: Vec<String> = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            for (at, derived) in text.match_indices("ToSchema)]") {
                let mut words = text[at + derived.len()..].split(|letter: char| !letter.is_alphanumeric());
                let _ = words.find(|word| matches!(*word, "struct" | "enum"));
                names.extend(words.next().map(str::to_owned));
            }
        }
    }
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(names.len() > 50 && twice.is_empty(), "of {} types: {twice:?}", names.len());
}
