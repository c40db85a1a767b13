//! The layers: who may use whom. An arrow means "is used by".
//!
//! Inside the core `error, limits, index, sorting, json ← time ← recurrence ← event ← trigger ← {recovery, delivery, sync} ← scheduler ← {service, providers}`; then
//! `core ← {browser, server}`, `browser ← pkg/src ← pkg/src/react ← www`. The core names neither JavaScript nor SQL nor
//! HTTP, reads no clock, draws no random number, and walks no map whose order differs from run to run.

use super::{Finding, Source};

/// The core's modules, from the bottom up. Those on one level may use one another.
const CORE: &[&[&str]] = &[
    &["error", "limits", "index", "sorting", "json"],
    &["time"],
    &["recurrence"],
    &["event"],
    &["trigger"],
    &["recovery", "delivery", "sync"],
    &["scheduler"],
    &["service", "providers"],
];

const PURE: &str = "the core is a state machine: let the host do it and pass in the result";
const ORDERED: &str =
    "its order can be observed: `BTreeMap`, or `hashbrown::HashTable` that is never iterated";

/// Words that a part of the project must not name.
const BANNED: &[(&str, &[&str], &str)] = &[
    ("src/core/", &["js_sys", "web_sys", "wasm_bindgen", "gloo", "gloo_timers", "console"], PURE),
    ("src/core/", &["sqlx", "axum", "tower", "tokio", "reqwest", "hyper"], PURE),
    (
        "src/core/",
        &["SystemTime", "std::time::Instant", "Instant::now", "Utc::now", "Local::now"],
        "take `now: Now` as an argument",
    ),
    ("src/core/", &["rand", "getrandom", "fastrand"], PURE),
    (
        "src/core/",
        &["std::fs", "std::env", "std::net", "std::process", "std::thread", "println!", "eprintln!"],
        PURE,
    ),
    ("src/core/", &["HashMap", "HashSet"], ORDERED),
    ("src/core/", &["crate::browser"], "the browser host uses the core, not the other way round"),
    ("src/browser/", &["sqlx", "axum", "tokio", "SystemTime", "std::time::Instant"], "it runs in a page"),
    ("server/src/", &["js_sys", "web_sys", "wasm_bindgen"], "it runs natively"),
];

/// What the npm package may import besides its own files. Its users get no dependency from it.
const PACKAGE_MAY_IMPORT: &[&str] = &["eventsource-parser"];
const REACT_MAY_IMPORT: &[&str] = &["react"];
/// Parts of the package that stand on the rest of it, with what makes them so. Nothing else in it uses one.
const ON_TOP: &[(&str, &str)] = &[
    ("pkg/src/react/", "the hooks use the package, not the other way round"),
    ("pkg/src/integrations/", "the integrations use the package, not the other way round"),
    ("pkg/src/testing/", "what tests need is no part of what pages load"),
];
/// Tools that stand beside the package and are built on it.
const ABOVE_THE_PACKAGE: &[&str] = &["pkg/src/devtools/", "pkg/src/bin/", "pkg/src/doctor/"];
/// What the inspector is drawn with; both are the application's own.
const DEVTOOLS_MAY_IMPORT: &[&str] = &["react", "react-dom"];
/// What the command line is made of; the parser is bundled into it.
const COMMAND_MAY_IMPORT: &[&str] = &["@babel/parser", "eventsource-parser"];
/// The package's public entries that hooks may come from.
const ENTRIES: &[&str] =
    &["client-event-scheduler", "client-event-scheduler/react", "client-event-scheduler/devtools"];
/// Those of the admin, which has the module as files of their own.
const ENTRIES_OF_THE_ADMIN: &[&str] =
    &["client-event-scheduler/slim", "client-event-scheduler/react", "client-event-scheduler/devtools"];
/// Gives the admin's tests the module.
const TEST_MODULE: &str = "www/src/scheduler/testModule.ts";

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    sources.iter().flat_map(|source| [banned(source), core_order(source), imports(source)].concat()).collect()
}

fn banned(source: &Source) -> Vec<Finding> {
    let rules = BANNED.iter().filter(|(part, ..)| source.is_rust() && source.path.starts_with(part));
    let rules: Vec<_> =
        rules.flat_map(|(_, words, instead)| words.iter().map(move |word| (*word, *instead))).collect();
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().map(code).enumerate() {
        for (word, instead) in &rules {
            if has_word(line, word) {
                findings.push(source.at(index, format!("`{word}` in {}: {instead}", folder(&source.path))));
            }
        }
    }
    findings
}

