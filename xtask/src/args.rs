//! Command-line arguments: flags and values taken by name, anything left over an error.

use std::str::FromStr;

use crate::Result;

/// The arguments after the command's name.
#[derive(Debug)]
pub(crate) struct Args {
    words: Vec<String>,
    after_dashes: Vec<String>,
}

impl Args {
    /// Takes the words apart at the first `--`.
    pub(crate) fn new(mut words: Vec<String>) -> Self {
        let dashes = words.iter().position(|word| word == "--").unwrap_or(words.len());
        let after_dashes = words.split_off(dashes).into_iter().skip(1).collect();
        Self { words, after_dashes }
    }

    /// Whether `name` is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The word after `name`, or after `name=`.
    ///
    /// # Errors
    ///
    /// When nothing follows.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let with_value = format!("{name}=");
        if let Some(at) = self.words.iter().position(|word| word.starts_with(&with_value)) {
            return Ok(Some(self.words.remove(at).split_off(with_value.len())));
        }
        let Some(at) = self.words.iter().position(|word| word == name) else { return Ok(None) };
        if self.words.get(at + 1).is_none_or(|next| next.starts_with("--")) {
            return Err(format!("{name} needs a value").into());
        }
        self.words.remove(at);
        Ok(Some(self.words.remove(at)))
    }

    /// As [`Args::value`], read as a `T`.
    ///
    /// # Errors
    ///
    /// When nothing follows or it is not a `T`.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.value(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{name} cannot be `{text}`").into())
    }

    /// Takes the words after `--`.
    pub(crate) fn after_dashes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.after_dashes)
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// When a word was not asked for; the message ends with `usage`.
    pub(crate) fn finish(self, usage: &str) -> Result<()> {
        match self.words.first().or(self.after_dashes.first()) {
            None => Ok(()),
            Some(word) => Err(format!("unknown argument `{word}`\n\n{usage}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn flags_values_and_what_follows_the_dashes_are_told_apart() {
        let mut args = args("--demo --port 9000 --database=a.db -- --demo x");
        assert!(args.flag("--demo"));
        assert!(!args.flag("--release"));
        assert_eq!(args.parsed::<u16>("--port").unwrap(), Some(9000));
        assert_eq!(args.value("--database").unwrap().as_deref(), Some("a.db"));
        assert_eq!(args.after_dashes(), ["--demo", "x"]);
        assert!(args.finish("usage").is_ok());
    }

    #[test]
    fn a_word_that_nobody_asked_for_is_an_error_that_shows_the_usage() {
        let error = args("--prot 9000").finish("usage: …").unwrap_err().to_string();
        assert!(error.contains("--prot") && error.ends_with("usage: …"), "{error}");
        assert!(args("-- x").finish("").is_err());
    }

    #[test]
    fn a_missing_or_unreadable_value_is_an_error() {
        assert!(args("--port").value("--port").is_err());
        assert!(args("--port --demo").value("--port").is_err());
        assert!(args("--port x").parsed::<u16>("--port").is_err());
        assert!(args("--port 70000").parsed::<u16>("--port").is_err());
    }
}
