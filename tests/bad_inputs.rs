//! The table of bad inputs, through the core. The npm package and the server walk the same table and give the same codes.
#![cfg(not(target_arch = "wasm32"))]

use client_event_scheduler::{DateContext, EventDefinition, ProblemCode};
use serde_json::Value;

const TABLE: &str = include_str!("fixtures/bad_inputs.json");

#[test]
fn every_bad_input_names_field_and_code_and_what_to_write_instead() {
    let rows: Vec<Value> = serde_json::from_str(TABLE).expect("the table is JSON");
    assert!(rows.len() >= 40, "{} rows", rows.len());
    for row in &rows {
        let name = row["name"].as_str().expect("a name");
        let json = match row.get("json") {
            Some(json) => json.as_str().expect("a text").to_owned(),
            None => row["event"].to_string(),
        };
        let error = EventDefinition::from_json(json.as_bytes(), &DateContext::default()).expect_err(name);
        let mut found: Vec<(&str, &str)> =
            error.problems.iter().map(|problem| (problem.field, problem.code.as_str())).collect();
        let mut expected: Vec<(&str, &str)> = row["expect"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|problem| {
                (problem["field"].as_str().expect("a field"), problem["code"].as_str().expect("a code"))
            })
            .collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
        for problem in &error.problems {
            assert!(problem.message.len() > 20, "{name}: {} says too little", problem.message);
        }
    }
}

#[test]
fn the_table_has_a_row_for_every_code_an_event_can_have() {
    let rows: Vec<Value> = serde_json::from_str(TABLE).expect("the table is JSON");
    // The others need a policy, a setting, an address beside the event, or more text than a table should hold.
    let elsewhere = [
        ProblemCode::EventTooLarge,
        ProblemCode::IdMismatch,
        ProblemCode::DateNonexistent,
        ProblemCode::DateAmbiguous,
        ProblemCode::SettingInvalid,
        ProblemCode::RangeInvalid,
        // Those of recurrences have their tables in tests/recurrence.
        ProblemCode::RulePartUnknown,
        ProblemCode::RulePartRepeated,
        ProblemCode::RulePartInvalid,
        ProblemCode::RulePartConflict,
        ProblemCode::RulePartRequired,
        ProblemCode::CronFieldInvalid,
    ];
    for code in ProblemCode::ALL.iter().filter(|code| !elsewhere.contains(code)) {
        let named = |row: &Value| {
            row["expect"]
                .as_array()
                .is_some_and(|list| list.iter().any(|problem| problem["code"] == code.as_str()))
        };
        assert!(rows.iter().any(named), "no row for {code}");
    }
}

#[test]
fn with_reject_a_skipped_or_repeated_local_time_is_a_problem() {
    let context = DateContext {
        disambiguation: client_event_scheduler::Disambiguation::Reject,
        ..DateContext::default()
    };
    for (date, code) in
        [("2026-03-29T02:30", ProblemCode::DateNonexistent), ("2026-10-25T02:30", ProblemCode::DateAmbiguous)]
    {
        let json = format!(r#"{{"event_id":"e","timezone":"Europe/Berlin","start_datetime":"{date}"}}"#);
        let error = EventDefinition::from_json(json.as_bytes(), &context).expect_err(date);
        assert_eq!((error.problems[0].field, error.problems[0].code), ("start_datetime", code));
        EventDefinition::from_json(json.as_bytes(), &DateContext::default()).expect("compatible by default");
    }
}
