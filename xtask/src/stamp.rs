//! Skipping what is done: a step is fresh while the contents of its inputs and outputs are those of its last run.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::Result;
use crate::report::seconds;
use crate::workspace::Workspace;

/// Folders that never are an input: other people's code and our own output.
const GENERATED: [&str; 5] = ["node_modules", "dist", "target", "artifacts", ".git"];

/// A build step and what it depends on.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) name: &'a str,
    /// Files and folders that it reads. A missing one counts as empty; an output below one does not count.
    pub(crate) inputs: Vec<PathBuf>,
    /// Other things that change what it makes: versions, flags.
    pub(crate) settings: Vec<String>,
    /// Files and folders that it makes; all of them must exist for the step to be fresh.
    pub(crate) outputs: Vec<PathBuf>,
}

impl Step<'_> {
    /// Runs `make` unless the step is fresh, and says which of the two it was.
    ///
    /// # Errors
    ///
    /// Those of `make`; when a file cannot be read; when an output is missing afterwards.
    pub(crate) fn run(&self, workspace: &Workspace, make: impl FnOnce() -> Result<()>) -> Result<()> {
        let start = Instant::now();
        let stamp = workspace.stamps().join(self.name);
        let inputs = self.input_hash(workspace)?;
        if let Some(outputs) = self.output_hash()?
            && fs::read_to_string(&stamp).is_ok_and(|noted| noted == note(inputs, outputs))
        {
            println!("{:<10} unchanged", self.name);
            return Ok(());
        }
        let _ = fs::remove_file(&stamp);
        make()?;
        let outputs =
            self.output_hash()?.ok_or_else(|| format!("{} made no {:?}", self.name, self.outputs))?;
        fs::create_dir_all(workspace.stamps())?;
        fs::write(&stamp, note(inputs, outputs))?;
        println!("{:<10} built in {}", self.name, seconds(start.elapsed()));
        Ok(())
    }

    fn input_hash(&self, workspace: &Workspace) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        self.settings.hash(&mut hasher);
        for input in &self.inputs {
            workspace.shown(input).hash(&mut hasher);
            hash_tree(
                input,
                &|path| is_generated(path) || self.outputs.iter().any(|output| output == path),
                &mut hasher,
            )?;
        }
        Ok(hasher.finish())
    }

    fn output_hash(&self) -> Result<Option<u64>> {
        let mut hasher = DefaultHasher::new();
        for output in &self.outputs {
            if !output.exists() {
                return Ok(None);
            }
            hash_tree(output, &|_| false, &mut hasher)?;
        }
        Ok(Some(hasher.finish()))
    }
}

fn note(inputs: u64, outputs: u64) -> String {
    format!("{inputs:016x} {outputs:016x}\n")
}

fn is_generated(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    GENERATED.contains(&name) || name.ends_with(".tgz")
}

/// Feeds every file at or below `path` to `hasher`, in the order of their names. What `skip` names is left out, except
/// for `path` itself.
fn hash_tree(path: &Path, skip: &impl Fn(&Path) -> bool, hasher: &mut DefaultHasher) -> Result<()> {
    if path.is_file() {
        fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?.hash(hasher);
        return Ok(());
    }
    if !path.is_dir() {
        return Ok(());
    }
    let entries = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    let mut below: Vec<_> = entries.collect::<Result<_, _>>()?;
    below.retain(|entry| !skip(entry));
    below.sort();
    for entry in below {
        entry.file_name().hash(hasher);
        hash_tree(&entry, skip, hasher)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A checkout of its own that goes away with the test.
    struct Scratch(Workspace);

    impl Scratch {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(root.join("src/node_modules")).unwrap();
            fs::write(root.join("src/a.txt"), "a").unwrap();
            Self(Workspace { target: root.join("target"), tools: root.join("tools"), root })
        }

        /// Runs the step once and tells how many times it has been made.
        fn run(&self, made: &Cell<u32>, settings: &str) -> u32 {
            let workspace = &self.0;
            let step = Step {
                name: "step",
                inputs: vec![workspace.path("src")],
                settings: vec![settings.to_owned()],
                outputs: vec![workspace.path("out.txt"), workspace.path("src/copy.txt")],
            };
            let make = || {
                made.set(made.get() + 1);
                fs::write(workspace.path("src/copy.txt"), "made beside the sources")?;
                Ok(fs::write(workspace.path("out.txt"), "made")?)
            };
            step.run(workspace, make).unwrap();
            made.get()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.root);
        }
    }

    #[test]
    fn a_step_runs_again_only_when_something_that_matters_has_changed() {
        let (scratch, made) = (Scratch::new("stamp"), Cell::new(0));
        let write = |name: &str, text: &str| fs::write(scratch.0.path(name), text).unwrap();
        assert_eq!(scratch.run(&made, "v1"), 1, "first run");
        assert_eq!(scratch.run(&made, "v1"), 1, "nothing changed");
        write("src/a.txt", "a");
        assert_eq!(scratch.run(&made, "v1"), 1, "same content, new time of change");
        write("src/node_modules/b.txt", "b");
        assert_eq!(scratch.run(&made, "v1"), 1, "a generated folder");
        write("src/a.txt", "b");
        assert_eq!(scratch.run(&made, "v1"), 2, "an input changed");
        write("src/c.txt", "");
        assert_eq!(scratch.run(&made, "v1"), 3, "an input was added");
        assert_eq!(scratch.run(&made, "v2"), 4, "a setting changed");
        write("out.txt", "tampered");
        assert_eq!(scratch.run(&made, "v2"), 5, "an output changed");
        fs::remove_file(scratch.0.path("out.txt")).unwrap();
        assert_eq!(scratch.run(&made, "v2"), 6, "an output was removed");
    }

    #[test]
    fn a_step_that_makes_nothing_is_an_error() {
        let scratch = Scratch::new("empty");
        let step =
            Step { name: "idle", inputs: vec![], settings: vec![], outputs: vec![scratch.0.path("none")] };
        assert!(step.run(&scratch.0, || Ok(())).is_err());
    }
}
