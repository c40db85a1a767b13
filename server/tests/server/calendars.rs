//! iCalendar, out and in.

use crate::support::{TestServer, answer, event, instant, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn import(server: &TestServer, parameters: &str, calendar: &str) -> Value {
    let request = server.request(Method::POST, &format!("/api/v1/admin/events/import?{parameters}"));
    let (status, report) =
        answer(request.header("content-type", "text/calendar; charset=utf-8").body(calendar.to_owned()))
            .await;
    assert_eq!(status, StatusCode::OK, "{report}");
    report
}

async fn export(server: &TestServer, path: &str) -> String {
    let response = server.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/calendar; charset=utf-8");
    response.text().await.expect("a whole calendar")
}

fn calendar(components: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//somebody//else//EN\n{components}END:VCALENDAR\n")
        .replace('\n', "\r\n")
}

fn vevent(properties: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{properties}\nEND:VEVENT\n"))
}

/// Events with everything that is hard to write.
fn hard_events() -> Vec<Value> {
    vec![
        json!({
            "event_id": "zoned; \"quoted\", a/b", "event_name": "Straße, 1; C:\\new\nline — 東京 🎉", "venue": " Halle 5 ",
            "timezone": "Europe/Berlin", "registration_start_date": "2026-03-01", "registration_end_date": "2026-10-25T02:30",
            "start_datetime": "2026-10-25 18:00:00", "end_datetime": "2026-10-25T23:00:00.250",
            "certificate_start_date": "2026-10-26T09:00:00+05:30", "certificate_end_date": 1798761600000_i64,
            "nested": {"a": [1, 2.50, null], "b": "\u{2028}"}, "event_approval_status": "approved", "published": true,
        }),
        json!({"event_id": "draft", "event_name": "x".repeat(300), "start_datetime": "2026-05-01T00:00Z"}),
        json!({"event_id": "held", "status": "cancelled", "start_datetime": instant(0), "end_datetime": instant(1)}),
        json!({"event_id": "pending", "approval_required": true, "start_datetime": instant(0), "end_datetime": instant(1)}),
        json!({"event_id": "bare"}),
    ]
}

#[tokio::test]
async fn what_was_exported_as_a_calendar_comes_back_as_the_same_definitions() {
    let server = TestServer::start().await;
    for event in hard_events() {
        server.create(event).await;
    }
    let exported = export(&server, "/api/v1/admin/events/export.ics").await;
    let other = TestServer::start().await;
    let report = import(&other, "", &exported).await;
    assert_eq!((&report["created"], &report["refused"]), (&json!(5), &json!(0)), "{report}");
    assert_eq!(other.list().await, server.list().await);
    let report = import(&server, "", &exported).await;
    assert_eq!(report["unchanged"], 5, "{report}");
}

#[tokio::test]
async fn a_calendar_has_short_lines_its_zones_and_the_revision() {
    let server = TestServer::start().await;
    for event in hard_events() {
        server.create(event).await;
    }
    server.update("draft", json!({"venue": "Hall"})).await;
    let exported = export(&server, "/api/v1/admin/events/export.ics").await;
    for line in exported.split("\r\n") {
        assert!(line.len() <= 75, "{} bytes: {line}", line.len());
        assert!(!line.contains(['\n', '\r']), "{line}");
    }
    let unfolded = exported.replace("\r\n ", "");
    for line in [
        "DTSTART;TZID=Europe/Berlin:20261025T180000",
        "X-CES-REGISTRATION-START;TZID=Europe/Berlin:20260301T000000",
        "X-CES-CERTIFICATE-START:20261026T033000Z",
        "SUMMARY:Straße\\, 1\\; C:\\\\new\\nline — 東京 🎉",
        "SEQUENCE:2",
        "STATUS:CANCELLED",
        "STATUS:TENTATIVE",
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin",
        "DTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100",
    ] {
        assert!(unfolded.contains(line), "{line} is not in\n{unfolded}");
    }
    let one = export(&server, "/api/v1/admin/events/calendar/draft.ics").await;
    assert!(one.contains("UID:draft\r\n") && one.matches("BEGIN:VEVENT").count() == 1, "{one}");
    let some = export(&server, "/api/v1/admin/events/export.ics?status=cancelled").await;
    assert_eq!(some.matches("BEGIN:VEVENT").count(), 1);
    let (status, problem) = server.send(Method::GET, "/api/v1/admin/events/calendar/nobody.ics", None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("EVENT_NOT_FOUND")));
}

#[tokio::test]
async fn what_somebody_has_changed_in_an_exported_calendar_is_a_change_of_that_field() {
    let server = TestServer::start().await;
    let mut gala = event("gala");
    gala["venue"] = json!("Hall 1");
    gala["extra"] = json!({"kept": true});
    server.create(gala).await;
    let exported = export(&server, "/api/v1/admin/events/calendar/gala.ics").await;
    let changed = exported
        .replace("SUMMARY:Event gala", "SUMMARY:Winter gala")
        .replace("LOCATION:Hall 1\r\n", "")
        .replace("DTEND:20260501T030000Z", "DTEND:20260501T050000Z")
        .replace("STATUS:CONFIRMED", "STATUS:CANCELLED");
    assert_eq!(import(&server, "", &changed).await["updated"], 1);
    let now = server.details("gala").await;
    assert_eq!((&now["event_name"], now.get("venue")), (&json!("Winter gala"), None));
    assert_eq!(
        (&now["end_datetime"], &now["extra"]),
        (&json!("2026-05-01T05:00:00Z"), &json!({"kept": true}))
    );
    assert_eq!(
        (&now["status"], &now["start_datetime"]),
        (&json!("cancelled"), &json!("2026-05-01T02:00:00.000Z"))
    );
}

