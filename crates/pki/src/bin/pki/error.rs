//! What can go wrong, and what to do about it. The fact is the library's, the advice is ours.

use common::terminal::{CliError, Exit, ui};
use pki::authority::{CreateError, CrossError, IssuerError, Objection, Refusal, RulesProblem, SerialProblem};
use pki::batch::InputProblem;
use pki::certificate::{IssueError, ParseError, ValidityError};
use pki::convert::HeapError;
use pki::crl::CrlFault;
use pki::key::{FormatError, KeyError, LoadError, PublicKeyError};
use pki::report::Unshown;
use pki::request::openssl_cnf::{CnfError, CnfProblem};
use pki::request::{NameProblem, PossessionError, Problems, RequestError, RequestParseError, SubjectProblem};
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

impl Explain for HeapError {
    fn explain(self) -> CliError {
        let advice = match self {
            Self::Key(error) => return error.explain(),
            Self::Mismatch { .. } => {
                "`pki cert match CERT KEY` compares the two; give the certificate that the key was made for"
            }
            Self::SeveralKeys { .. } => "say with --name which certificate is meant, or give fewer files",
            Self::NoSuchName { .. } => "give one of these to --name",
            _ => "take it from where it was issued again, or leave it out",
        };
        CliError::usage(ui::chain(&self)).advise(advice)
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
            Self::Refused(refusal) => what_would_pass(refusal),
            _ => None,
        };
        let error = CliError::usage(ui::chain(&self));
        advice.map_or(error.clone(), |advice| error.advise(advice))
    }
}

/// The nearest values that would pass, or else what would mend it.
pub(crate) fn what_would_pass(refusal: &Refusal) -> Option<String> {
    let nearest: Vec<String> = refusal.objections.iter().filter_map(Objection::nearest).collect();
    let mended = || refusal.objections.iter().find_map(mend).map(str::to_owned);
    if nearest.is_empty() { mended() } else { Some(nearest.join("; ")) }
}

fn mend(objection: &Objection) -> Option<&'static str> {
    match objection {
        Objection::NameNotPermitted { .. } => {
            Some("take another CA with --ca, or make one with `pki ca new NAME --permit …`")
        }
        Objection::NoMailbox => Some("name the mailbox; in a request, with --san joe@example.com"),
        Objection::NoNames { .. } => Some("name the hosts it is for; in a request, with --san"),
        Objection::NoSubject => Some("give it one with --cn; a request is made again with one"),
        Objection::PathLength | Objection::PathLengthTooLong { .. } => {
            Some("make the parent with a larger --path-len, or issue from it directly")
        }
        Objection::WeakKey { .. } | Objection::UnsupportedKey { .. } => Some("make a new key with `pki key new`"),
        _ => None,
    }
}

impl Explain for InputProblem {
    fn explain(self) -> CliError {
        match self {
            Self::Input(error) => error.into(),
            Self::Directory { .. } => CliError::usage(ui::chain(&self)),
            Self::Empty { .. } => CliError::usage(self),
            error => CliError::usage(error).advise("nothing was issued; mend the rows and run the command again"),
        }
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

impl Explain for CnfError {
    fn explain(self) -> CliError {
        let with_advice = |problem: &CnfProblem| match &problem.advice {
            Some(advice) => format!("{problem} ({advice})"),
            None => problem.to_string(),
        };
        match self.problems() {
            [one] => {
                let error = CliError::usage(one);
                one.advice.clone().map_or(error.clone(), |advice| error.advise(advice))
            }
            several => {
                let list: Vec<String> = several.iter().map(with_advice).collect();
                CliError::usage(format_args!("{} problems:\n  - {}", several.len(), list.join("\n  - ")))
            }
        }
    }
}

impl Explain for PossessionError {
    fn explain(self) -> CliError {
        let advice = match &self {
            Self::Signature => "let its sender make it again, and send it in a way that leaves it as it is",
            Self::WeakKey { .. } => "let it be made again with a key of RSA 2048 or P-256, as `pki csr new` does",
            _ => "let it be made again with a key of P-256, P-384, P-521, Ed25519 or RSA, as `pki csr new` does",
        };
        CliError::usage(&self).advise(advice)
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

usage!(
    CrossError,
    IssuerError,
    RulesProblem,
    CrlFault,
    NameProblem,
    FormatError,
    ParseError,
    PublicKeyError,
    RequestError,
    RequestParseError,
    SubjectProblem,
    Unshown,
    ValidityError,
);
