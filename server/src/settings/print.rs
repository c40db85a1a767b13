//! Showing the settings: in the form of the file, so that what is printed can be used as one.

use super::file::Kind;
use super::{Entry, Shown, Source};

/// The width to which values are filled, so that the sources stand below each other.
const WIDTH: usize = 56;

/// The value of a setting in TOML.
pub(super) fn value(arg: &clap::Arg, texts: &[String]) -> String {
    let quoted = |text: &String| toml::Value::from(text.as_str()).to_string();
    match Kind::of(arg) {
        Kind::Switch | Kind::Number => texts.concat(),
        Kind::Text => quoted(&texts.concat()),
        Kind::List => format!("[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(", ")),
    }
}

pub(super) fn print(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let line = match &entry.value {
            Shown::Value(value) => format!("{} = {value}", entry.key),
            Shown::Hidden => format!("# {} = (hidden)", entry.key),
            Shown::Unset => {
                text.push_str(&format!("# {} is not set\n", entry.key));
                continue;
            }
        };
        let source = match &entry.source {
            Source::Default => "default".to_owned(),
            Source::File(file) => format!("file {}", file.display()),
            Source::Environment(name) => format!("environment {name}"),
            Source::SecretFile(file) => format!("secret in {}", file.display()),
            Source::Flag => "flag".to_owned(),
        };
        text.push_str(&format!("{line:<WIDTH$} # {source}\n"));
    }
    text
}