/// A module of the core uses only what is on its own level or below.
fn core_order(source: &Source) -> Vec<Finding> {
    let Some(inside) = source.path.strip_prefix("src/core/") else { return Vec::new() };
    let module = inside.split(['/', '.']).next().unwrap_or(inside);
    let Some(own) = level(module) else { return Vec::new() };
    let depth = inside.split('/').count() - usize::from(inside.ends_with("/mod.rs"));
    let fault = |used: &str| {
        if level(used).is_some_and(|level| level > own) {
            return Some(format!(
                "`{module}` uses `{used}`, which is above it: see the layers in ARCHITECTURE.md"
            ));
        }
        let item = used.starts_with(char::is_uppercase);
        item.then(|| format!("`{used}` from the crate's root hides its layer: name the module, as in `crate::time::Timestamp`"))
    };
    let named = names_from_the_top(&source.text, depth).into_iter();
    named.filter_map(|(line, used)| fault(&used).map(|what| source.at(line, what))).collect()
}

fn level(module: &str) -> Option<usize> {
    CORE.iter().position(|modules| modules.contains(&module))
}

/// The names that a file takes from the top of the core, with their lines: after `crate::` (whose root re-exports the
/// core's modules) or `crate::core::`, alone or in braces, and after as many `super::` as the file is deep.
fn names_from_the_top(text: &str, depth: usize) -> Vec<(usize, String)> {
    let text: String = text.lines().map(|line| code(line).to_owned() + "\n").collect();
    // A module of tests at the end is one deeper; there only the absolute paths are followed.
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    let upwards = "super::".repeat(depth);
    let mut named = Vec::new();
    for (prefix, until) in [("crate::", text.len()), ("crate::core::", text.len()), (upwards.as_str(), tests)]
    {
        for (at, _) in text[..until].match_indices(prefix) {
            let line = text[..at].matches('\n').count();
            let names = first_names(&text[at + prefix.len()..]);
            named.extend(names.into_iter().map(|name| (line, name)));
        }
    }
    named
}

/// The first name of a path, or of each path in a group: `a::b` gives `a`; `{a::{b, c}, d}` gives `a` and `d`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else { return vec![identifier(path)] };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(identifier(group[start..at].trim()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What the package, its React hooks and the admin import.
fn imports(source: &Source) -> Vec<Finding> {
    let is_test = source.path.contains(".test.") || source.path.contains("/test/");
    if !source.is_script() || is_test {
        return Vec::new();
    }
    let part = |prefix: &str| source.path.starts_with(prefix);
    let verdict: fn(&str, &str) -> Option<&'static str> = if part("pkg/src/react") {
        react_import
    } else if part("pkg/src/devtools/") {
        devtools_import
    } else if part("pkg/src/bin/") || part("pkg/src/doctor/") {
        command_import
    } else if part("pkg/src/") {
        package_import
    } else if part("www/src/") {
        admin_import
    } else {
        return Vec::new();
    };
    let lines = source.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let specifier = specifier(line)?;
            let why = verdict(&source.path, specifier)?;
            Some(source.at(index, format!("imports `{specifier}`: {why}")))
        })
        .collect()
}

fn package_import(path: &str, specifier: &str) -> Option<&'static str> {
    match resolve(path, specifier) {
        Some(file) if on_top(path, &file).is_some() => on_top(path, &file),
        Some(file) if ABOVE_THE_PACKAGE.iter().any(|part| file.starts_with(part)) => {
            Some("it looks at the package from outside; nothing of the package needs it")
        }
        Some(file) if !file.starts_with("pkg/") => Some("it is not part of the published package"),
        None if !PACKAGE_MAY_IMPORT.contains(&specifier) => Some("the package has no dependencies"),
        _ => None,
    }
}

/// Why a file that stands on top of the package is none of the importer's business.
fn on_top(importer: &str, file: &str) -> Option<&'static str> {
    let outside = |part: &str| file.starts_with(part) && !importer.starts_with(part);
    ON_TOP.iter().find(|(part, _)| outside(part)).map(|(_, why)| *why)
}

