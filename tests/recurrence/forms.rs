//! What is read, in either form, and what is refused with which problem.

use client_event_scheduler::recurrence::{Recurrence, Rule};
use client_event_scheduler::{InvalidInput, ProblemCode, limits};

use crate::asked::{recurrence, rule};

fn problems(error: &InvalidInput) -> Vec<(&'static str, ProblemCode)> {
    error.problems.iter().map(|problem| (problem.field, problem.code)).collect()
}

fn refused(text: &str) -> Vec<(&'static str, ProblemCode)> {
    problems(&text.parse::<Recurrence>().expect_err(text))
}

fn refused_json(json: &str) -> Vec<(&'static str, ProblemCode)> {
    problems(&Recurrence::from_json(json.as_bytes()).expect_err(json))
}

#[test]
fn the_same_rule_written_differently_prints_alike() {
    for text in [
        "FREQ=WEEKLY;BYDAY=MO,FR;INTERVAL=2",
        "RRULE:INTERVAL=2;FREQ=WEEKLY;BYDAY=FR,MO,MO",
        "rrule:freq=weekly;byday=fr,mo;interval=2;wkst=mo;",
        " FREQ=WEEKLY;INTERVAL=+2;BYDAY=MO, FR;SKIP=OMIT;RSCALE=GREGORIAN ",
    ] {
        assert_eq!(rule(text).to_string(), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "{text}");
    }
    let all = "RSCALE=GREGORIAN;FREQ=YEARLY;INTERVAL=3;COUNT=4;BYMONTH=1,12;BYYEARDAY=1,366,-1;BYMONTHDAY=1,31,-1;BYDAY=TU,1MO,-1SU;BYHOUR=0,23;BYMINUTE=0,59;BYSECOND=0,59;BYSETPOS=1,-1;WKST=SU;SKIP=FORWARD";
    assert_eq!(rule(all).to_string(), all);
}

