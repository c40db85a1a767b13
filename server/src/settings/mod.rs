//! The effective settings: flags over environment over file over defaults.
//!
//! [`Args`] is the one list of settings. Each of its flags is at the same time an environment variable and a key of the file
//! (`--database-url`, `CES_DATABASE_URL`, `database_url`), so a setting that is added there needs nothing here. A setting whose
//! value is hidden in the help is a secret: it is never printed, and can come from a file of its own (`CES_DATABASE_URL_FILE`,
//! `database_url_file`).

mod error;
mod file;
mod print;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

pub use error::SettingsError;
use file::FileValue;

use crate::config::Args;

/// The flag that names the settings file. It is read before everything else.
const CONFIG_FILE: &str = "config";

/// Settings that steer this one call of the program and have no place in a file.
const CALL_ONLY: [&str; 2] = [CONFIG_FILE, "print_config"];

/// What the environment of the process says; a test brings its own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody has set it.
    Default,
    /// The settings file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// The content of a file that an environment variable or the settings file names.
    SecretFile(PathBuf),
    /// The command line.
    Flag,
}

/// The settings of this call, each with where it comes from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The values.
    pub args: Args,
    entries: Vec<Entry>,
}

/// One setting, for people.
#[derive(Debug, Clone)]
struct Entry {
    key: String,
    value: Shown,
    source: Source,
}

/// What may be told of a value.
#[derive(Debug, Clone)]
enum Shown {
    /// It, in the form of the file.
    Value(String),
    /// A secret.
    Hidden,
    /// Nothing is set.
    Unset,
}

impl Settings {
    /// Reads the settings of the process.
    ///
    /// # Errors
    ///
    /// See [`SettingsError`].
    pub fn of_process() -> Result<Self, SettingsError> {
        Self::read(std::env::args_os(), &|name| std::env::var_os(name))
    }

    /// Reads the settings from the words of a command line, the program's name first, and an environment.
    ///
    /// # Errors
    ///
    /// See [`SettingsError`].
    pub fn read<W, T>(words: W, environment: Environment<'_>) -> Result<Self, SettingsError>
    where
        W: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let mut lower = BTreeMap::new();
        if let Some(file) = config_file(&words, environment) {
            lower = file::read(&file, &command())?;
        }
        take_environment(&mut lower, environment)?;
        let command = command().mut_args(|arg| match lower.get(arg.get_id().as_str()) {
            Some(value) => arg.default_values(value.texts.clone()),
            None => arg,
        });
        let described = command.clone();
        let matches = command.try_get_matches_from(words)?;
        let args = Args::from_arg_matches(&matches)?;
        let entries = entries(&described, &matches, &lower);
        Ok(Self { args, entries })
    }

    /// The settings in the form of a settings file, each with its source and secrets hidden.
    pub fn print(&self) -> String {
        print::print(&self.entries)
    }

    /// The names of all settings, as in the file.
    pub fn keys() -> Vec<String> {
        let command = command();
        settings_of(&command).map(|arg| arg.get_id().as_str().to_owned()).collect()
    }
}

/// The command line, with every setting taken before or after the subcommand.
fn command() -> Command {
    Args::command().mut_args(|arg| arg.global(true))
}

fn settings_of(command: &Command) -> impl Iterator<Item = &clap::Arg> {
    command
        .get_arguments()
        .filter(|arg| arg.get_env().is_some() && !CALL_ONLY.contains(&arg.get_id().as_str()))
}

/// Finds the settings file before the settings themselves can be read.
fn config_file(words: &[OsString], environment: Environment<'_>) -> Option<PathBuf> {
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "--config" {
            // Where nothing follows, clap says so.
            return words.next().map(PathBuf::from);
        }
        if let Some(file) = word.to_str().and_then(|word| word.strip_prefix("--config=")) {
            return Some(PathBuf::from(file));
        }
    }
    environment("CES_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Lays the environment over the file.
fn take_environment(
    lower: &mut BTreeMap<String, FileValue>,
    environment: Environment<'_>,
) -> Result<(), SettingsError> {
    let command = command();
    for arg in settings_of(&command) {
        let Some(name) = arg.get_env().and_then(|name| name.to_str()) else { continue };
        let value = environment(name);
        let file = if is_secret(arg) { environment(&format!("{name}_FILE")) } else { None };
        let (text, source) = match (value, file) {
            (Some(_), Some(_)) => return Err(SettingsError::GivenTwice { name: name.to_owned() }),
            (Some(value), None) => {
                let text =
                    value.into_string().map_err(|_| SettingsError::NotText { name: name.to_owned() })?;
                (text, Source::Environment(name.to_owned()))
            }
            (None, Some(file)) => {
                let file = PathBuf::from(file);
                (file::secret(&file)?, Source::SecretFile(file))
            }
            (None, None) => continue,
        };
        let value = FileValue { texts: split(arg, text), source };
        value.check(arg, name)?;
        lower.insert(arg.get_id().as_str().to_owned(), value);
    }
    Ok(())
}

fn entries(command: &Command, matches: &ArgMatches, lower: &BTreeMap<String, FileValue>) -> Vec<Entry> {
    // A flag after the subcommand is found with the subcommand.
    let matches = matches.subcommand().map_or(matches, |(_, matches)| matches);
    settings_of(command)
        .map(|arg| {
            let key = arg.get_id().as_str().to_owned();
            let source = match (matches.value_source(&key), lower.get(&key)) {
                (Some(ValueSource::CommandLine), _) => Source::Flag,
                (_, Some(value)) => value.source.clone(),
                (_, None) => Source::Default,
            };
            let texts: Option<Vec<_>> = matches
                .get_raw(&key)
                .map(|values| values.map(|value| value.to_string_lossy().into_owned()).collect());
            let value = match texts {
                None => Shown::Unset,
                // A default is no secret.
                Some(_) if is_secret(arg) && source != Source::Default => Shown::Hidden,
                Some(texts) => Shown::Value(print::value(arg, &texts)),
            };
            Entry { key, value, source }
        })
        .collect()
}

/// A setting whose environment value is hidden in the help holds a secret.
fn is_secret(arg: &clap::Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// The values of a list in one text.
fn split(arg: &clap::Arg, text: String) -> Vec<String> {
    match arg.get_value_delimiter() {
        Some(delimiter) => {
            text.split(delimiter).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        }
        None => vec![text],
    }
}

/// Whether `path` can be read by others than its owner and group.
fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

#[cfg(test)]
mod tests;