fn devtools_import(path: &str, specifier: &str) -> Option<&'static str> {
    match resolve(path, specifier) {
        Some(file) if !file.starts_with("pkg/src") => Some("it is not part of the package's sources"),
        None if !DEVTOOLS_MAY_IMPORT.contains(&specifier) => Some("the inspector depends on react alone"),
        _ => None,
    }
}

fn command_import(path: &str, specifier: &str) -> Option<&'static str> {
    match resolve(path, specifier) {
        Some(file) if !file.starts_with("pkg/src") => Some("it is not part of the package's sources"),
        None if !specifier.starts_with("node:") && !COMMAND_MAY_IMPORT.contains(&specifier) => {
            Some("whatever the command uses is bundled into it: name it in `COMMAND_MAY_IMPORT`")
        }
        _ => None,
    }
}

fn react_import(path: &str, specifier: &str) -> Option<&'static str> {
    match resolve(path, specifier) {
        Some(file) if file.starts_with("pkg/wasm") => Some("the hooks go through the package's own API"),
        Some(file) if on_top(path, &file).is_some() => on_top(path, &file),
        Some(file) if !file.starts_with("pkg/src") => Some("it is not part of the package's sources"),
        None if !REACT_MAY_IMPORT.contains(&specifier) && !ENTRIES.contains(&specifier) => {
            Some("the hooks depend on react alone")
        }
        _ => None,
    }
}

fn admin_import(path: &str, specifier: &str) -> Option<&'static str> {
    let in_tests = path.contains(".test.") || path == TEST_MODULE;
    let is_entry = ENTRIES_OF_THE_ADMIN.contains(&specifier) || specifier.ends_with(".wasm?url");
    let into_the_package = specifier.starts_with("client-event-scheduler")
        && !(is_entry || in_tests && ENTRIES.contains(&specifier));
    match resolve(path, specifier) {
        Some(file) if !file.starts_with("www/") => {
            Some("the admin uses the other parts through their public interfaces only")
        }
        None if into_the_package => Some(
            "the admin uses `/slim`, `/react` and `/devtools` of the package, and has its module as a file",
        ),
        _ => None,
    }
}

