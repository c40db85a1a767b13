//! `cargo xtask faults`: does the suite notice when the core is wrong? Puts one deliberate fault after the other into a copy of the
//! crate, and wants the tests to fail each time.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::args::Args;
use crate::process::Cmd;
use crate::workspace::Workspace;

pub(crate) const USAGE: &str = "\
cargo xtask faults [--only WORD]

  --only WORD  those whose description has this word

The faults are listed in tests/faults.toml.";

const LIST: &str = "tests/faults.toml";

/// What the copy needs of the checkout.
const COPIED: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "clippy.toml",
    "src",
    "tests",
    "fuzz/laws",
    "fuzz/corpus",
    "benches/server",
    "docs",
    "server",
    "xtask",
];

/// One deliberate fault.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fault {
    what: String,
    file: String,
    old: String,
    new: String,
    /// The test that is to notice.
    test: String,
}

/// Shows for each fault that the suite notices it.
///
/// # Errors
///
/// When one is not noticed, or its place cannot be found any more.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let only = args.value("--only")?.unwrap_or_default();
    args.finish(USAGE)?;
    check(workspace, &only)
}

/// All of them.
pub(crate) fn all(workspace: &Workspace) -> Result<()> {
    check(workspace, "")
}

fn check(workspace: &Workspace, only: &str) -> Result<()> {
    let faults = parse(&fs::read_to_string(workspace.path(LIST))?)?;
    let copy = workspace.stamps().join("faults");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    COPIED.iter().try_for_each(|name| copy_all(&workspace.path(name), &copy.join(name)))?;
    let tests: Vec<&str> = faults.iter().map(|fault| fault.test.as_str()).collect();
    // The tests themselves must pass, or failing would show nothing.
    test(workspace, &copy, &tests).map_err(|error| format!("without any fault: {error}"))?;
    let mut unnoticed = Vec::new();
    for fault in faults.iter().filter(|fault| fault.what.contains(only)) {
        let file = copy.join(&fault.file);
        let text = fs::read_to_string(&file)?;
        if text.matches(&fault.old).count() != 1 {
            return Err(
                format!("{}: `{}` must stand there once ({})", fault.file, fault.old, fault.what).into()
            );
        }
        fs::write(&file, text.replace(&fault.old, &fault.new))?;
        // What does not compile any more shows nothing either.
        let built = tests_of(workspace, &copy, &[&fault.test]).arg("--no-run").read();
        let noticed = built.is_ok() && test(workspace, &copy, &[&fault.test]).is_err();
        fs::write(&file, text)?;
        built.map_err(|error| format!("{}: {error}", fault.what))?;
        println!("{} {}", if noticed { "noticed     " } else { "NOT NOTICED " }, fault.what);
        if !noticed {
            unnoticed.push(fault.what.as_str());
        }
    }
    if unnoticed.is_empty() {
        Ok(())
    } else {
        Err(format!("nobody noticed: {}", unnoticed.join("; ")).into())
    }
}

fn test(workspace: &Workspace, copy: &Path, tests: &[&str]) -> Result<()> {
    tests_of(workspace, copy, tests).read().map(drop)
}

fn tests_of(workspace: &Workspace, copy: &Path, tests: &[&str]) -> Cmd {
    let mut command = Cmd::new(workspace, "cargo")
        .args(["test", "--quiet", "--locked", "--package", "client-event-scheduler", "--manifest-path"])
        .arg(copy.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", workspace.target.join("faults"))
        .env("CES_SIM_SEEDS", "60")
        .env("CES_SIM_STEPS", "300");
    let mut named: Vec<&str> = tests.to_vec();
    named.sort_unstable();
    named.dedup();
    for test in named {
        command = command.args(["--test", test]);
    }
    command
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, to)?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() != "target" && entry.file_name() != "node_modules" {
            copy_all(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Reads the list: tables `[[fault]]` of texts between quotes, or between triple ones over several lines, taken as they stand.
fn parse(text: &str) -> Result<Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        rest = behind;
        let line = line.trim();
        if line == "[[fault]]" {
            faults.push(Fault::default());
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim();
        let value = match value.strip_prefix("'''") {
            Some(first) if !first.ends_with("'''") => {
                let (more, behind) = rest.split_once("'''").ok_or("a text without an end")?;
                rest = behind;
                if first.is_empty() { more.to_owned() } else { format!("{first}\n{more}") }
            }
            Some(only) => only.trim_end_matches("'''").to_owned(),
            None => value.trim_matches(['"', '\'']).to_owned(),
        };
        let fault = faults.last_mut().ok_or("a value before the first [[fault]]")?;
        match key.trim() {
            "what" => fault.what = value,
            "file" => fault.file = value,
            "old" => fault.old = value,
            "new" => fault.new = value,
            "test" => fault.test = value,
            unknown => return Err(format!("{LIST}: there is no key `{unknown}`").into()),
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_as_they_stand() {
        let list = "# what this is\n[[fault]]\nwhat = \"lost\"\nfile = \"a.rs\"\nold = '''x < \"y\"'''\nnew = '''\nif a {\n    b\n}'''\ntest = 'sim'\n";
        let faults = parse(list).unwrap();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].old, "x < \"y\"");
        assert_eq!(faults[0].new, "if a {\n    b\n}");
        assert_eq!((faults[0].what.as_str(), faults[0].test.as_str()), ("lost", "sim"));
        assert!(parse("what = \"x\"\n").is_err() && parse("[[fault]]\nwaht = \"x\"\n").is_err());
    }
}
