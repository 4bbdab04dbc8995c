//! The command line, read once: a fault in it is reported as every other fault is.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ColorChoice as ClapColor, Error, Parser};

use super::{CliError, ColorChoice, Exit, Ui};

/// Reads the process's command line.
///
/// # Errors
/// It asked for help or the version, or cannot be understood. What there is to say has been said, and the process is
/// to end with this code.
pub fn read<A: Parser>(program: &'static str) -> Result<A, ExitCode> {
    read_and_check(program, |_, _| Ok(()))
}

/// The same, with a look at what clap made of it before it is taken.
///
/// # Errors
/// As [`read`], and what `check` says.
pub fn read_and_check<A: Parser>(
    program: &'static str,
    check: impl FnOnce(&mut clap::Command, &clap::ArgMatches) -> Result<(), Error>,
) -> Result<A, ExitCode> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let mut command = A::command().color(color(&words));
    let parsed = command.try_get_matches_from_mut(&words).and_then(|matches| {
        check(&mut command, &matches)?;
        A::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    parsed.map_err(|error| report(program, &error, &words))
}

fn report(program: &'static str, error: &Error, words: &[OsString]) -> ExitCode {
    if error.use_stderr() && words.iter().any(|word| word == "--json") {
        Ui::new(program, ColorChoice::Never).json(true).report(&CliError::usage(fact(&error.to_string())));
    }
    // Nobody is left to be told where the words cannot be written.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Success.into() }
}

/// The first paragraph of what clap says, on one line; usage and hints follow it.
fn fact(text: &str) -> String {
    let paragraph = text.trim_start_matches("error: ").lines().map(str::trim).take_while(|line| !line.is_empty());
    paragraph.collect::<Vec<_>>().join(" ")
}

/// What `--color` says, looked up by hand: the parser needs it before it has parsed anything.
fn color(words: &[OsString]) -> ClapColor {
    let after = words.iter().skip_while(|word| *word != "--color").nth(1);
    let joined = words.iter().find_map(|word| word.to_str()?.strip_prefix("--color="));
    match joined.or_else(|| after?.to_str()) {
        Some("never") => ClapColor::Never,
        Some("always") => ClapColor::Always,
        _ => ClapColor::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fact_is_the_first_paragraph() {
        let text = "error: these were not provided:\n  <TARGET>\n\nUsage: tls-client report <TARGET>\n";
        assert_eq!(fact(text), "these were not provided: <TARGET>");
    }

    #[test]
    fn colour_is_read_before_the_rest() {
        let color = |line: &str| color(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(color("pki --color never nonsense"), ClapColor::Never);
        assert_eq!(color("pki nonsense --color=always"), ClapColor::Always);
        assert_eq!(color("pki --color"), ClapColor::Auto);
    }
}