/// The file that a relative import means, below the checkout; none for a package.
fn resolve(importer: &str, specifier: &str) -> Option<String> {
    if !specifier.starts_with('.') {
        return None;
    }
    let mut parts: Vec<_> = importer.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// What is between the quotes of an import or a re-export.
fn specifier(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with("//") || line.starts_with('*') {
        return None;
    }
    let starts = ["from \"", "import \"", "import(\""];
    let after = starts.iter().find_map(|start| line.split_once(start)).map(|(_, after)| after)?;
    after.split_once('"').map(|(specifier, _)| specifier)
}

/// A line of Rust without its comment.
fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn finds(path: &str, text: &str) -> usize {
        check(&[source(path, text)]).len()
    }

    #[test]
    fn the_core_names_no_host() {
        for line in [
            "use wasm_bindgen::prelude::*;",
            "let now = std::time::Instant::now();",
            "let t = SystemTime::now();",
            "use std::collections::HashMap;",
            "let x: u8 = rand::random();",
            "use crate::browser::Host;",
        ] {
            assert_ne!(finds("src/core/time/a.rs", line), 0, "{line}");
        }
        assert_eq!(finds("src/core/time/a.rs", "// unlike a HashMap\nlet operand = 1;"), 0);
        assert_eq!(finds("server/src/a.rs", "use std::collections::HashMap;"), 0);
    }

    #[test]
    fn a_lower_layer_does_not_use_a_higher_one() {
        let used = |path, text| core_order(&source(path, text)).len();
        assert_eq!(used("src/core/event/status.rs", "use crate::core::time::Timestamp;"), 0);
        assert_eq!(used("src/core/event/status.rs", "use crate::core::trigger::Kind;"), 1);
        assert_eq!(used("src/core/event/mod.rs", "use super::scheduler::Scheduler;"), 1);
        assert_eq!(used("src/core/event/status.rs", "use super::super::scheduler::Scheduler;"), 1);
        assert_eq!(used("src/core/event/status.rs", "use super::fields::Field;"), 0);
        assert_eq!(used("src/core/limits.rs", "use super::scheduler;"), 1);
        assert_eq!(used("src/core/recovery.rs", "use crate::core::sync::Cursor;"), 0, "one level");
        let in_tests = "#[cfg(test)]\nmod tests {\n    use super::super::Zone;\n}";
        assert_eq!(used("src/core/event/status.rs", in_tests), 0, "the module beside it");
        assert_eq!(used("src/core/event/status.rs", "use crate::trigger::Kind;"), 1, "re-exported");
        assert_eq!(used("src/core/event/status.rs", "use crate::time::Timestamp;"), 0, "re-exported");
        assert_eq!(used("src/core/event/status.rs", "fn f(t: crate::TriggerKind) {}"), 1, "an item");
    }

    #[test]
    fn a_group_of_imports_is_read_at_its_top_level() {
        let text =
            "use crate::core::{\n    error::{Problem, trigger},\n    scheduler::Scheduler,\n    time,\n};";
        let findings = core_order(&source("src/core/event/a.rs", text));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].what.contains("`scheduler`"));
        assert_eq!(first_names("{a::{b, c}, d}; {e}"), ["a", "d"]);
    }

    #[test]
    fn the_package_depends_on_nothing_and_its_hooks_on_react_alone() {
        assert_eq!(finds("pkg/src/a.ts", "import { b } from \"./b.js\";"), 0);
        assert_eq!(finds("pkg/src/a.ts", "import init from \"../wasm/glue.js\";"), 0);
        assert_eq!(finds("pkg/src/a.ts", "import { useState } from \"react\";"), 1);
        assert_eq!(finds("pkg/src/a.ts", "export * from \"./react/index.js\";"), 1);
        assert_eq!(finds("pkg/src/a.ts", "import { x } from \"./testing/index.js\";"), 1);
        assert_eq!(finds("pkg/src/testing/a.ts", "import { x } from \"./clock.js\";"), 0);
        assert_eq!(finds("pkg/src/testing/a.ts", "import { x } from \"../integrations/index.js\";"), 1);
        assert_eq!(finds("pkg/src/integrations/a.ts", "import axios from \"axios\";"), 1);
        assert_eq!(finds("pkg/src/react/a.ts", "import { x } from \"../testing/index.js\";"), 1);
        assert_eq!(finds("pkg/src/react/a.ts", "import { useState } from \"react\";"), 0);
        assert_eq!(finds("pkg/src/react/a.ts", "import { c } from \"../client.js\";"), 0);
        assert_eq!(finds("pkg/src/react/a.ts", "import init from \"../../wasm/glue.js\";"), 1);
        assert_eq!(finds("pkg/src/devtools/a.tsx", "import { createPortal } from \"react-dom\";"), 0);
        assert_eq!(finds("pkg/src/devtools/a.tsx", "import { x } from \"../react/provider.js\";"), 0);
        assert_eq!(finds("pkg/src/a.ts", "import { x } from \"./devtools/index.js\";"), 1);
        assert_eq!(finds("pkg/src/doctor/a.ts", "import { readFile } from \"node:fs/promises\";"), 0);
        assert_eq!(finds("pkg/src/doctor/a.ts", "import { parse } from \"acorn\";"), 1);
        assert_eq!(finds("pkg/src/a.test.ts", "import { it } from \"vitest\";"), 0);
    }

    #[test]
    fn the_admin_uses_public_interfaces_only() {
        assert_eq!(finds("www/src/app/a.tsx", "import { x } from \"client-event-scheduler/react\";"), 0);
        assert_eq!(finds("www/src/app/a.tsx", "import { x } from \"client-event-scheduler/slim\";"), 0);
        assert_eq!(finds("www/src/app/a.tsx", "import x from \"client-event-scheduler/a.wasm?url\";"), 0);
        assert_eq!(finds("www/src/app/a.tsx", "import { x } from \"client-event-scheduler\";"), 1);
        assert_eq!(finds("www/src/app/a.test.tsx", "import { x } from \"client-event-scheduler\";"), 0);
        assert_eq!(finds("www/src/app/a.tsx", "import { x } from \"client-event-scheduler/dist/x.js\";"), 1);
        assert_eq!(finds("www/src/app/a.tsx", "import { x } from \"../../../pkg/src/x\";"), 1);
        assert_eq!(finds("www/src/app/a.tsx", "import { x } from \"../time/x\";"), 0);
    }
}
