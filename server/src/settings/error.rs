//! Why the settings cannot be used.

use std::path::PathBuf;

/// A setting that cannot be used. Nothing has been started.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The command line; or a call for help or the version, which ends the program with success.
    #[error("{0}")]
    CommandLine(#[from] clap::Error),
    /// The settings file, or the file of a secret, cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("{file}: is not TOML: {reason}")]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where, and what was expected.
        reason: String,
    },
    /// The settings file has a key that is no setting.
    #[error("{file}: there is no setting `{key}`{}", hint(.nearest))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
        /// The setting whose name is nearest.
        nearest: Option<String>,
    },
    /// A value in the file is of another type than the setting.
    #[error("{file}: `{key}` is {found}: write {expected}")]
    WrongType {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
        /// What stands there.
        found: &'static str,
        /// What has to stand there.
        expected: &'static str,
    },
    /// A value that the setting does not take.
    #[error("{place}: {reason}")]
    Value {
        /// The file and key, or the environment variable.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A secret is given both as a value and as a file.
    #[error("{name} and {name}_FILE are both set: keep one")]
    GivenTwice {
        /// The environment variable, or the key of the file.
        name: String,
    },
    /// An environment variable holds bytes that are no text.
    #[error("{name}: is not UTF-8")]
    NotText {
        /// The environment variable.
        name: String,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|key| format!("; did you mean `{key}`?")).unwrap_or_default()
}
