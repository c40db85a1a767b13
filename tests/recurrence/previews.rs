//! What a person is shown while typing a recurrence: the page says the same of the published cases, and of what cannot be read
//! (`pkg/test/recurrence.test.ts` compares the built module's answers with the same file).

use client_event_scheduler::Timestamp;
use client_event_scheduler::recurrence::{Context, Moment, Preview, Written};

use crate::asked::context;

const PUBLISHED: &str = include_str!("../fixtures/recurrence/published.txt");
const OTHERS: &str = include_str!("../fixtures/recurrence/typed.txt");
const ANSWERS: &str = include_str!("../fixtures/recurrence/previews.txt");

/// The lines of what is asked, as the page asks it: the recurrence, its beginning and its zone.
fn asked() -> impl Iterator<Item = [String; 3]> {
    let published = PUBLISHED.lines().filter(|line| !line.starts_with(['#', '=']));
    let published = published.filter_map(|line| line.split('|').nth(1));
    let published = published.map(|lines| [lines.trim().replace(' ', "\n"), String::new(), String::new()]);
    let others = OTHERS.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut parts = line.split('|').map(|part| part.trim().to_owned());
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    });
    published.chain(others)
}

fn answer([text, start, time_zone]: &[String; 3]) -> String {
    let preview = || {
        let written = Written::read(text)?;
        let start = if start.is_empty() { None } else { Some(Moment::read_start(start)?) };
        let default_time_zone = Some(time_zone.as_str()).filter(|name| !name.is_empty());
        let schedule = written.schedule(&Context { start, default_time_zone, ..context() })?;
        Ok((written, Preview::of(&schedule, Timestamp::EPOCH, 12)))
    };
    match preview() {
        Ok((written, preview)) => {
            let mut line = written.description().unwrap_or_default();
            line = [line, written.text().replace('\n', " ")].join(" | ");
            line.push_str(" |");
            for at in &preview.occurrences {
                line.push(' ');
                line.push_str(&at.to_string());
            }
            if !preview.complete {
                line.push_str(" ...");
            }
            preview.stopped.map_or(line.clone(), |stopped| format!("{line} {stopped}"))
        }
        Err(invalid) => {
            let invalid: client_event_scheduler::InvalidInput = invalid;
            let problem = |problem: &client_event_scheduler::Problem| {
                format!("{} {}: {}", problem.field, problem.code.as_str(), problem.message)
            };
            invalid.problems.iter().map(problem).collect::<Vec<_>>().join(" & ")
        }
    }
}

#[test]
fn the_core_says_of_everything_that_is_typed_what_is_written_down() {
    let answers: Vec<_> = asked().map(|asked| answer(&asked) + "\n").collect();
    assert!(answers.len() > 320, "only {}", answers.len());
    let answers = answers.concat();
    if std::env::var_os("CES_ACCEPT").is_some() {
        std::fs::write("tests/fixtures/recurrence/previews.txt", &answers).expect("the file can be written");
        return;
    }
    for (line, (found, written)) in answers.lines().zip(ANSWERS.lines()).enumerate() {
        assert_eq!(found, written, "line {}; CES_ACCEPT=1 writes the file anew", line + 1);
    }
    assert_eq!(answers, ANSWERS);
}
