//! Rules about single files: their size, unfinished work, traces of one machine.

use super::{Finding, Source};

/// Beyond this a file wants to be split, for a name worth having.
const MOST_LINES: usize = 450;

/// Files that may be longer, up to how many lines, and why.
const LONGER: &[(&str, usize, &str)] = &[];

/// What unfinished or muted work looks like, in which files, and what to do.
const UNFINISHED: &[(&str, Where, &str)] = &[
    ("TODO", Where::Anywhere, "do it, or leave it out"),
    ("FIXME", Where::Anywhere, "fix it"),
    ("#[ignore", Where::Rust, "a test that does not run shows nothing: make it run or delete it"),
    (".skip(", Where::Script, "a test that does not run shows nothing: make it run or delete it"),
    (".todo(", Where::Script, "write the test"),
    (".only(", Where::Script, "it mutes every other test"),
    ("@ts-ignore", Where::Script, "`@ts-expect-error` with the reason"),
    ("@ts-nocheck", Where::Script, "fix the types"),
    ("<<<<<<< ", Where::Anywhere, "finish the merge"),
    (">>>>>>> ", Where::Anywhere, "finish the merge"),
];

/// Folders that exist on one machine only.
const OF_ONE_MACHINE: &[(&str, &str)] = &[
    ("/root/", "a path below the checkout, or the home folder from the environment"),
    ("/home/", "a path below the checkout, or the home folder from the environment"),
    ("/Users/", "a path below the checkout, or the home folder from the environment"),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["manager", "helper", "helpers", "util", "utils", "common", "misc"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Anywhere,
    Rust,
    Script,
}

impl Where {
    fn includes(self, source: &Source) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Rust => source.is_rust(),
            Self::Script => source.is_script(),
        }
    }
}

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = stale_exceptions(sources, LONGER);
    for source in sources.iter().filter(|source| is_written_by_hand(source)) {
        findings.extend(size(source, LONGER));
        findings.extend(name(source));
        findings.extend(ending(source));
        if !source.is_a_rule() {
            findings.extend(words(source));
        }
    }
    findings
}

/// Lock files, licences and data are as their makers write them.
fn is_written_by_hand(source: &Source) -> bool {
    let file = source.path.rsplit('/').next().unwrap_or(&source.path);
    let lock = file == "Cargo.lock" || file == "package-lock.json";
    let data =
        ["json", "csv", "tsv", "txt", "snap", "svg"].contains(&source.extension()) && file != "package.json";
    let generated = file.ends_with(".gen.ts");
    !lock && !data && !generated && !file.starts_with("LICENSE")
}

fn is_code(source: &Source) -> bool {
    source.is_rust() || source.is_script() || ["css", "py", "sql", "sh"].contains(&source.extension())
}

fn size(source: &Source, longer: &[(&str, usize, &str)]) -> Option<Finding> {
    let most = longer.iter().find(|(path, ..)| *path == source.path).map_or(MOST_LINES, |(_, most, _)| *most);
    let lines = source.text.lines().count();
    (is_code(source) && lines > most)
        .then(|| source.whole(format!("{lines} lines, {most} at most: split off a part that has a name")))
}

/// An exception that is no longer needed would hide the next file of that name.
fn stale_exceptions(sources: &[Source], longer: &[(&str, usize, &str)]) -> Vec<Finding> {
    let needed = |path: &str| {
        sources.iter().any(|source| source.path == path && source.text.lines().count() > MOST_LINES)
    };
    let stale = longer.iter().filter(|(path, ..)| !needed(path));
    stale
        .map(|(path, ..)| Finding {
            place: (*path).to_owned(),
            what: "needs no exception for its size".into(),
        })
        .collect()
}

fn name(source: &Source) -> Option<Finding> {
    let file = source.path.rsplit('/').next()?;
    let stem = file.split('.').next()?;
    let mut words = stem.split(['_', '-']).map(str::to_lowercase);
    let empty = words.find(|word| EMPTY_NAMES.contains(&word.as_str()))?;
    Some(source.whole(format!("`{empty}` says nothing: name the file after what is in it")))
}

fn ending(source: &Source) -> Option<Finding> {
    if source.text.contains('\r') {
        return Some(source.whole("lines end with a line feed only"));
    }
    let bad = !source.text.is_empty() && (!source.text.ends_with('\n') || source.text.ends_with("\n\n"));
    bad.then(|| source.whole("ends with exactly one line feed"))
}

