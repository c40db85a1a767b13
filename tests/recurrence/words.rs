//! Recurrences in words.

use crate::asked::{recurrence, rule};

#[test]
fn rules_are_described_in_english() {
    for (text, words) in [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "every 3 days, once"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;UNTIL=20261224",
            "every 2 weeks on Monday and Friday until 24 December 2026",
        ),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=10", "every week on Monday to Friday, 10 times"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", "every 2 weeks on Sunday, weeks beginning on Sunday"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", "every month on the first Monday and the last Friday"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "every month on every Friday if that is day 13 of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on days 1 and 15"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,-2", "every month on the last and second to last day"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "every month on Monday to Friday, only the last of each month",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD",
            "every month on day 31, moved back to the last day where that day is missing",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;SKIP=FORWARD",
            "every year on day 29 in February, moved on to the next day where that day is missing",
        ),
        ("FREQ=YEARLY;BYDAY=20MO", "every year on the 20th Monday"),
        ("FREQ=YEARLY;BYDAY=22TU,-53FR", "every year on the 22nd Tuesday and the 53rd to last Friday"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "every year on every Monday in week 20"),
        ("FREQ=YEARLY;BYYEARDAY=1,100", "every year on days 1 and 100 of the year"),
        ("FREQ=DAILY;BYHOUR=9,17;BYMINUTE=30", "every day at 09:30 and 17:30"),
        (
            "FREQ=DAILY;BYHOUR=8,9,10,11;BYMINUTE=0,30",
            "every day at hours 8, 9, 10 and 11 at minutes 0 and 30",
        ),
        ("FREQ=HOURLY;BYMINUTE=15", "every hour at minute 15"),
        (
            "FREQ=MINUTELY;INTERVAL=15;UNTIL=20261224T090000Z",
            "every 15 minutes until 24 December 2026 at 09:00 UTC",
        ),
    ] {
        assert_eq!(rule(text).describe(), words, "{text}");
    }
}

#[test]
fn a_recurrence_adds_its_time_and_counts_its_dates() {
    for (text, words) in [
        ("DTSTART;TZID=Europe/Berlin:20260105T090030\nRRULE:FREQ=DAILY", "every day at 09:00:30"),
        ("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY", "every day"),
        // What clocks in Berlin show then, only the table of zones knows.
        ("DTSTART:20260105T090000Z\nX-WR-TIMEZONE:Europe/Berlin\nRRULE:FREQ=DAILY", "every day"),
        (
            "RRULE:FREQ=DAILY\nRDATE:20260105T090000Z\nEXDATE:20260105T090000Z,20260106T090000Z",
            "every day, and on 1 date more, except on 2 dates",
        ),
        ("RDATE:20260105T090000Z,20260106T090000Z", "on 2 dates"),
    ] {
        assert_eq!(recurrence(text).describe(), words, "{text}");
    }
}
