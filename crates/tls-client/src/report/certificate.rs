//! One certificate of a chain or path, with what is left of its life.

use jiff::Timestamp;
use pki::certificate::Inspected;
use serde::Serialize;

/// A certificate of the chain as sent, or of the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// What it says.
    Read {
        /// Whole days until it expires; negative once it has.
        days_left: i64,
        /// How its dates stand at the time of the report.
        life: Life,
        /// What it says.
        #[serde(flatten)]
        certificate: Box<Inspected>,
    },
    /// It could not be read.
    Broken {
        /// Why.
        error: String,
    },
}

/// How a certificate's dates stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// It has not begun.
    NotYetValid,
    /// It is valid, and less than two thirds of its life are over.
    Valid,
    /// More than two thirds of its life are over, so that it is due for renewal.
    Due,
    /// It is over.
    Expired,
}

impl Shown {
    pub(super) fn from_der(der: &[u8], at: Timestamp) -> Self {
        match Inspected::from_der(der) {
            Ok(certificate) => Self::of(certificate, at),
            Err(error) => Self::Broken { error: error.to_string() },
        }
    }

    pub(super) fn of(certificate: Inspected, at: Timestamp) -> Self {
        let days_left = certificate.days_left(at);
        Self::Read { days_left, life: Life::at(&certificate, at), certificate: Box::new(certificate) }
    }

    /// What it says, where it could be read.
    pub fn certificate(&self) -> Option<&Inspected> {
        match self {
            Self::Read { certificate, .. } => Some(certificate),
            Self::Broken { .. } => None,
        }
    }
}

impl Life {
    fn at(certificate: &Inspected, at: Timestamp) -> Self {
        let (begin, end, now) = (certificate.not_before.as_second(), certificate.not_after.as_second(), at.as_second());
        let (whole, used) = (end.saturating_sub(begin), now.saturating_sub(begin));
        match () {
            () if now > end => Self::Expired,
            () if now < begin => Self::NotYetValid,
            () if used.saturating_mul(3) > whole.saturating_mul(2) => Self::Due,
            () => Self::Valid,
        }
    }

    /// `89 days left`, in words that say how it stands.
    pub(super) fn words(self, days_left: i64) -> String {
        match (self, days_left) {
            (Self::Expired, -1) => "expired within the last day".to_owned(),
            (Self::Expired, days) => format!("expired {} days ago", days.unsigned_abs().saturating_sub(1)),
            (Self::NotYetValid, _) => "not yet valid".to_owned(),
            (_, 0) => "less than a day left".to_owned(),
            (_, 1) => "1 day left".to_owned(),
            (_, days) => format!("{days} days left"),
        }
    }
}
