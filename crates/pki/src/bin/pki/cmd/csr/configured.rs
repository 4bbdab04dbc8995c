//! What a command takes from an `openssl.cnf`: the file, the section, and the answers to its questions.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use common::input::fsio;
use common::terminal::{CliError, PassphraseArgs, ask_passphrase};
use pki::key::Algorithm;
use pki::request::openssl_cnf::{Answer, Config, ProcessSource, Prompt, SECTION, Settings};

use crate::error::OrExplain;
use crate::private::Private;

/// The flags that name a configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ConfigArgs {
    /// Take what this openssl.cnf says of a request or a self-signed certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The section of the configuration that is read [default: req]
    #[arg(long, value_name = "NAME", requires = "config")]
    pub(crate) section: Option<String>,
}

impl ConfigArgs {
    /// The configuration, read and checked; none where no flag names one.
    pub(crate) fn read(&self) -> Result<Option<Config>, CliError> {
        self.config.as_deref().map(|path| self.read_file(path)).transpose()
    }

    fn read_file(&self, path: &Path) -> Result<Config, CliError> {
        let bytes = fsio::read(path)?;
        let section = self.section.as_deref().unwrap_or(SECTION);
        Config::parse(&path.display().to_string(), &bytes, section, &ProcessSource).or_explain()
    }
}

/// Who answers what a configuration asks.
pub(crate) enum Asking {
    /// A person at the terminal.
    Person,
    /// Nobody, and what has no default is left out.
    Batch,
    /// Nobody, and what has no default is missing.
    Nobody,
}

impl Asking {
    /// A person, where standard input is a terminal and no flag says otherwise.
    pub(crate) fn new(batch: bool) -> Self {
        match (batch, io::stdin().is_terminal()) {
            (true, _) => Self::Batch,
            (false, true) => Self::Person,
            (false, false) => Self::Nobody,
        }
    }

    /// The answer to one question.
    pub(crate) fn answer(&self, prompt: &Prompt) -> Answer {
        match self {
            Self::Person => ask(prompt, &mut io::stdin().lock(), &mut io::stderr()),
            Self::Batch => Answer::Default,
            Self::Nobody => Answer::Unasked,
        }
    }
}

/// A new key: of the kind that is asked for, or else RSA of the size that the configuration says, and under a passphrase
/// where it says so.
pub(crate) fn new_key(
    alg: Option<Algorithm>,
    settings: &Settings,
    passphrase: &PassphraseArgs,
) -> Result<Private, CliError> {
    let algorithm = match (alg, settings.key_bits) {
        (Some(algorithm), _) => algorithm,
        (None, None) => Algorithm::default(),
        (None, Some(bits)) => format!("rsa-{bits}").parse().map_err(|_| {
            CliError::usage(format_args!("default_bits = {bits} is no size of RSA key that is made here"))
                .advise("write 2048, 3072 or 4096, or name another kind with --alg")
        })?,
    };
    if settings.encrypt_key == Some(true) && !passphrase.is_given() {
        return match ask_passphrase("passphrase for the new key")? {
            Some(passphrase) => Private::generate_under(algorithm, passphrase),
            None => Err(CliError::usage("the configuration says `encrypt_key = yes`, and no passphrase was given")
                .advise("give --passphrase-file or --passphrase-env, or write `encrypt_key = no`")),
        };
    }
    Private::generate(algorithm, passphrase)
}

/// Asks until the answer is as long as it may be. An empty answer is the default, and a `.` is no attribute at all.
fn ask(prompt: &Prompt, from: &mut dyn BufRead, to: &mut dyn Write) -> Answer {
    loop {
        let default = prompt.default.as_deref().unwrap_or_default();
        // A question that cannot be shown can still be answered.
        let _ = write!(to, "{} [{default}]: ", prompt.text).and_then(|()| to.flush());
        let mut line = String::new();
        match from.read_line(&mut line) {
            Ok(length) if length > 0 => {}
            _ => return Answer::Unasked,
        }
        match line.trim_end_matches(['\r', '\n']) {
            "" => return Answer::Default,
            "." => return Answer::LeftOut,
            text => match prompt.check(text) {
                Ok(()) => return Answer::Text(text.to_owned()),
                Err(why) => drop(writeln!(to, "  {why}")),
            },
        }
    }
}
