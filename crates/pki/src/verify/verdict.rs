//! What a verifier answers.

use std::fmt;

use common::context::Origin;
use common::terminal::Exit;
use serde::Serialize;

use super::Problem;
use super::side::Side;
use crate::certificate::Inspected;

/// Trusted, and by which path; or not, and for which reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is a path to a trust anchor, and nothing speaks against it.
    Trusted(Path),
    /// There is none.
    Refused(Refusal),
}

impl Verdict {
    /// Whether it is trusted.
    pub const fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted(_))
    }

    /// The path, where there is one.
    pub const fn path(&self) -> Option<&Path> {
        match self {
            Self::Trusted(path) => Some(path),
            Self::Refused(_) => None,
        }
    }

    /// The refusal, where it is one.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Trusted(_) => None,
            Self::Refused(refusal) => Some(refusal),
        }
    }

    /// 0, or 31 to 37.
    pub fn exit(&self) -> Exit {
        self.refusal().map_or(Exit::Success, Refusal::exit)
    }
}

/// The path that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// From the leaf to the anchor, both included. One alone where the leaf itself is the anchor.
    pub certificates: Vec<Inspected>,
    /// Where the anchor came from.
    pub anchor: Origin,
}

/// Every reason why there is no path, the one to act on first in front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Refusal {
    reasons: Vec<Reason>,
}

impl Refusal {
    /// Orders the reasons: by the exit code, whose lowest layer decides, form behind safety, then from the leaf upwards.
    pub(crate) fn new(mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|reason| {
            let is_form = matches!(reason.problem, Problem::Form { .. });
            (reason.problem.exit(), is_form, reason.place)
        });
        reasons.dedup();
        Self { reasons }
    }

    /// The reasons; there is one at least.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The exit code of the lowest layer that failed.
    pub fn exit(&self) -> Exit {
        self.reasons.first().map_or(Exit::Unsuitable, |reason| reason.problem.exit())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reason) in self.reasons.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            reason.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// One thing that is wrong with one certificate. Its `Display` is a whole sentence without the full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Whose chain it is: the server's or the client's.
    pub of: Side,
    /// The certificate's place.
    pub place: Place,
    /// What people call the certificate: its common name, else the first of its names.
    pub certificate: String,
    /// Its whole subject by RFC 4514; empty where it could not be read.
    pub subject: String,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: Problem,
}

impl Reason {
    pub(crate) fn new(of: Side, place: Place, certificate: &Inspected, problem: Problem) -> Self {
        let subject = certificate.subject.text.clone();
        Self { of, place, certificate: certificate.label(), subject, problem }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Sent(0) if self.of == Side::Any => f.write_str("the certificate")?,
            Place::Sent(0) => write!(f, "the {}'s certificate", self.of)?,
            Place::Sent(_) => f.write_str("the intermediate certificate")?,
            Place::Anchor => f.write_str("the trusted certificate")?,
        }
        if !self.certificate.is_empty() {
            write!(f, " `{}`", self.certificate)?;
        }
        write!(f, " {}", self.problem)
    }
}

/// Where a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the chain as it was sent, by its index; 0 is the leaf.
    Sent(usize),
    /// Among the trust anchors.
    Anchor,
}
