//! Where things are: the checkout, cargo's target folder, the folder of installed tools.

use std::env;
use std::path::{Path, PathBuf};

use crate::Result;

/// The folders that every command works in.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, which several checkouts may share.
    pub(crate) target: PathBuf,
    /// Tools that were installed for this project and outlive the checkout; programs are in its `bin`.
    pub(crate) tools: PathBuf,
}

impl Workspace {
    /// Finds the folders from the environment that `cargo xtask` runs in.
    ///
    /// # Errors
    ///
    /// When there is no home folder to keep tools in and `CES_TOOLS_DIR` is not set.
    pub(crate) fn find() -> Result<Self> {
        // Read at run time first: a target folder shared by two checkouts may hold the other one's build.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root =
            Path::new(&manifest).parent().ok_or("xtask's manifest has no parent folder")?.to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => std::path::absolute(dir)?,
            None => root.join("target"),
        };
        Ok(Self { tools: tools_dir()?, target, root })
    }

    /// A path below the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Paths below the checkout.
    pub(crate) fn paths<const N: usize>(&self, relative: [&str; N]) -> Vec<PathBuf> {
        relative.map(|path| self.path(path)).to_vec()
    }

    /// Where the program is installed that makes the admin's types.
    pub(crate) fn client_generator(&self) -> PathBuf {
        self.tools.join("client-generator")
    }

    /// The virtual environment of schemathesis.
    pub(crate) fn schemathesis(&self) -> PathBuf {
        self.tools.join("schemathesis")
    }

    /// The virtual environment of the example in `examples/fastapi-feed`.
    pub(crate) fn fastapi(&self) -> PathBuf {
        self.tools.join("fastapi")
    }

    /// The virtual environment in which the Python client is installed: of this checkout, whose client it is.
    pub(crate) fn python_client(&self) -> PathBuf {
        self.stamps().join("python-client-environment")
    }

    /// The folder of programs installed for this project.
    pub(crate) fn tools_bin(&self) -> PathBuf {
        self.tools.join("bin")
    }

    /// Notes about what was built. They describe files of this checkout, so they stay with it even when the target
    /// folder is shared.
    pub(crate) fn stamps(&self) -> PathBuf {
        self.root.join("target").join("xtask")
    }

    /// `path` as a person would name it: below the checkout where possible.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

fn tools_dir() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(dir) = set("CES_TOOLS_DIR") {
        return Ok(std::path::absolute(dir)?);
    }
    let cache = set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .ok_or("no HOME: name a folder for tools in CES_TOOLS_DIR")?;
    Ok(cache.join("client-event-scheduler").join("tools"))
}
