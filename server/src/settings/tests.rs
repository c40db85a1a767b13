use std::fs;

use super::*;

/// Reads settings from flags, an environment and the text of a settings file.
fn read(flags: &[&str], environment: &[(&str, &str)], file: Option<&str>) -> Result<Settings, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("config.toml");
    let mut words = vec!["server".to_owned()];
    if let Some(text) = file {
        fs::write(&path, text).expect("the file is written");
        words.extend(["--config".to_owned(), path.display().to_string()]);
    }
    words.extend(flags.iter().map(|&flag| flag.to_owned()));
    let lookup = |name: &str| {
        environment.iter().find(|(its_name, _)| *its_name == name).map(|(_, value)| OsString::from(value))
    };
    Settings::read(words, &lookup).map_err(|error| error.to_string())
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let file = Some("feed_retention_days = 7");
    let environment = [("CES_FEED_RETENTION_DAYS", "8")];
    let flag = ["--feed-retention-days", "9"];
    let days = |settings: Result<Settings, String>| settings.expect("valid").args.feed_retention_days;
    assert_eq!(days(read(&[], &[], None)), 30);
    assert_eq!(days(read(&[], &[], file)), 7);
    assert_eq!(days(read(&[], &environment, file)), 8);
    assert_eq!(days(read(&flag, &environment, file)), 9);
}

#[test]
fn a_setting_counts_before_and_after_the_subcommand() {
    for flags in [["--feed-retention-days", "9", "serve"], ["serve", "--feed-retention-days", "9"]] {
        let settings = read(&flags, &[("CES_FEED_RETENTION_DAYS", "8")], None).expect("valid");
        assert_eq!(settings.args.feed_retention_days, 9, "{flags:?}");
        assert!(settings.print().contains("# flag"), "{}", settings.print());
    }
}

#[test]
fn a_switch_can_be_set_everywhere() {
    assert!(read(&["--demo"], &[], None).expect("valid").args.demo);
    assert!(read(&[], &[("CES_DEMO", "true")], None).expect("valid").args.demo);
    assert!(read(&[], &[], Some("demo = true")).expect("valid").args.demo);
    assert!(!read(&[], &[("CES_DEMO", "false")], Some("demo = true")).expect("valid").args.demo);
}

#[test]
fn what_is_wrong_in_the_file_is_named_with_key_and_file() {
    for (text, expected) in [
        ("lisen = \"127.0.0.1:1\"", "there is no setting `lisen`"),
        ("Feed-Retention-Days = 1", "did you mean `feed_retention_days`"),
        ("feed_retention_days = \"7\"", "`feed_retention_days` is a text: write a whole number"),
        ("feed_retention_days = 7.5", "`feed_retention_days` is a number with a fraction"),
        ("feed_retention_days = 70000", "`feed_retention_days`"),
        ("demo = 1", "`demo` is a number: write true or false"),
        ("listen = \"nowhere\"", "`listen`"),
        ("listen = [\"127.0.0.1:1\"]", "`listen` is a list: write a text in quotes"),
        (
            "database_url = \"mysql://u:s3cret@h/db\"",
            "`database_url`: a database of kind \"mysql\" cannot be used",
        ),
        ("config = \"other.toml\"", "there is no setting `config`"),
        ("[server]\nlisten = \"127.0.0.1:1\"", "there is no setting `server`"),
        ("listen =", "is not TOML"),
    ] {
        let said = read(&[], &[], Some(text)).expect_err(text);
        assert!(said.contains(expected) && said.contains("config.toml"), "{text}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn what_is_wrong_in_the_environment_is_named_with_the_variable() {
    for (name, value) in [
        ("CES_LISTEN", "nowhere"),
        ("CES_DEMO", "maybe"),
        ("CES_FEED_RETENTION_DAYS", "-1"),
        ("CES_DATABASE_URL", "mysql://u:s3cret@h/db"),
    ] {
        let said = read(&[], &[(name, value)], None).expect_err(name);
        assert!(said.contains(name) && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_secret_can_come_from_a_file_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("url");
    fs::write(&file, "postgres://ces:s3cret@db/events\n").expect("the file is written");
    let path = file.display().to_string();
    let by_environment = read(&[], &[("CES_DATABASE_URL_FILE", &path)], None);
    let by_file = read(&[], &[], Some(&format!("database_url_file = {path:?}")));
    for settings in [by_environment, by_file] {
        let settings = settings.expect("valid");
        assert_eq!(settings.args.database_url.to_string(), "postgres://db/events");
        let printed = settings.print();
        assert!(printed.contains("# database_url = (hidden)") && printed.contains("secret in"), "{printed}");
        assert!(!printed.contains("s3cret") && !format!("{settings:?}").contains("s3cret"), "{printed}");
    }
    let twice = [("CES_DATABASE_URL", "a.db"), ("CES_DATABASE_URL_FILE", path.as_str())];
    assert!(read(&[], &twice, None).expect_err("ambiguous").contains("are both set"));
    let missing = read(&[], &[("CES_DATABASE_URL_FILE", "/nonexistent/url")], None);
    assert!(missing.expect_err("no such file").contains("/nonexistent/url"));
}

#[test]
fn what_is_printed_can_be_used_as_a_file_and_means_the_same() {
    let settings =
        read(&["--feed-retention-days", "9"], &[("CES_DEMO", "true")], Some("listen = \"127.0.0.1:9\""));
    let printed = settings.expect("valid").print();
    let again = read(&[], &[], Some(&printed)).unwrap_or_else(|error| panic!("{error}\n{printed}"));
    assert_eq!(again.args.feed_retention_days, 9);
    assert!(again.args.demo);
    assert_eq!(again.args.listen.port(), 9);
}

#[test]
fn the_example_file_names_every_setting() {
    let example = include_str!("../../../deploy/config.example.toml");
    read(&[], &[], Some(example)).unwrap_or_else(|error| panic!("the example cannot be used: {error}"));
    // What is commented out is a setting as well.
    let named: Vec<_> = example
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', '=', ' ']).split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    for key in Settings::keys() {
        assert!(named.contains(&key.as_str()), "deploy/config.example.toml does not name `{key}`");
    }
    let shown: String = example
        .lines()
        .filter_map(|line| line.strip_prefix("#= "))
        .fold(String::new(), |all, line| all + line + "\n");
    read(&[], &[], Some(&shown))
        .unwrap_or_else(|error| panic!("what is commented out cannot be used: {error}"));
}
