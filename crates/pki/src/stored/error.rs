//! What can go wrong between the store and what is made of its rows.

use common::context::IdentityError;
use common::terminal::{CliError, Exit, ui};

use crate::authority::{CreateError, IssuerError, SerialProblem};
use crate::certificate::{IssueError, ValidityError};
use crate::crl::ListError;
use crate::key::KeyError;
use crate::request::SubjectProblem;

/// A row of the store could not be used, or what was made could not be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no such CA.
    #[error("the store has no CA `{name}`")]
    NoAuthority {
        /// Its name.
        name: String,
    },
    /// There is no such identity.
    #[error("the store has no identity `{name}`")]
    NoIdentity {
        /// Its name.
        name: String,
    },
    /// The row has no private key, which is kept elsewhere.
    #[error("the store holds no private key for `{name}`")]
    NoKey {
        /// The CA's or the identity's name.
        name: String,
    },
    /// No CA of the store has issued an identity's certificate.
    #[error("the certificate of `{name}` was not issued by a CA of this store")]
    NotIssuedHere {
        /// The identity's name.
        name: String,
    },
    /// A revocation list could not be made.
    #[error(transparent)]
    List(#[from] ListError),
    /// A key in the store cannot be used.
    #[error("the private key of `{name}` in the store cannot be used")]
    Key {
        /// The CA's or the identity's name.
        name: String,
        /// Why.
        source: KeyError,
    },
    /// A CA in the store cannot issue.
    #[error("the CA `{name}` in the store cannot issue")]
    Issuer {
        /// Its name.
        name: String,
        /// Why.
        source: IssuerError,
    },
    /// Chain and key are no identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A CA could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// A certificate could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// It has no dates that fit.
    #[error("the certificate cannot have these dates")]
    Validity(#[from] ValidityError),
    /// It has no subject.
    #[error(transparent)]
    Subject(#[from] SubjectProblem),
    /// It has no serial number.
    #[error(transparent)]
    Serial(#[from] SerialProblem),
    /// Others kept changing what was being made.
    #[error("another process kept changing `{name}` in the store")]
    Contended {
        /// What was being made.
        name: String,
    },
}

impl From<StoredError> for CliError {
    fn from(error: StoredError) -> Self {
        let exit = match &error {
            StoredError::Store(error) if !error.is_input() => Exit::Environment,
            StoredError::Contended { .. } => Exit::Environment,
            _ => Exit::Usage,
        };
        let advice = match &error {
            StoredError::Store(error) => error.advice(),
            StoredError::NoAuthority { .. } => Some("`pki ca list` shows those it has, `pki ca new NAME` makes one"),
            StoredError::NoIdentity { .. } => {
                Some("`pki store list` shows those it has, `pki cert new NAME` makes one")
            }
            StoredError::NotIssuedHere { .. } => Some("only who issued a certificate can revoke it"),
            StoredError::NoKey { .. } => Some("its key is kept elsewhere: issue there"),
            StoredError::Validity(ValidityError::OutsideIssuer { .. }) => Some("make a new CA with `pki ca new NAME`"),
            StoredError::Contended { .. } => Some("run the command again"),
            _ => None,
        };
        let fact = Self::new(exit, ui::chain(&error));
        advice.map_or(fact.clone(), |advice| fact.advise(advice))
    }
}
