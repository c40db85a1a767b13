//! `/api/v1/admin/scheduler`: what the scheduler shows, and the orders that it takes.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{BEGINNING_MS, HOUR_MS, TestServer, at, event, instant, text};

const MINUTE_MS: i64 = 60_000;
const BASE: &str = "/api/v1/admin/scheduler";

async fn status(server: &TestServer) -> Value {
    server.settle().await;
    server.get(&format!("{BASE}/status")).await
}

async fn order(server: &TestServer, method: Method, name: &str, body: Value) -> Value {
    let (status, answer) = server.send(method, &format!("{BASE}/{name}"), Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{name}: {answer}");
    assert_eq!(answer["done"], true, "{name}: {answer}");
    answer
}

/// Kind and cause of what happened to an event, oldest first.
async fn happened(server: &TestServer, event_id: &str) -> Vec<(String, String)> {
    let page = server.get(&format!("{BASE}/history?event_id={event_id}")).await;
    let entries = page["history"].as_array().expect("a list").iter().rev();
    entries.map(|entry| (text(&entry["kind"]), text(&entry["cause"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, cause)| ((*kind).to_owned(), (*cause).to_owned())).collect()
}

#[tokio::test]
async fn the_status_tells_what_comes_what_was_missed_and_since_when_nobody_acted() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    let shown = status(&server).await;
    assert_eq!((&shown["running"], &shown["triggers_queued"]), (&json!(true), &json!(3)));
    assert_eq!(
        shown["next_trigger"]["trigger_id"],
        json!(format!("gala/registration_open@{}", instant(HOUR_MS)))
    );
    assert_eq!(shown["queue_preview"].as_array().map(Vec::len), Some(3));
    assert_eq!(shown["last_downtime"], Value::Null);
    assert_eq!(shown["node"]["acting"], true);
    let epoch = shown["node"]["epoch"].as_u64().expect("an epoch");

    server.stop().await;
    server.clock.advance(90 * MINUTE_MS);
    server.restart().await;
    let shown = status(&server).await;
    assert_eq!(
        shown["last_downtime"],
        json!({"since": instant(0), "until": instant(90 * MINUTE_MS), "duration_ms": 90 * MINUTE_MS, "missed": 1})
    );
    assert_eq!(
        shown["missed"],
        json!({"detected": 1, "recovered": 1, "expired": 0, "superseded": 0, "skipped": 0})
    );
    assert!(shown["node"]["epoch"].as_u64() > Some(epoch), "who acts anew has a higher epoch");
}

#[tokio::test]
async fn triggers_are_listed_in_order_page_by_page_with_the_time_until_them() {
    let server = TestServer::start().await;
    for event_id in ["a", "b/c", "é"] {
        server.create(event(event_id)).await;
    }
    server.advance(HOUR_MS).await;
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("{BASE}/triggers?limit=2{cursor}")).await;
        for trigger in page["triggers"].as_array().expect("a list") {
            assert_eq!(trigger["state"], "pending");
            found.push((text(&trigger["trigger_id"]), trigger["time_until_ms"].as_i64()));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", next.replace('+', "%2B").replace('é', "%C3%A9")),
            None => break,
        }
    }
    let expected: Vec<_> = [(2, "event_start"), (3, "event_end")]
        .into_iter()
        .flat_map(|(hours, kind)| {
            ["a", "b/c", "é"]
                .map(|id| (format!("{id}/{kind}@{}", instant(hours * HOUR_MS)), Some((hours - 1) * HOUR_MS)))
        })
        .collect();
    assert_eq!(found, expected);

    let settled =
        server.get(&format!("{BASE}/triggers?settled=true&kind=registration_open&event_id=a")).await;
    let settled = settled["triggers"].as_array().expect("a list");
    assert_eq!(settled.len(), 1);
    assert_eq!(
        (&settled[0]["state"], &settled[0]["settled_at"]),
        (&json!("fired"), &json!(instant(HOUR_MS)))
    );
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_named_with_what_to_write() {
    let server = TestServer::start().await;
    for (path, field, hint) in [
        ("triggers?kind=party", "kind", "registration_open"),
        ("triggers?limit=0", "limit", "1 to 1000"),
        ("triggers?cursor=nonsense", "cursor", "next_cursor"),
        ("triggers?settled=perhaps", "settled", "true or false"),
        ("triggers?from=soon", "from", "2026-03-29"),
        ("triggers?until=2026-05-01T09:00", "until", "names no offset"),
        ("history?cause=fate", "cause", "on_time"),
        ("history?kind=party", "kind", "event_start"),
        ("history?cursor=x", "cursor", "next_cursor"),
    ] {
        let (status, body) = server.send(Method::GET, &format!("{BASE}/{path}"), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {body}");
        assert_eq!(body["problems"][0]["field"], field, "{path}");
        let message = text(&body["problems"][0]["message"]);
        assert!(message.contains(hint), "{path}: {message}");
    }
    for (method, path, body, field) in [
        (Method::POST, "pause", json!({"reason": " "}), "reason"),
        (Method::POST, "pause", json!({}), ""),
        (Method::POST, "resume", json!({"from": "then"}), "from"),
        (Method::POST, "backfill", json!({"from": "2026-05-01T00:00:00", "until": instant(0)}), "from"),
        (Method::POST, "backfill", json!({"from": instant(0), "until": "soon"}), "until"),
        (Method::POST, "backfill", json!({"from": instant(0), "until": instant(0), "agian": true}), ""),
        (Method::PUT, "max-downtime-hours", json!({"max_downtime_hours": -1}), ""),
    ] {
        let (status, answer) = server.send(method, &format!("{BASE}/{path}"), Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {answer}");
        assert_eq!(answer["problems"][0]["field"], field, "{path} {body}");
    }
    for (path, body) in [
        ("backfill", json!({"from": instant(0), "until": instant(HOUR_MS)})),
        ("backfill", json!({"from": instant(0), "until": instant(0)})),
    ] {
        let (status, answer) = server.send(Method::POST, &format!("{BASE}/{path}"), Some(&body)).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("ORDER_REFUSED")),
            "{answer}"
        );
    }
    let hours = json!({"max_downtime_hours": 1_000_000});
    let (status, answer) =
        server.send(Method::PUT, &format!("{BASE}/max-downtime-hours"), Some(&hours)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("ORDER_REFUSED")),
        "{answer}"
    );
}

