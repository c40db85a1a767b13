//! Rules about manifests: versions that must agree, settings that every crate must have.

use std::collections::BTreeMap;

use super::{Finding, Source};
use crate::tools::{CHROMIUM, WASM_BINDGEN};

/// Sections of a `package.json` whose versions are installed, and so must be exact.
const INSTALLED: &[&str] = &["dependencies", "devDependencies", "optionalDependencies"];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(named(sources, "Cargo.toml").filter_map(lints));
    findings.extend(npm_versions(&Vec::from_iter(named(sources, "package.json"))));
    findings.extend(sources.iter().filter_map(agreement));
    findings
}

/// The files of that name, in any folder.
fn named<'a>(sources: &'a [Source], file: &'a str) -> impl Iterator<Item = &'a Source> {
    sources.iter().filter(move |source| source.path.rsplit('/').next() == Some(file))
}

/// A crate that does not ask for the workspace's lints has none.
fn lints(source: &Source) -> Option<Finding> {
    let package = source.text.contains("[package]");
    let asks = source.text.contains("[lints]\nworkspace = true");
    // A fuzzing crate is a workspace of its own, as cargo-fuzz wants it.
    (package && !asks && !source.path.starts_with("fuzz/"))
        .then(|| source.whole("add `[lints] workspace = true`"))
}

/// Versions are exact, and the same in every workspace, so that one copy is installed.
fn npm_versions(manifests: &[&Source]) -> Vec<Finding> {
    let mut first: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut findings = Vec::new();
    for manifest in manifests {
        for (line, name, version) in installed(&manifest.text) {
            if version == "*" && name == "client-event-scheduler" {
                continue;
            }
            if !version.starts_with(|c: char| c.is_ascii_digit()) || version.contains([' ', 'x', '*', '|']) {
                findings.push(manifest.at(line, format!("`{name}` at `{version}`: an exact version")));
            }
            // Installed in a folder of its own, since the program that makes the types needs an older compiler.
            if manifest.path.starts_with("xtask/client/") {
                continue;
            }
            let (path, known) = *first.entry(name).or_insert((&manifest.path, version));
            if known != version {
                findings.push(manifest.at(line, format!("`{name}` at {version}, but {known} in {path}")));
            }
        }
    }
    findings
}

/// The lines of a `package.json`, as npm writes it, that name an installed package: line, name, version.
fn installed(text: &str) -> Vec<(usize, &str, &str)> {
    let mut section = "";
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let strings: Vec<_> = line.split('"').skip(1).step_by(2).collect();
        match strings[..] {
            [name] if line.trim_end().ends_with('{') => section = name,
            [name, version] if INSTALLED.contains(&section) => found.push((index, name, version)),
            _ if line.trim_start().starts_with('}') => section = "",
            _ => {}
        }
    }
    found
}

/// Things that are written down twice because two programs read them.
fn agreement(source: &Source) -> Option<Finding> {
    match source.path.as_str() {
        "Cargo.toml" => {
            let pinned = format!("\"={WASM_BINDGEN}\"");
            let mut lines =
                source.text.lines().enumerate().filter(|(_, line)| line.starts_with("wasm-bindgen ="));
            let (line, _) = lines.find(|(_, line)| !line.contains(&pinned))?;
            Some(source.at(line, format!("wasm-bindgen must be {pinned}, as xtask/src/tools.rs installs it")))
        }
        "webdriver.json" => {
            let agrees = source.text.contains(&format!("\"{CHROMIUM}\""));
            (!agrees).then(|| {
                source.whole(format!("the browser is {CHROMIUM}, as xtask/src/tools.rs looks for it"))
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn manifest(path: &str, dependency: &str) -> Source {
        source(
            path,
            &format!(
                "{{\n  \"name\": \"x\",\n  \"dependencies\": {{\n    {dependency}\n  }},\n  \"peerDependencies\": {{\n    \"react\": \">=18\"\n  }}\n}}\n"
            ),
        )
    }

    #[test]
    fn npm_versions_are_exact_and_the_same_everywhere() {
        let finds = |sources: &[Source]| check(sources).len();
        assert_eq!(finds(&[manifest("package.json", "\"a\": \"1.2.3\"")]), 0);
        assert_eq!(finds(&[manifest("package.json", "\"a\": \"^1.2.3\"")]), 1);
        assert_eq!(finds(&[manifest("package.json", "\"a\": \"1.x\"")]), 1);
        assert_eq!(finds(&[manifest("www/package.json", "\"client-event-scheduler\": \"*\"")]), 0);
        let two =
            [manifest("package.json", "\"a\": \"1.2.3\""), manifest("pkg/package.json", "\"a\": \"1.2.4\"")];
        let findings = check(&two);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].what.contains("1.2.3 in package.json"), "{findings:?}");
    }

    #[test]
    fn every_crate_asks_for_the_lints_of_the_workspace() {
        assert_eq!(check(&[source("server/Cargo.toml", "[package]\n")]).len(), 1);
        assert_eq!(
            check(&[source("server/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n")]).len(),
            0
        );
    }

    #[test]
    fn versions_written_down_twice_must_agree() {
        let lints = "[lints]\nworkspace = true\n";
        let cargo = |version: &str| source("Cargo.toml", &format!("{lints}wasm-bindgen = \"{version}\"\n"));
        assert_eq!(check(&[cargo(&format!("={WASM_BINDGEN}"))]).len(), 0);
        assert_eq!(check(&[cargo("0.2.1")]).len(), 1);
        assert_eq!(check(&[source("webdriver.json", "{}")]).len(), 1);
    }
}
