mod guide;
mod properties;
mod refusals;
mod shown;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A file below the workspace's directory.
fn workspace(path: &str) -> PathBuf {
    Path::new("../..").join(path)
}

/// What a text says as the file `server.toml` in the directory of the fixtures.
fn parse(text: &str) -> Result<Checked, Problems> {
    Document::parse(text, &workspace("fixtures/server/server.toml")).check()
}

/// Everything that is told of a text, without the directory.
fn told(text: &str) -> Vec<String> {
    let problems = match parse(text) {
        Ok(checked) => checked.warnings,
        Err(problems) => problems.0,
    };
    problems.iter().map(|problem| problem.to_string().replace("../../fixtures/server/", "")).collect()
}

/// Holds `text` against the file at `path`, which is written where `LATCHKEY_BLESS` is set.
fn golden(path: &Path, text: &str) {
    if env::var_os("LATCHKEY_BLESS").is_some_and(|value| !value.is_empty()) {
        fs::write(path, text).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), text, "{} (LATCHKEY_BLESS=1 writes it anew)", path.display());
}

#[test]
fn three_lines_are_a_configuration() {
    let checked = Document::read(&workspace("fixtures/server/smallest.toml")).unwrap().check().unwrap();
    let [listener] = checked.listeners.as_slice() else { panic!("one listener") };
    assert_eq!(listener.name.value, "forward");
    assert_eq!(listener.addresses[0].to_string(), "127.0.0.1:8443");
    assert_eq!(listener.identity.sources, [IdentitySource::Local]);
    assert_eq!(listener.idle_timeout.value.as_secs(), 300);
    assert_eq!(listener.idle_timeout.origin, Origin::Default);
    assert!(checked.store.is_some());
}

#[test]
fn several_listeners_have_what_they_say_and_share_the_rest() {
    let checked = Document::read(&workspace("fixtures/server/several.toml")).unwrap().check().unwrap();
    let names: Vec<&str> = checked.listeners.iter().map(|listener| listener.name.as_str()).collect();
    assert_eq!(names, ["shop", "database", "http"]);
    let idle: Vec<u64> = checked.listeners.iter().map(|listener| listener.idle_timeout.as_secs()).collect();
    assert_eq!(idle, [900, 43_200, 900]);
    assert_eq!(checked.listeners[0].idle_timeout.origin, Origin::File { line: 7, column: 16 });
    assert_eq!(checked.store, None);
    let Clients::Required(vouched) = &checked.listeners[1].clients else { panic!("required") };
    assert_eq!(vouched.authorities[0].value, workspace("fixtures/server/../ca/root.pem"));
    assert_eq!(checked.listeners[1].tickets, Tickets::Off);
}

#[test]
fn ten_mistakes_are_ten_lines() {
    let path = workspace("fixtures/server/broken.toml");
    let problems = Document::read(&path).unwrap().check().unwrap_err();
    let text: String = problems.0.iter().map(|problem| format!("{problem}\n")).collect();
    golden(&path.with_extension("txt"), &text.replace("../../fixtures/server/", ""));
}
