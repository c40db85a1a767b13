//! The style as a test: what rustfmt, clippy and Biome cannot know. Every ban names the replacement.

mod layers;
mod manifests;
mod text;

use std::fs;

use crate::Result;
use crate::process::Cmd;
use crate::workspace::Workspace;

/// A text file of the project.
#[derive(Debug)]
struct Source {
    /// Below the checkout, with forward slashes.
    path: String,
    text: String,
}

impl Source {
    fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    fn is_script(&self) -> bool {
        ["ts", "tsx", "js", "mjs"].contains(&self.extension())
    }

    /// The rules about words list those words.
    fn is_a_rule(&self) -> bool {
        self.path.starts_with("xtask/src/tidy/")
    }

    /// A finding about one line, counted from 0.
    fn at(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { place: format!("{}:{}", self.path, line + 1), what: what.into() }
    }

    /// A finding about the whole file.
    fn whole(&self, what: impl Into<String>) -> Finding {
        Finding { place: self.path.clone(), what: what.into() }
    }
}

/// Something to change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    place: String,
    what: String,
}

/// Checks every file that is, or is about to be, part of the project.
///
/// # Errors
///
/// When there is a finding; all of them are printed.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let sources = sources(workspace)?;
    let findings = [text::check(&sources), layers::check(&sources), manifests::check(&sources)].concat();
    for finding in &findings {
        println!("{}: {}", finding.place, finding.what);
    }
    println!("{} files, {} findings", sources.len(), findings.len());
    if findings.is_empty() { Ok(()) } else { Err(format!("{} findings", findings.len()).into()) }
}

fn sources(workspace: &Workspace) -> Result<Vec<Source>> {
    let list = Cmd::new(workspace, "git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .read()?;
    let paths = list.split('\0').filter(|path| !path.is_empty());
    // A file that is deleted but not yet committed so is still on the list.
    let files = paths.filter(|path| workspace.path(path).is_file());
    // What a fuzzer keeps are bytes, even where they happen to be text.
    let files = files.filter(|path| !path.starts_with("fuzz/corpus/"));
    let mut sources = Vec::new();
    for path in files {
        if let Ok(text) = String::from_utf8(fs::read(workspace.path(path))?) {
            sources.push(Source { path: path.to_owned(), text });
        }
    }
    Ok(sources)
}

#[cfg(test)]
fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}
