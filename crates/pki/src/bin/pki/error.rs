//! What can go wrong, and what to do about it. The fact is the library's, the advice is ours.

use common::terminal::{CliError, Exit, ui};
use pki::authority::{CreateError, Objection, SerialProblem};
use pki::certificate::{IssueError, ParseError, ValidityError};
use pki::key::{KeyError, LoadError, PublicKeyError};
use pki::request::{PossessionError, Problems, RequestError, RequestParseError, SubjectProblem};
use pki::stored::StoredError;

/// A failure of the library that knows which exit code it ends with, and perhaps what would mend it.
pub(crate) trait Explain {
    fn explain(self) -> CliError;
}

/// `?` on the library's results.
pub(crate) trait OrExplain<T> {
    fn or_explain(self) -> Result<T, CliError>;

    /// As [`OrExplain::or_explain`], for an error that does not know the file it is about.
    fn or_explain_in(self, name: &str) -> Result<T, CliError>;
}

impl<T, E: Explain> OrExplain<T> for Result<T, E> {
    fn or_explain(self) -> Result<T, CliError> {
        self.map_err(Explain::explain)
    }

    fn or_explain_in(self, name: &str) -> Result<T, CliError> {
        self.map_err(|error| {
            let mut error = error.explain();
            error.fact = format!("{name}: {}", error.fact);
            error
        })
    }
}

impl Explain for LoadError {
    fn explain(self) -> CliError {
        match self {
            Self::Input(error) => error.into(),
            error => CliError::usage(ui::chain(&error)).advise("make a new key with `pki key new --out key.pem`"),
        }
    }
}

impl Explain for KeyError {
    fn explain(self) -> CliError {
        let exit = match self {
            Self::Generate { .. } | Self::Sign { .. } | Self::Protect { .. } => Exit::Environment,
            _ => Exit::Usage,
        };
        CliError::new(exit, ui::chain(&self))
    }
}

impl Explain for IssueError {
    fn explain(self) -> CliError {
        let advice = match &self {
            Self::Refused(refusal) => refusal.objections.iter().find_map(mend),
            _ => None,
        };
        let error = CliError::usage(ui::chain(&self));
        advice.map_or(error.clone(), |advice| error.advise(advice))
    }
}

fn mend(objection: &Objection) -> Option<&'static str> {
    match objection {
        Objection::NameNotPermitted { .. } => {
            Some("take another CA with --ca, or make one with `pki ca new NAME --permit …`")
        }
        Objection::NoNames { .. } => Some("name the hosts it is for; in a request, with --san"),
        Objection::NoSubject => Some("give it one with --cn; a request is made again with one"),
        Objection::PathLength | Objection::PathLengthTooLong { .. } => {
            Some("make the parent with a larger --path-len, or issue from it directly")
        }
        Objection::WeakKey { .. } | Objection::UnsupportedKey { .. } => Some("make a new key with `pki key new`"),
        _ => None,
    }
}

impl Explain for CreateError {
    fn explain(self) -> CliError {
        match self {
            Self::Issue(error) => error.explain(),
            error => CliError::usage(ui::chain(&error)),
        }
    }
}

impl Explain for StoredError {
    fn explain(self) -> CliError {
        match self {
            Self::Issue(error) => error.explain(),
            Self::Create(error) => error.explain(),
            error => error.into(),
        }
    }
}

impl Explain for SerialProblem {
    fn explain(self) -> CliError {
        match self {
            Self::NoRandomness => CliError::environment(self),
            problem => CliError::usage(problem).advise("leave --serial out, and a random one is taken"),
        }
    }
}

impl Explain for Problems {
    fn explain(self) -> CliError {
        match self.sentences() {
            [one] => CliError::usage(one),
            several => CliError::usage(format_args!("{} problems:\n  - {}", several.len(), several.join("\n  - "))),
        }
    }
}

macro_rules! usage {
    ($($error:ty),+ $(,)?) => {$(
        impl Explain for $error {
            fn explain(self) -> CliError {
                CliError::usage(ui::chain(&self))
            }
        }
    )+};
}

usage!(ParseError, PossessionError, PublicKeyError, RequestError, RequestParseError, SubjectProblem, ValidityError,);
