//! Running other programs: the project's tools first on the path, no terminal questions, errors that name the command.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::workspace::Workspace;

/// A command to run in the checkout.
#[derive(Debug)]
pub(crate) struct Cmd {
    inner: Command,
}

impl Cmd {
    /// A command in the checkout's root, with the installed tools and the npm packages' programs first on its path.
    pub(crate) fn new(workspace: &Workspace, program: &str) -> Self {
        let mut inner = Command::new(program);
        inner.current_dir(&workspace.root).stdin(Stdio::null()).env("PATH", search_path(workspace));
        if !std::io::stdout().is_terminal() {
            inner.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
        }
        // What cargo told this program about itself is not true of the cargo started from here.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(describes_this_package) {
                inner.env_remove(&name);
            }
        }
        Self { inner }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.inner.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.inner.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Runs it there instead of in the checkout's root.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.inner.current_dir(folder);
        self
    }

    pub(crate) fn envs<'a>(mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.inner.envs(pairs);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.inner.env_remove(name);
        self
    }

    /// Runs it with its output on the terminal.
    ///
    /// # Errors
    ///
    /// When it cannot be started or does not end with success.
    pub(crate) fn run(mut self) -> Result<()> {
        println!("$ {}", self.line());
        let status = self.inner.status().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", self.line()).into()) }
    }

    /// Runs it and returns what it printed to standard output.
    ///
    /// # Errors
    ///
    /// When it cannot be started, does not end with success (its error output is then part of the message), or
    /// prints something that is not UTF-8.
    pub(crate) fn read(mut self) -> Result<String> {
        let output = self.inner.output().map_err(|error| self.not_started(&error))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!("`{}` failed: {}\n{why}", self.line(), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Gives this process over to the command, so that an interrupt reaches it directly. Returns only on failure,
    /// or, where processes cannot be replaced, when it has ended.
    pub(crate) fn take_over(mut self) -> Result<()> {
        self.inner.stdin(Stdio::inherit());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            let error = self.inner.exec();
            Err(self.not_started(&error).into())
        }
        #[cfg(not(unix))]
        {
            self.run()
        }
    }

    fn line(&self) -> String {
        let words = std::iter::once(self.inner.get_program()).chain(self.inner.get_args());
        words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        format!("`{}` could not be started: {error}", self.line())
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

fn describes_this_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn search_path(workspace: &Workspace) -> OsString {
    let own = [workspace.tools_bin(), workspace.path("node_modules/.bin")];
    let inherited = env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(env::split_paths(&inherited));
    env::join_paths(all).unwrap_or(inherited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_a_shell_would_split_is_shown_in_quotes() {
        assert_eq!(quoted("--profile=wasm"), "--profile=wasm");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn only_the_variables_about_this_package_are_withheld() {
        assert!(describes_this_package("CARGO_PKG_VERSION"));
        assert!(!describes_this_package("CARGO_TARGET_DIR"));
        assert!(!describes_this_package("CARGO_HOME"));
    }
}