fn words(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for (word, place, instead) in UNFINISHED {
            if place.includes(source) && line.contains(word) {
                findings.push(source.at(index, format!("`{}`: {instead}", word.trim_end())));
            }
        }
        for (word, instead) in OF_ONE_MACHINE {
            if line.contains(word) {
                findings.push(source.at(index, format!("`{word}`: {instead}")));
            }
        }
        if line.ends_with([' ', '\t']) {
            findings.push(source.at(index, "trailing white space"));
        }
        if names_an_issue(line) {
            findings.push(
                source.at(index, "say what the issue was: a number means nothing to a reader of the code"),
            );
        }
        if prose(source, line).chars().any(|c| ('\u{1F000}'..='\u{1FAFF}').contains(&c)) {
            findings.push(source.at(index, "an emoji: use a word"));
        }
    }
    findings
}

/// The part of a line that speaks to people: code may well have an emoji in a test's input.
fn prose<'a>(source: &Source, line: &'a str) -> &'a str {
    if is_code(source) { line.split_once("//").map_or("", |(_, comment)| comment) } else { line }
}

/// Whether the line speaks of an issue of ours by its number.
fn names_an_issue(line: &str) -> bool {
    let line = line.to_lowercase();
    line.match_indices("issue").any(|(at, word)| {
        let rest = line[at + word.len()..].trim_start_matches('s').trim_start_matches([' ', '#']);
        rest.len() < line.len() - at - word.len() && rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn finds(path: &str, text: &str) -> usize {
        check(&[source(path, text)]).len()
    }

    #[test]
    fn a_file_may_have_as_many_lines_as_the_limit_and_not_one_more() {
        let lines = |count| "x\n".repeat(count);
        assert_eq!(finds("src/a.rs", &lines(MOST_LINES)), 0);
        assert_eq!(finds("src/a.rs", &lines(MOST_LINES + 1)), 1);
        assert_eq!(finds("README.md", &lines(MOST_LINES + 1)), 0, "prose");
    }

    #[test]
    fn an_exception_allows_a_longer_file_and_is_reported_once_it_is_not_needed() {
        let longer = [("src/a.rs", 500, "why")];
        let long = source("src/a.rs", &"x\n".repeat(500));
        assert_eq!(size(&long, &longer), None);
        assert!(stale_exceptions(&[long], &longer).is_empty());
        assert_eq!(stale_exceptions(&[source("src/a.rs", "x\n")], &longer).len(), 1);
        assert!(size(&source("src/a.rs", &"x\n".repeat(501)), &longer).is_some());
    }

    #[test]
    fn unfinished_and_muted_work_is_found_where_the_word_means_it() {
        assert_eq!(finds("src/a.rs", "// TODO later\n"), 1);
        assert_eq!(finds("tests/a.rs", "#[ignore]\n"), 1);
        assert_eq!(finds("pkg/a.test.ts", "it.skip(\"x\")\n"), 1);
        assert_eq!(finds("pkg/a.test.ts", "it.only(\"x\")\n"), 1);
        assert_eq!(finds("src/a.rs", "items.skip(1)\n"), 0, "an iterator");
    }

    #[test]
    fn an_emoji_is_found_in_prose_and_allowed_in_the_input_of_a_test() {
        assert_eq!(finds("a.md", "done \u{1F600}\n"), 1);
        assert_eq!(finds("src/a.rs", "let a = 1; // done \u{1F600}\n"), 1);
        assert_eq!(finds("src/a.rs", "parse(\"\u{1F600}\");\n"), 0);
    }

    #[test]
    fn traces_of_one_machine_are_found() {
        assert_eq!(finds("a.md", "see /root/x\n"), 1);
    }

    #[test]
    fn a_number_of_an_issue_is_found_and_the_word_alone_is_not() {
        assert!(names_an_issue("see Issue #12"));
        assert!(names_an_issue("issues 3 and 4"));
        assert!(!names_an_issue("an issue of style"));
        assert!(!names_an_issue("issued 3 times"));
    }

    #[test]
    fn a_file_ends_with_one_line_feed_and_has_a_name_that_says_something() {
        assert_eq!(finds("src/a.rs", "x"), 1);
        assert_eq!(finds("src/a.rs", "x\n\n"), 1);
        assert_eq!(finds("src/a.rs", "x\r\n"), 1);
        assert_eq!(finds("src/a.rs", ""), 0);
        assert_eq!(finds("src/time_utils.rs", "x\n"), 1);
    }
}
