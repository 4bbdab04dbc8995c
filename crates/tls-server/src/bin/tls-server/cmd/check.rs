//! `tls-server check`: everything that is wrong with a configuration and with what it names. Nothing is served and
//! nothing is made.

use common::terminal::{CliError, Exit, GlobalArgs, Ui};
use serde::Serialize;
use tls_server::config::{Problem, Severity};

use super::loading::{Loaded, load};
use crate::args::{Refused, ServeArgs, configuration};

/// Prints what is wrong, or that nothing is.
pub(crate) fn run(args: &ServeArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let found = find(args, global)?;
    let file = args.process.config.as_ref().map(|path| path.display().to_string());
    let exit = if found.loaded.is_some() { Exit::Success } else { Exit::Usage };
    if ui.is_json() {
        ui.document(&Document {
            schema: "latchkey.check/1",
            file,
            holds: found.loaded.is_some(),
            found,
            exit_code: exit,
        })?;
    } else {
        ui.result(&found.text(file.as_deref()))?;
    }
    Ok(exit)
}

/// What is written is checked first; what that names is read where nothing is wrong with it.
fn find(args: &ServeArgs, global: &GlobalArgs) -> Result<Found, CliError> {
    let checked = match configuration(args, global) {
        Ok(checked) => checked,
        Err(Refused::Problems(problems)) => return Ok(Found { loaded: None, problems: problems.0 }),
        Err(Refused::Unreadable(error)) => return Err(error),
    };
    let mut problems = checked.warnings.clone();
    let loaded = match load(&checked) {
        Ok((loaded, warnings)) => {
            problems.extend(warnings);
            Some(loaded)
        }
        Err(faults) => {
            problems.extend(faults);
            None
        }
    };
    Ok(Found { loaded, problems })
}

/// What was found.
#[derive(Serialize)]
struct Found {
    /// What there is, where all of it holds.
    loaded: Option<Loaded>,
    problems: Vec<Problem>,
}

impl Found {
    fn text(&self, file: Option<&str>) -> String {
        let mut text: String = self.problems.iter().map(line).collect();
        let what = file.unwrap_or("the command line");
        let count = |severity: Severity| self.problems.iter().filter(|problem| problem.severity == severity).count();
        let mut counts = match &self.loaded {
            None => vec![counted(count(Severity::Error), "error")],
            Some(loaded) => vec![
                counted(loaded.listeners, "listener"),
                counted(loaded.certificates, "certificate"),
                counted(loaded.authorities, "client CA"),
                counted(loaded.crls, "CRL"),
                counted(loaded.rules, "rule"),
            ],
        };
        counts.push(counted(count(Severity::Warning), "warning"));
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        text.push_str(&match &self.loaded {
            Some(_) => format!("ok: {}\n", counts.join(", ")),
            None => format!("{} in {what}\n", counts.join(", ")),
        });
        text
    }
}

fn line(problem: &Problem) -> String {
    match problem.severity {
        Severity::Error => format!("{problem}\n"),
        Severity::Warning => format!("warning: {problem}\n"),
    }
}

/// What there is none of is not told.
fn counted(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    }
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    file: Option<String>,
    holds: bool,
    #[serde(flatten)]
    found: Found,
    exit_code: Exit,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command};

    fn found(words: &str) -> Found {
        let words = ["tls-server", "check"].into_iter().chain(words.split_whitespace());
        let args = Args::try_parse_from(words).unwrap();
        let Some(Command::Check(serve)) = args.command else { panic!("check") };
        find(&serve, &args.global).unwrap()
    }

    #[test]
    fn what_holds_is_counted() {
        let text = found("--config ../../fixtures/server/several.toml").text(None);
        assert!(text.contains("ok: 3 listeners, 3 certificates, 1 client CA, 1 rule"), "{text}");
    }

    #[test]
    fn a_store_that_is_not_there_is_not_made() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let found = found(&format!("--store {}", store.display()));
        assert_eq!(found.text(None), "ok: 1 listener, 1 certificate\n");
        assert!(!store.exists());
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_found() {
        let broken = "../../fixtures/broken";
        let text = found(&format!("--cert {broken}/expired.pem --key ../../fixtures/leaf/localhost.key")).text(None);
        assert!(text.contains("expired.pem") && text.ends_with("in the command line\n"), "{text}");
    }

    #[test]
    fn a_key_log_is_not_opened() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("keys.log");
        let store = directory.path().join("store");
        assert!(found(&format!("--store {} --keylog {}", store.display(), log.display())).loaded.is_some());
        assert!(!log.exists());
    }
}
