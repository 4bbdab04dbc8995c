//! Where a passphrase comes from: a file, an environment variable, or a person at a terminal. Never the command line.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use super::CliError;
use crate::Secret;
use crate::input::fsio;

/// The flags that say where the passphrase of a private key is.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PassphraseArgs {
    /// Read the private key's passphrase from the first line of FILE
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_env")]
    pub passphrase_file: Option<PathBuf>,
    /// Read the private key's passphrase from the environment variable NAME
    #[arg(long, value_name = "NAME")]
    pub passphrase_env: Option<String>,
}

impl PassphraseArgs {
    /// Whether a flag names one.
    pub fn is_given(&self) -> bool {
        self.passphrase_file.is_some() || self.passphrase_env.is_some()
    }

    /// The passphrase that a flag names; none where there is no flag.
    ///
    /// # Errors
    /// The file cannot be read, the variable is not set, or there is nothing in it.
    pub fn read(&self) -> Result<Option<Secret>, CliError> {
        match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => {
                let content = fsio::read(path).map(Secret::new)?;
                let line = content.expose().split(|byte| *byte == b'\n').next().unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                not_empty(line.to_vec(), &format!("the first line of {}", path.display())).map(Some)
            }
            (None, Some(name)) => match std::env::var(name) {
                Ok(value) => not_empty(value.into_bytes(), &format!("the environment variable {name}")).map(Some),
                Err(_) => Err(CliError::usage(format_args!("the environment variable {name} holds no passphrase"))
                    .advise(format!("set it: export {name}=…"))),
            },
            (None, None) => Ok(None),
        }
    }
}

fn not_empty(passphrase: Vec<u8>, source: &str) -> Result<Secret, CliError> {
    if passphrase.is_empty() {
        return Err(CliError::usage(format_args!("the passphrase in {source} is empty")));
    }
    Ok(Secret::new(passphrase))
}

/// Asks the person at the terminal, without showing what is typed; none where standard input is no terminal.
///
/// # Errors
/// The terminal cannot be read.
pub fn ask_passphrase(question: &str) -> Result<Option<Secret>, CliError> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(format!("{question}: "))
        .map_err(|error| CliError::environment(format_args!("reading the passphrase from the terminal: {error}")))?;
    Ok(Some(Secret::new(typed.into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_the_file_is_the_passphrase() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passphrase");
        let args = PassphraseArgs { passphrase_file: Some(path.clone()), passphrase_env: None };
        std::fs::write(&path, "open sesame\r\nsecond\n").unwrap();
        assert_eq!(args.read().unwrap().unwrap().expose(), b"open sesame");
        std::fs::write(&path, "\n").unwrap();
        assert!(args.read().unwrap_err().to_string().contains("is empty"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_an_error() {
        let args = PassphraseArgs { passphrase_file: None, passphrase_env: Some("LATCHKEY_NO_SUCH_VARIABLE".into()) };
        assert!(args.read().is_err());
        assert!(PassphraseArgs::default().read().unwrap().is_none());
    }
}