#[test]
fn json_and_text_say_the_same() {
    let json = r#"{"start":"2026-01-05T09:00:00","timezone":"Europe/Berlin","frequency":"monthly","interval":2,"until":"2026-12-24","by_day":["TU","1MO","-1FR"],"by_hour":[9,17],"week_start":"SU","skip":"backward","include_dates":["2026-02-03T10:00:00"],"exclude_dates":["2026-03-02"],"disambiguation":"later","gaps":"skip","sub_daily":"once","unmatched_start":"included"}"#;
    let read = Recurrence::from_json(json.as_bytes()).expect("read");
    assert_eq!(read.to_json(), json);
    let text = "DTSTART;TZID=Europe/Berlin:20260105T090000\nRRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;INTERVAL=2;UNTIL=20261224;BYDAY=TU,1MO,-1FR;BYHOUR=9,17;WKST=SU;SKIP=BACKWARD\nRDATE;TZID=Europe/Berlin:20260203T100000\nEXDATE;VALUE=DATE:20260302\nX-POLICY:DISAMBIGUATION=LATER;GAPS=SKIP;SUB-DAILY=ONCE;START=INCLUDED";
    assert_eq!(read.to_string(), text);
    assert_eq!(recurrence(text), read);
    // Single values need no array, and null is as good as absent.
    let short = r#"{"frequency":"DAILY","by_hour":9,"by_day":"MO","count":null,"timezone":null}"#;
    let read = Recurrence::from_json(short.as_bytes()).expect("read");
    assert_eq!(read.to_json(), r#"{"frequency":"daily","by_day":["MO"],"by_hour":[9]}"#);
}

#[test]
fn folded_lines_quotes_and_line_endings_are_read() {
    let text = "DTSTART;TZID=\"America/New_York\":19970902T090000\r\nRRULE:FREQ=DAI\r\n LY;COUNT=10\r\nEXDATE;TZID=America/New_York:19970904T090000,\r\n\t19970903T090000\r\n";
    let expected = "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;COUNT=10\nEXDATE;TZID=America/New_York:19970903T090000,19970904T090000";
    assert_eq!(recurrence(text).to_string(), expected);
}

#[test]
fn every_problem_of_a_text_is_named_with_its_part() {
    use ProblemCode::{
        RulePartConflict, RulePartInvalid, RulePartRepeated, RulePartRequired, RulePartUnknown,
        TimeZoneUnknown,
    };
    for (text, expected) in [
        ("", vec![("RRULE", RulePartRequired)]),
        ("RRULE:INTERVAL=2", vec![("FREQ", RulePartRequired)]),
        ("FREQ=SOMETIMES", vec![("FREQ", RulePartInvalid)]),
        ("FREQ=DAILY;FREQ=DAILY", vec![("FREQ", RulePartRepeated)]),
        ("FREQ=DAILY;BYEASTER=1", vec![("RRULE", RulePartUnknown)]),
        ("FREQ=DAILY;INTERVAL=0;COUNT=0", vec![("INTERVAL", RulePartInvalid), ("COUNT", RulePartInvalid)]),
        ("FREQ=DAILY;COUNT=1;UNTIL=20260101", vec![("UNTIL", RulePartConflict)]),
        ("FREQ=DAILY;UNTIL=20260230", vec![("UNTIL", RulePartInvalid)]),
        (
            "FREQ=DAILY;BYHOUR=24;BYMINUTE=60;BYSECOND=61",
            vec![("BYHOUR", RulePartInvalid), ("BYMINUTE", RulePartInvalid), ("BYSECOND", RulePartInvalid)],
        ),
        (
            "FREQ=DAILY;BYMONTH=13;BYMONTHDAY=0",
            vec![("BYMONTH", RulePartInvalid), ("BYMONTHDAY", RulePartInvalid)],
        ),
        ("FREQ=YEARLY;BYMONTH=-1", vec![("BYMONTH", RulePartInvalid)]),
        ("FREQ=MONTHLY;BYDAY=54MO", vec![("BYDAY", RulePartInvalid)]),
        ("FREQ=MONTHLY;BYDAY=0MO", vec![("BYDAY", RulePartInvalid)]),
        ("FREQ=MONTHLY;BYDAY=Monday", vec![("BYDAY", RulePartInvalid)]),
        ("FREQ=MONTHLY;BYDAY=", vec![("BYDAY", RulePartInvalid)]),
        ("FREQ=WEEKLY;BYDAY=1MO", vec![("BYDAY", RulePartConflict)]),
        ("FREQ=WEEKLY;BYMONTHDAY=1", vec![("BYMONTHDAY", RulePartConflict)]),
        ("FREQ=MONTHLY;BYWEEKNO=1", vec![("BYWEEKNO", RulePartConflict)]),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", vec![("BYDAY", RulePartConflict)]),
        ("FREQ=DAILY;BYYEARDAY=1", vec![("BYYEARDAY", RulePartConflict)]),
        ("FREQ=DAILY;BYSETPOS=1", vec![("BYSETPOS", RulePartConflict)]),
        ("FREQ=DAILY;RSCALE=CHINESE", vec![("RSCALE", RulePartInvalid)]),
        ("FREQ=DAILY;SKIP=SIDEWAYS;WKST=M", vec![("SKIP", RulePartInvalid), ("WKST", RulePartInvalid)]),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", vec![("RRULE", RulePartRepeated)]),
        (
            "DTSTART:20260101T000000Z\nDTSTART:20260101T000000Z\nRRULE:FREQ=DAILY",
            vec![("DTSTART", RulePartRepeated)],
        ),
        ("DTSTART:2026-01-01\nRRULE:FREQ=DAILY", vec![("DTSTART", RulePartInvalid)]),
        ("DTSTART;VALUE=DATE:20260101T000000\nRRULE:FREQ=DAILY", vec![("DTSTART", RulePartInvalid)]),
        ("RRULE:FREQ=DAILY\nRDATE;VALUE=PERIOD:20260101T000000Z/PT1H", vec![("RDATE", RulePartInvalid)]),
        ("EXRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", vec![("", RulePartUnknown)]),
        (
            "DTSTART;TZID=Europe/Berlin:20260101T000000\nEXDATE;TZID=Europe/Paris:20260101T000000\nRRULE:FREQ=DAILY",
            vec![("EXDATE", RulePartConflict)],
        ),
        ("DTSTART;TZID=:20260101T000000\nRRULE:FREQ=DAILY", vec![("DTSTART", TimeZoneUnknown)]),
        ("RRULE:FREQ=DAILY\nX-POLICY:GAPS=JUMP", vec![("X-POLICY", RulePartInvalid)]),
        ("RRULE:FREQ=DAILY\nX-POLICY:HASTE=1", vec![("X-POLICY", RulePartInvalid)]),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
    let long =
        format!("RRULE:FREQ=DAILY\nRDATE:{}", "20260101T000000Z,".repeat(limits::RECURRENCE_BYTES / 17));
    assert_eq!(refused(&long), [("", ProblemCode::TextTooLong)]);
}

#[test]
fn every_problem_of_json_is_named_with_its_key() {
    use ProblemCode::{
        DateMalformed, JsonSyntax, RulePartConflict, RulePartInvalid, RulePartRepeated, RulePartRequired,
        RulePartUnknown, TimeZoneUnknown, WrongType,
    };
    for (json, expected) in [
        ("", vec![("", JsonSyntax)]),
        ("[]", vec![("", JsonSyntax)]),
        ("{} {}", vec![("", JsonSyntax)]),
        ("{}", vec![("frequency", RulePartRequired)]),
        (r#"{"frequency":"daily","by_days":["MO"]}"#, vec![("", RulePartUnknown)]),
        (r#"{"frequency":"daily","frequency":"daily"}"#, vec![("frequency", RulePartRepeated)]),
        (
            r#"{"frequency":"daily","start":"2026-01-01","start":"2026-01-01"}"#,
            vec![("start", RulePartRepeated)],
        ),
        (
            r#"{"frequency":true,"interval":{}}"#,
            vec![("frequency", WrongType), ("interval", WrongType), ("frequency", RulePartRequired)],
        ),
        (
            r#"{"frequency":"daily","interval":1.5,"by_hour":[9,"noon"]}"#,
            vec![("interval", RulePartInvalid), ("by_hour", RulePartInvalid)],
        ),
        (r#"{"frequency":"daily","count":[1,2]}"#, vec![("count", RulePartInvalid)]),
        (r#"{"frequency":"daily","by_hour":[]}"#, vec![("by_hour", RulePartInvalid)]),
        (r#"{"frequency":"daily","by_day":[null]}"#, vec![("by_day", WrongType)]),
        (r#"{"frequency":"daily","count":1,"until":"2026-01-01"}"#, vec![("until", RulePartConflict)]),
        (r#"{"frequency":"daily","start":"2026-02-30"}"#, vec![("start", DateMalformed)]),
        (r#"{"frequency":"daily","start":"2026-01-01T00:00:00.5Z"}"#, vec![("start", DateMalformed)]),
        (r#"{"frequency":"daily","timezone":"a\nb"}"#, vec![("timezone", TimeZoneUnknown)]),
        (r#"{"frequency":"daily","gaps":"jump"}"#, vec![("gaps", RulePartInvalid)]),
    ] {
        let mut found = refused_json(json);
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{json}");
    }
}

#[test]
fn a_message_says_what_to_write_instead() {
    for (text, message) in [
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR: `24` is out of place: write 0 to 23"),
        (
            "FREQ=YEARLY;BYMONTHDAY=32",
            "BYMONTHDAY: `32` is out of place: write 1 to 31, or -1 to -31 from the end",
        ),
        (
            "FREQ=OFTEN",
            "FREQ: `OFTEN` is not known: write SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY",
        ),
        ("FREQ=DAILY;COUNT=x", "COUNT: `x` is no such number: write a whole one from 1 to 4294967295"),
    ] {
        assert_eq!(text.parse::<Rule>().expect_err(text).to_string(), message);
    }
}

#[test]
fn the_example_of_the_documentation_is_one_recurrence_in_three_forms() {
    let guide = include_str!("../../docs/recurrence.md");
    let example = guide.split("```").nth(1).expect("an example").trim_start_matches("text\n");
    let (forms, words) = example.split_once("\n\n").expect("two forms, and words");
    let columns = |line: &'static str| line.split_at_checked(50).unwrap_or((line, ""));
    let (text, json): (Vec<_>, Vec<_>) = forms.lines().map(columns).unzip();
    let text = recurrence(&text.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n"));
    assert_eq!(text, Recurrence::from_json(json.concat().as_bytes()).expect("read"));
    assert_eq!(text.describe(), words.trim());
}
