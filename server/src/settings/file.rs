//! The settings file: TOML, flat, one key a setting.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use super::{SettingsError, Source, is_open_to_others, is_secret, settings_of};

/// The ending of a key that names the file of a secret.
const FILE_SUFFIX: &str = "_file";

/// The value of a setting below the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileValue {
    pub(super) texts: Vec<String>,
    pub(super) source: Source,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Number,
    Text,
    List,
}

impl Kind {
    pub(super) fn of(arg: &Arg) -> Self {
        let parsed = arg.get_value_parser().type_id();
        let is = |wanted: TypeId| parsed == wanted;
        match arg.get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse => Self::Switch,
            ArgAction::Append => Self::List,
            _ if is(TypeId::of::<bool>()) => Self::Switch,
            _ if is(TypeId::of::<u16>())
                || is(TypeId::of::<u32>())
                || is(TypeId::of::<u64>())
                || is(TypeId::of::<usize>()) =>
            {
                Self::Number
            }
            _ => Self::Text,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Switch => "true or false",
            Self::Number => "a whole number",
            Self::Text => "a text in quotes",
            Self::List => "a list of texts, such as [\"a\", \"b\"]",
        }
    }
}

impl FileValue {
    /// Lets the setting itself judge the value, so that the error can name the place.
    pub(super) fn check(&self, arg: &Arg, place: &str) -> Result<(), SettingsError> {
        let alone = arg.clone().env(None::<&str>).required(false).global(false);
        let words: Vec<String> = match Kind::of(arg) {
            Kind::Switch => {
                let valid = self.texts.iter().all(|text| matches!(text.as_str(), "true" | "false"));
                let reason = || format!("is {:?}: write true or false", self.texts.concat());
                return if valid {
                    Ok(())
                } else {
                    Err(SettingsError::Value { place: place.to_owned(), reason: reason() })
                };
            }
            Kind::Number | Kind::Text | Kind::List => {
                let flag = arg.get_long().unwrap_or_default();
                self.texts.iter().map(|text| format!("--{flag}={text}")).collect()
            }
        };
        let command = Command::new("settings").no_binary_name(true).disable_help_flag(true).arg(alone);
        match command.try_get_matches_from(words) {
            Ok(_) => Ok(()),
            Err(error) => {
                let secret = is_secret(arg);
                Err(SettingsError::Value { place: place.to_owned(), reason: reason(&error, secret) })
            }
        }
    }
}

/// What clap says of a value, without its talk of flags; a secret is not repeated.
fn reason(error: &clap::Error, secret: bool) -> String {
    use std::error::Error as _;

    if let Some(source) = error.source() {
        return source.to_string();
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    if secret {
        "the value cannot be used".to_owned()
    } else {
        first.trim_start_matches("error: ").to_owned()
    }
}

/// Reads a settings file.
pub(super) fn read(file: &Path, command: &Command) -> Result<BTreeMap<String, FileValue>, SettingsError> {
    let text = fs::read_to_string(file).map_err(|source| unreadable(file, source))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| SettingsError::Syntax {
        file: file.to_owned(),
        reason: error.to_string().trim_end().to_owned(),
    })?;
    let mut values = BTreeMap::new();
    for (key, value) in &table {
        let (arg, is_file) = find(command, key).ok_or_else(|| unknown(file, key, command))?;
        let id = arg.get_id().as_str();
        let value = if is_file {
            // A path beside the settings file means what it says wherever the program was started.
            let path = text_of(file, key, value)?;
            let path = file.parent().map_or_else(|| PathBuf::from(&path), |folder| folder.join(&path));
            FileValue { texts: vec![secret(&path)?], source: Source::SecretFile(path) }
        } else {
            FileValue {
                texts: texts(file, key, value, Kind::of(arg))?,
                source: Source::File(file.to_owned()),
            }
        };
        value.check(arg, &format!("{}: `{key}`", file.display()))?;
        if values.insert(id.to_owned(), value).is_some() {
            return Err(SettingsError::GivenTwice { name: id.to_owned() });
        }
    }
    Ok(values)
}

/// Reads a secret from a file of its own, without the line break at its end.
pub(super) fn secret(file: &Path) -> Result<String, SettingsError> {
    let text = fs::read_to_string(file).map_err(|source| unreadable(file, source))?;
    if is_open_to_others(file) {
        eprintln!("warning: {} holds a secret and can be read by everybody: chmod 600", file.display());
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The setting that `key` names, and whether it names a file that holds it.
fn find<'a>(command: &'a Command, key: &str) -> Option<(&'a Arg, bool)> {
    if let Some(arg) = settings_of(command).find(|arg| arg.get_id() == key) {
        return Some((arg, false));
    }
    let id = key.strip_suffix(FILE_SUFFIX)?;
    settings_of(command).find(|arg| arg.get_id() == id && is_secret(arg)).map(|arg| (arg, true))
}

fn texts(file: &Path, key: &str, value: &Value, kind: Kind) -> Result<Vec<String>, SettingsError> {
    match (kind, value) {
        (Kind::Switch, Value::Boolean(on)) => Ok(vec![on.to_string()]),
        (Kind::Number, Value::Integer(number)) => Ok(vec![number.to_string()]),
        (Kind::Text, Value::String(text)) => Ok(vec![text.clone()]),
        (Kind::List, Value::Array(parts)) => parts.iter().map(|part| text_of(file, key, part)).collect(),
        (_, other) => Err(wrong_type(file, key, other, kind)),
    }
}

fn text_of(file: &Path, key: &str, value: &Value) -> Result<String, SettingsError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(wrong_type(file, key, other, Kind::Text)),
    }
}

fn wrong_type(file: &Path, key: &str, value: &Value, kind: Kind) -> SettingsError {
    let found = match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    };
    SettingsError::WrongType { file: file.to_owned(), key: key.to_owned(), found, expected: kind.expected() }
}

fn unknown(file: &Path, key: &str, command: &Command) -> SettingsError {
    let same = |name: &str| {
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let (name, key) = (letters(name), letters(&key.to_ascii_lowercase()));
        name == key || (key.len() >= 4 && (name.contains(&key) || key.contains(&name)))
    };
    let nearest =
        settings_of(command).map(|arg| arg.get_id().as_str()).find(|id| same(id)).map(str::to_owned);
    SettingsError::UnknownKey { file: file.to_owned(), key: key.to_owned(), nearest }
}

fn unreadable(file: &Path, source: std::io::Error) -> SettingsError {
    SettingsError::Unreadable { file: file.to_owned(), source }
}