#[tokio::test]
async fn nothing_fires_during_a_pause_which_outlives_a_restart() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    order(&server, Method::POST, "pause", json!({"reason": "the hall is flooded"})).await;
    server.advance(MINUTE_MS).await;
    server.restart().await;
    server.advance(HOUR_MS).await;
    assert!(happened(&server, "gala").await.is_empty());
    let shown = status(&server).await;
    assert_eq!(shown["paused"], json!({"since": instant(0), "reason": "the hall is flooded"}));

    order(&server, Method::POST, "resume", json!({"from": "watermark"})).await;
    assert_eq!(happened(&server, "gala").await, pairs(&[("registration_open", "recovered")]));
    assert_eq!(status(&server).await["paused"], Value::Null);
}

#[tokio::test]
async fn resuming_from_now_leaves_out_what_came_due_meanwhile_and_says_so() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    order(&server, Method::POST, "pause", json!({"reason": "maintenance"})).await;
    server.advance(HOUR_MS + MINUTE_MS).await;
    order(&server, Method::POST, "resume", json!({"from": "now"})).await;
    assert_eq!(happened(&server, "gala").await, pairs(&[("registration_open", "skipped")]));
    server.restart().await;
    server.advance(HOUR_MS - MINUTE_MS).await;
    assert_eq!(
        happened(&server, "gala").await,
        pairs(&[("registration_open", "skipped"), ("event_start", "on_time")])
    );
}

#[tokio::test]
async fn a_backfill_delivers_what_was_left_out_and_again_what_was_delivered() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    server.settle().await;
    server.stop().await;
    server.clock.advance(26 * HOUR_MS);
    server.restart().await;
    server.settle().await;
    let first = [("registration_open", "expired"), ("event_start", "recovered"), ("event_end", "recovered")];
    assert_eq!(happened(&server, "gala").await, pairs(&first));

    let range = json!({"from": instant(0), "until": instant(26 * HOUR_MS)});
    let answer = order(&server, Method::POST, "backfill", range.clone()).await;
    assert_eq!(answer["occurrences"], 1);
    let mut expected = first.to_vec();
    expected.push(("registration_open", "backfill"));
    assert_eq!(happened(&server, "gala").await, pairs(&expected));
    assert_eq!(order(&server, Method::POST, "backfill", range.clone()).await["occurrences"], 0);

    let mut again = range;
    again["again"] = json!(true);
    assert_eq!(order(&server, Method::POST, "backfill", again).await["occurrences"], 3);
    for kind in ["registration_open", "event_start", "event_end"] {
        expected.push((kind, "backfill"));
    }
    assert_eq!(happened(&server, "gala").await, pairs(&expected));
    server.restart().await;
    server.settle().await;
    assert_eq!(happened(&server, "gala").await, pairs(&expected), "a restart repeats nothing");
}

