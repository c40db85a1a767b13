//! Bulk imports and JSON exports.

use crate::support::{PATIENCE, TestServer, answer, event, instant, text};
use bytes::Bytes;
use reqwest::{Body, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const IMPORT: &str = "/api/v1/admin/events/import";

fn import(
    server: &TestServer,
    parameters: &str,
    content_type: &str,
    body: impl Into<Body>,
) -> RequestBuilder {
    let request = server.request(Method::POST, &format!("{IMPORT}?{parameters}"));
    request.header("content-type", content_type).body(body)
}

async fn import_json(server: &TestServer, parameters: &str, body: &Value) -> Value {
    let (status, report) = answer(import(server, parameters, "application/json", body.to_string())).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    report
}

/// Numbers of a report: rows, created, updated, unchanged, refused.
fn counts(report: &Value) -> [u64; 5] {
    ["rows", "created", "updated", "unchanged", "refused"].map(|name| report[name].as_u64().expect("a count"))
}

#[tokio::test]
async fn an_array_is_imported_row_by_row_and_what_is_refused_holds_up_nothing() {
    let server = TestServer::start().await;
    let mut known = event("known");
    server.create(known.clone()).await;
    known["venue"] = json!("Hall 9");
    let bad = json!({"event_id": "bad", "start_datetime": "soon"});
    let rows = json!([event("new"), bad, known, 7, event("new"), {"event_name": "nameless"}]);
    let report = import_json(&server, "", &rows).await;
    assert_eq!(counts(&report), [6, 1, 1, 0, 4]);
    assert_eq!((&report["state"], &report["seq"]), (&json!("finished"), &json!(3)));
    let problems: Vec<_> = report["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|row| {
            (row["row"].as_u64().expect("a row"), row["event_id"].clone(), text(&row["problems"][0]["code"]))
        })
        .collect();
    assert_eq!(
        problems,
        [
            (2, json!("bad"), "DATE_MALFORMED".into()),
            (4, Value::Null, "JSON_SYNTAX".into()),
            (5, json!("new"), "ID_DUPLICATE".into()),
            (6, Value::Null, "ID_REQUIRED".into()),
        ]
    );
    assert_eq!(server.details("known").await["venue"], "Hall 9");
    let again = import_json(&server, "", &json!([event("new"), known])).await;
    assert_eq!(counts(&again), [2, 0, 0, 2, 0], "what is just so is not written");
    assert_eq!(*server.app().store().committed().borrow(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_that_change_the_same_events_in_opposed_orders_both_finish() {
    const EVENTS: usize = 150;
    let server = TestServer::start().await;
    let rows = |venue: &str| -> Vec<Value> {
        let one = |number| {
            let mut row = event(&format!("e{number:03}"));
            row["venue"] = json!(venue);
            row
        };
        (0..EVENTS).map(one).collect()
    };
    import_json(&server, "", &json!(rows("Hall 1"))).await;
    for round in 2..6 {
        let forward = json!(rows(&format!("Hall {round} A")));
        let mut backward = rows(&format!("Hall {round} B"));
        backward.reverse();
        let backward = json!(backward);
        let (one, other) =
            tokio::join!(import_json(&server, "", &forward), import_json(&server, "", &backward));
        for report in [one, other] {
            assert_eq!(report["state"], "finished", "{report}");
            assert_eq!(counts(&report), [EVENTS as u64, 0, EVENTS as u64, 0, 0]);
        }
    }
}

#[tokio::test]
async fn the_mode_create_refuses_what_exists_and_a_dry_run_writes_nothing() {
    let server = TestServer::start().await;
    server.create(event("known")).await;
    let rows = json!([event("known"), event("new")]);
    let tried = import_json(&server, "mode=create&dry_run=true", &rows).await;
    assert_eq!((counts(&tried), &tried["seq"]), ([2, 1, 0, 0, 1], &Value::Null));
    assert_eq!(server.list().await.len(), 1);
    let done = import_json(&server, "mode=create", &rows).await;
    assert_eq!(counts(&done), counts(&tried), "a dry run says what will be");
    assert_eq!(done["problems"][0]["problems"][0]["code"], "EVENT_EXISTS");
    assert_eq!(server.list().await.len(), 2);
}

#[tokio::test]
async fn what_was_exported_can_be_imported_and_is_the_same() {
    let server = TestServer::start_with(|config, _| config.demo = true).await;
    let other = TestServer::start().await;
    let response =
        server.request(Method::GET, "/api/v1/admin/events/export.json").send().await.expect("an answer");
    assert!(response.headers()["content-disposition"].to_str().expect("text").contains("events.json"));
    let exported = response.bytes().await.expect("a whole body");
    let (status, report) = answer(import(&other, "", "application/json", exported.clone())).await;
    assert_eq!(status, StatusCode::OK);
    let events: Vec<Value> = serde_json::from_slice(&exported).expect("an array");
    let refused = report["refused"].as_u64().expect("a number") as usize;
    assert_eq!(report["created"], events.len() - refused, "all but those in quarantine");
    let (_, again) = answer(import(&server, "", "application/json", exported)).await;
    assert_eq!(again["unchanged"], events.len() - refused);
    let some = server.get("/api/v1/admin/events/export.json?q=python").await;
    let found = some.as_array().expect("an array").len();
    assert!(found > 0 && found < events.len());
    for event in some.as_array().expect("an array").iter().take(20) {
        let copy = other.details(&text(&event["event_id"])).await;
        assert_eq!(copy["start_datetime"], event["start_datetime"]);
    }
}

#[tokio::test]
async fn a_body_of_another_kind_or_form_is_refused_with_what_to_send_instead() {
    let server = TestServer::start().await;
    for content_type in ["text/plain", "application/xml", ""] {
        let (status, problem) = answer(import(&server, "", content_type, "[]")).await;
        assert_eq!((status.as_u16(), &problem["code"]), (415, &json!("UNSUPPORTED_MEDIA_TYPE")));
    }
    for body in ["", "{}", "x", "<html>"] {
        let (status, problem) = answer(import(&server, "", "application/json", body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {problem}");
        assert_eq!(problem["problems"][0]["code"], "BODY_MALFORMED");
    }
    for (parameters, field) in [
        ("mode=replace", "mode"),
        ("dry_run=1", "dry_run"),
        ("import_id=a%20b", "import_id"),
        ("time_zone=Berlin", "time_zone"),
        ("mod=create", "mod"),
    ] {
        let (status, problem) = answer(import(&server, parameters, "application/json", "[]")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{parameters}");
        assert_eq!(problem["problems"][0]["field"], field, "{problem}");
    }
    let (_, report) = answer(import(&server, "import_id=mine", "application/json", "[]")).await;
    assert_eq!((&report["import_id"], counts(&report)), (&json!("mine"), [0; 5]));
    for accept in ["application/json", "application/x-ndjson"] {
        let request = import(&server, "import_id=mine", "application/json", "[]").header("accept", accept);
        let (status, problem) = answer(request).await;
        assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("IMPORT_EXISTS")), "{accept}");
    }
    let (status, problem) = server.send(Method::GET, &format!("{IMPORT}/nobody"), None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("IMPORT_NOT_FOUND")));
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_what_was_applied_and_says_so() {
    let server = TestServer::start().await;
    let rows: Vec<_> = (0..700).map(|number| event(&format!("e{number:03}")).to_string()).collect();
    let body = format!("[{},", rows.join(","));
    let (status, report) = answer(import(&server, "import_id=broken", "application/json", body)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&report["state"], counts(&report)), (&json!("broken_off"), [500, 500, 0, 0, 0]));
    assert_eq!(report["error"]["code"], "BODY_MALFORMED");
    assert_eq!(server.list().await.len(), 500, "one whole chunk was applied, the next one not at all");
    assert_eq!(server.get(&format!("{IMPORT}/broken")).await, report);
    assert_eq!(server.get(IMPORT).await["imports"][0], report);
}

#[tokio::test]
async fn progress_is_told_line_by_line_while_the_body_is_still_sent() {
    let server = TestServer::start().await;
    let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let body = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let request = import(&server, "import_id=live", "application/x-ndjson", Body::wrap_stream(body));
    let row = |number: usize| Ok(Bytes::from(format!("{}\n", event(&format!("e{number}")))));
    for number in 0..500 {
        sender.send(row(number)).expect("the request goes on");
    }
    sender.send(Ok(Bytes::from_static(b"{\"event_id\":\"\"}\n"))).expect("the request goes on");
    // A browser always says that it takes what is compressed.
    let request = request.header("accept", "application/x-ndjson").header("accept-encoding", "gzip, br");
    let mut response = request.send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let first = tokio::time::timeout(PATIENCE, response.chunk()).await.expect("in time");
    let first = first.expect("a chunk").expect("more to come");
    let first: Value =
        serde_json::from_slice(first.split(|byte| *byte == b'\n').next().expect("a line")).expect("JSON");
    assert_eq!((&first["rows"], &first["state"]), (&json!(500), &json!("running")));
    assert_eq!(server.get(&format!("{IMPORT}/live")).await["created"], 500, "before the body has ended");

    drop(sender);
    let mut rest = Vec::new();
    while let Some(chunk) = response.chunk().await.expect("a chunk") {
        rest.extend_from_slice(&chunk);
    }
    let lines: Vec<Value> = String::from_utf8(rest)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["row"], 501);
    let last = lines.last().expect("a report");
    assert_eq!((&last["state"], counts(last)), (&json!("finished"), [501, 500, 0, 0, 1]));
}

#[tokio::test]
async fn the_report_of_an_import_whose_client_went_away_says_what_was_applied() {
    let server = TestServer::start().await;
    let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let body = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let request = import(&server, "import_id=gone", "application/x-ndjson", Body::wrap_stream(body));
    let request = tokio::spawn(request.send());
    let rows: Vec<_> = (0..600).map(|number| event(&format!("e{number}")).to_string()).collect();
    sender.send(Ok(Bytes::from(rows.join("\n")))).expect("the request goes on");
    report_when(&server, |report| report["created"] == 500).await;

    sender.send(Err(std::io::Error::other("the client goes away"))).expect("the request goes on");
    assert!(request.await.expect("no panic").is_err());
    let report = report_when(&server, |report| report["state"] != "running").await;
    assert_eq!((&report["state"], counts(&report)), (&json!("interrupted"), [500, 500, 0, 0, 0]));
    assert_eq!(server.list().await.len(), 500);
}

/// The report of the import `gone` as soon as it is as `wanted`.
async fn report_when(server: &TestServer, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let (_, report) = server.send(Method::GET, &format!("{IMPORT}/gone"), None).await;
        if wanted(&report) {
            return report;
        }
        assert!(tokio::time::Instant::now() < deadline, "{report}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_is_taken_in_pieces() {
    let server = TestServer::start().await;
    // One event of nearly the largest size, again and again: only the first of them is written.
    let mut large = event("large");
    large["notes"] = json!("x".repeat(60 * 1024));
    let line = Bytes::from(format!("{large}\n"));
    let copies = 100 * 1024 * 1024 / line.len() + 1;
    let body = futures_util::stream::iter((0..copies).map(move |_| Ok::<_, std::io::Error>(line.clone())));
    let (status, report) = answer(import(&server, "", "application/x-ndjson", Body::wrap_stream(body))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(counts(&report), [copies as u64, 1, 0, 0, copies as u64 - 1]);
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(1_000), "the first are listed");
}

#[tokio::test]
async fn an_import_reaches_the_scheduler_and_the_feed() {
    let server = TestServer::start().await;
    let cursor = server.cursor().await;
    import_json(&server, "", &json!([event("a"), event("b")])).await;
    assert_eq!(server.scheduler_health().await["triggers_queued"], 6);
    let changes = server.changes(&cursor).await;
    assert_eq!(changes["changes"].as_array().map(Vec::len), Some(2));
    assert_eq!(changes["changes"][0]["event"]["created_at"], instant(0));
}
