//! What to measure, and with what.

use std::path::PathBuf;

use crate::subject::Kind;
use crate::{Result, compare};

pub(crate) const USAGE: &str = "\
server-bench --server PROGRAM --folder FOLDER [--python PYTHON --app FOLDER] [--part PART] …

  --server PROGRAM   this project's server
  --folder FOLDER    where databases are made; emptied before
  --python PYTHON    a Python with the packages of benches/server/fastapi
  --app FOLDER       the folder of app.py
  --part PART        compare, streams or growth; all without it
  --streams N        streams to open (10000)
  --connections N    connections of the load (32)
  --rounds N         rounds (5)
  --quick            small and short: shows that it runs, not how fast it is";

/// The options.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) server: PathBuf,
    folder: PathBuf,
    pub(crate) python: Option<PathBuf>,
    pub(crate) app: Option<PathBuf>,
    pub(crate) part: Option<String>,
    pub(crate) streams: usize,
    pub(crate) connections: usize,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
}

impl Options {
    /// Reads the words of a command line, without the program's name.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            server: PathBuf::new(),
            folder: PathBuf::new(),
            python: None,
            app: None,
            part: None,
            streams: 10_000,
            connections: 32,
            rounds: 5,
            quick: false,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n\n{USAGE}"));
            match word.as_str() {
                "--server" => options.server = std::path::absolute(value()?)?,
                "--folder" => options.folder = std::path::absolute(value()?)?,
                "--python" => options.python = Some(value()?.into()),
                "--app" => options.app = Some(std::path::absolute(value()?)?),
                "--part" => options.part = Some(value()?),
                "--streams" => options.streams = value()?.parse()?,
                "--connections" => options.connections = value()?.parse()?,
                "--rounds" => options.rounds = value()?.parse()?,
                "--quick" => options.quick = true,
                other => return Err(format!("unknown argument `{other}`\n\n{USAGE}").into()),
            }
        }
        if options.server.as_os_str().is_empty() || options.folder.as_os_str().is_empty() {
            return Err(USAGE.into());
        }
        Ok(options)
    }

    /// An empty folder.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name.replace(' ', "-"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Who is compared. FastAPI has a process for each core.
    pub(crate) fn kinds(&self) -> Result<[Kind; 2]> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        compare::kinds(self, cores)
    }
}