#[tokio::test]
async fn what_a_backfill_of_a_stretch_will_deliver_can_be_listed_before() {
    let mut server = TestServer::start().await;
    server.create(event("kept")).await;
    server.create(event("moved")).await;
    server.settle().await;
    server.stop().await;
    server.clock.advance(40 * HOUR_MS);
    server.restart().await;
    server.settle().await;
    let (start, end) = (instant(50 * HOUR_MS), instant(51 * HOUR_MS));
    server.update("moved", json!({"start_datetime": start, "end_datetime": end})).await;

    // The first trigger of each, at one hour, is not after the beginning; the last of each, at three, is at the end.
    let (from, until) = (instant(HOUR_MS), instant(3 * HOUR_MS));
    let page = server.get(&format!("{BASE}/triggers?settled=true&from={from}&until={until}")).await;
    let listed = page["triggers"].as_array().expect("a list");
    let shown =
        |trigger: &Value| (text(&trigger["event_id"]), text(&trigger["kind"]), trigger["present"] == true);
    let row = |id: &str, kind: &str, present| (id.to_owned(), kind.to_owned(), present);
    assert_eq!(
        listed.iter().map(shown).collect::<Vec<_>>(),
        [
            row("kept", "event_start", true),
            row("moved", "event_start", false),
            row("kept", "event_end", true),
            row("moved", "event_end", false)
        ]
    );
    let backfilled = order(&server, Method::POST, "backfill", json!({"from": from, "until": until})).await;
    assert_eq!(backfilled["occurrences"], 2);
}

#[tokio::test]
async fn the_catch_up_window_is_set_at_run_time_and_kept() {
    let mut server = TestServer::start().await;
    server.create(event("gala")).await;
    order(&server, Method::PUT, "max-downtime-hours", json!({"max_downtime_hours": 1})).await;
    assert_eq!(status(&server).await["max_downtime_hours"], 1);
    server.stop().await;
    server.clock.advance(2 * HOUR_MS + 30 * MINUTE_MS);
    server.restart().await;
    server.settle().await;
    assert_eq!(
        happened(&server, "gala").await,
        pairs(&[("registration_open", "expired"), ("event_start", "recovered")])
    );
    assert_eq!(status(&server).await["max_downtime_hours"], 1);
}

#[tokio::test]
async fn an_explanation_knows_the_record_also_after_a_restart() {
    let mut server = TestServer::start().await;
    server.create(event("a/b")).await;
    server.advance(HOUR_MS).await;
    server.restart().await;
    server.settle().await;
    let fired = format!("a/b/registration_open@{}", instant(HOUR_MS));
    let about = server.get(&format!("{BASE}/explain/{fired}")).await;
    assert_eq!(
        about["sentence"],
        json!(format!("It fired at {}, 0 ms after its time (on_time).", instant(HOUR_MS)))
    );
    assert_eq!(about["triggers"][0]["state"], "fired");
    assert_eq!(about["history"][0]["trigger_id"], json!(fired));

    let whole = server.get(&format!("{BASE}/explain/a%2Fb")).await;
    assert_eq!(whole["status"], json!({"status": "upcoming", "sub_status": "registration_open"}));
    let states: Vec<_> =
        whole["triggers"].as_array().expect("a list").iter().map(|t| text(&t["state"])).collect();
    assert_eq!(states, ["fired", "pending", "pending"]);
    let unknown = server.get(&format!("{BASE}/explain/nobody")).await;
    assert_eq!((&unknown["status"], &unknown["triggers"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn missed_triggers_are_recovered_one_after_another_with_a_pause() {
    let mut server = TestServer::start_with(|config, _| config.recovery_delay_ms = 100).await;
    for event_id in ["a", "b", "c"] {
        server.create(event(event_id)).await;
    }
    server.settle().await;
    server.stop().await;
    server.clock.advance(HOUR_MS + 30 * MINUTE_MS);
    server.restart().await;
    for done in 1..=3 {
        if done > 1 {
            server.advance(100).await;
        }
        server.settle().await;
        let page = server.get(&format!("{BASE}/history?cause=recovered")).await;
        let entries = page["history"].as_array().expect("a list");
        assert_eq!(entries.len(), done, "{page}");
        let executed = at(BEGINNING_MS + HOUR_MS + 30 * MINUTE_MS + 100 * (done as i64 - 1));
        assert_eq!(entries[0]["executed_at"], json!(executed.to_string()));
    }
}