#[tokio::test]
async fn calendars_of_other_programs_are_understood() {
    let server = TestServer::start().await;
    let foreign = calendar(
        "X-WR-TIMEZONE:America/New_York\n\
         BEGIN:VTIMEZONE\nTZID:Their zone\nX-LIC-LOCATION:Asia/Tokyo\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
         TZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n\
         BEGIN:VJOURNAL\nUID:diary\nSUMMARY:no event\nEND:VJOURNAL\n\
         BEGIN:VEVENT\nUID:zoned\nDTSTART;TZID=Their zone:20260601T090000\nDTEND;TZID=Their zone:20260601T100000\n\
         SUMMARY:A very long\n  summary\\, folded\nDESCRIPTION:two\\nlines\nLOCATION:Tokyo\n\
         BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:soon\nEND:VALARM\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:day\nDTSTART;VALUE=DATE:20260701\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:long\nDTSTART:20260801T200000Z\nDURATION:PT2H30M\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:floating\nDTSTART:20260901T200000\nDTEND:20260901T210000\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:prefixed\nDTSTART;TZID=/example.org/2026/Europe/Paris:20260901T200000\n\
         DTEND;TZID=America/New_York:20260901T160000\nEND:VEVENT\n",
    );
    let report = import(&server, "", &foreign).await;
    assert_eq!((&report["created"], &report["refused"]), (&json!(5), &json!(0)), "{report}");
    for (id, zone, start, end) in [
        ("zoned", json!("Asia/Tokyo"), "2026-06-01T09:00:00", "2026-06-01T10:00:00"),
        ("day", json!("America/New_York"), "2026-07-01", "2026-07-02"),
        ("long", Value::Null, "2026-08-01T20:00:00Z", "2026-08-01T22:30:00Z"),
        ("floating", json!("America/New_York"), "2026-09-01T20:00:00", "2026-09-01T21:00:00"),
        ("prefixed", json!("Europe/Paris"), "2026-09-01T20:00:00", "2026-09-01T20:00:00.000Z"),
    ] {
        let event = server.details(id).await;
        assert_eq!(event["timezone"], zone, "{event}");
        assert_eq!(
            (text(&event["start_datetime"]), text(&event["end_datetime"])),
            (start.into(), end.into()),
            "{id}"
        );
    }
    let zoned = server.details("zoned").await;
    assert_eq!(
        (&zoned["event_name"], &zoned["description"]),
        (&json!("A very long summary, folded"), &json!("two\nlines"))
    );
}

#[tokio::test]
async fn what_a_calendar_holds_but_an_event_cannot_is_refused_with_the_reason() {
    let server = TestServer::start().await;
    for (properties, field, code) in [
        ("UID:e\nDTSTART:20260601T090000Z\nRRULE:FREQ=DAILY", "RRULE", "RECURRENCE_NOT_IMPORTED"),
        (
            "UID:e\nDTSTART:20260601T090000Z\nRECURRENCE-ID:20260601T090000Z",
            "RECURRENCE-ID",
            "RECURRENCE_NOT_IMPORTED",
        ),
        ("UID:e\nDTSTART;TZID=W. Europe Standard Time:20260601T090000", "DTSTART", "TIME_ZONE_UNKNOWN"),
        ("UID:e\nDTSTART:20260601T090000\nDTEND:20260601T100000", "start_datetime", "TIME_ZONE_REQUIRED"),
        ("UID:e\nDTSTART:tomorrow", "DTSTART", "DATE_MALFORMED"),
        ("UID:e\nDTSTART:20260601T090000Z\nDURATION:long", "DURATION", "DATE_MALFORMED"),
        ("UID:e\nDTSTART:20260601T090000Z\nDTEND:20260601T080000Z", "end_datetime", "DATE_ORDER"),
        ("SUMMARY:nameless\nDTSTART:20260601T090000Z", "event_id", "ID_REQUIRED"),
        (&format!("UID:{}", "x".repeat(129)), "event_id", "ID_TOO_LONG"),
    ] {
        let report = import(&server, "", &vevent(properties)).await;
        let problem = &report["problems"][0]["problems"][0];
        assert_eq!(
            (&problem["field"], &problem["code"]),
            (&json!(field), &json!(code)),
            "{properties}: {report}"
        );
    }
    let twice = "BEGIN:VEVENT\nUID:e\nDTSTART:20260601T090000Z\nEND:VEVENT\n".repeat(2);
    let report = import(&server, "", &calendar(&twice)).await;
    assert_eq!(
        (&report["created"], &report["problems"][0]["problems"][0]["code"]),
        (&json!(1), &json!("ID_DUPLICATE"))
    );
    let floating = vevent("UID:f\nDTSTART:20260601T090000\nDTEND:20260601T100000");
    assert_eq!(import(&server, "time_zone=Europe/Rome", &floating).await["created"], 1);
    assert_eq!(server.details("f").await["timezone"], "Europe/Rome");
}

#[tokio::test]
async fn what_is_no_calendar_is_refused() {
    let server = TestServer::start().await;
    let cut = vevent("UID:e\nDTSTART:20260601T090000Z").replace("END:VCALENDAR\r\n", "");
    for body in [
        "",
        "hello",
        "BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        "BEGIN:VCALENDAR\r\n",
    ] {
        let request = server.request(Method::POST, "/api/v1/admin/events/import");
        let (status, problem) = answer(request.header("content-type", "text/calendar").body(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body:?}: {problem}");
        assert_eq!(problem["problems"][0]["code"], "BODY_MALFORMED");
    }
    let request = server.request(Method::POST, "/api/v1/admin/events/import");
    let (status, _) = answer(request.header("content-type", "text/calendar").body(cut)).await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing of a calendar that was cut short is applied"
    );
    assert!(server.list().await.is_empty());
}
