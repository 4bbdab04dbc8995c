//! New CAs: roots, and intermediates below a CA that is there.

use super::{Issuer, IssuerError, Permitted, Serial};
use crate::certificate::{Extras, IssueError, Role, Template, Validity, self_sign};
use crate::key::{Algorithm, PrivateKey};
use crate::request::Subject;

/// What a new CA is to be.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its name, which every certificate below it repeats. Not empty.
    pub subject: Subject,
    /// The kind of its key.
    pub algorithm: Algorithm,
    /// From when until when.
    pub validity: Validity,
    /// How many CAs may follow below it; none given is no bound.
    pub path_len: Option<u8>,
    /// The names it can speak for; empty is all.
    pub permitted: Vec<Permitted>,
    /// Its number at its issuer.
    pub serial: Serial,
}

/// A CA could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Its certificate could not be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Its certificate is not what an issuer's has to be, which would be a fault of ours.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
}

impl Plan {
    /// How long a root lasts, in days.
    pub const ROOT_DAYS: u32 = 3653;
    /// How long an intermediate lasts, in days.
    pub const INTERMEDIATE_DAYS: u32 = 731;

    /// Makes a root with a new key.
    ///
    /// # Errors
    /// The key or the certificate could not be made.
    pub fn root(&self) -> Result<Issuer, CreateError> {
        let key = PrivateKey::generate(self.algorithm).map_err(IssueError::from)?;
        let certificate = self_sign(&self.template()?, &key)?;
        Ok(Issuer::new(vec![certificate], key)?)
    }

    /// Makes an intermediate with a new key below `parent`. Its validity has to lie within its parent's.
    ///
    /// # Errors
    /// The parent's policy objects, or the key or the certificate could not be made.
    pub fn intermediate(&self, parent: &Issuer) -> Result<Issuer, CreateError> {
        let key = PrivateKey::generate(self.algorithm).map_err(IssueError::from)?;
        let certificate = parent.issue(&self.template()?, key.public())?;
        let chain = std::iter::once(certificate).chain(parent.chain().iter().cloned()).collect();
        Ok(Issuer::new(chain, key)?)
    }

    fn template(&self) -> Result<Template, IssueError> {
        Ok(Template {
            subject: self.subject.to_name()?,
            names: Vec::new(),
            role: Role::Authority { path_len: self.path_len, permitted: self.permitted.clone() },
            validity: self.validity,
            serial: self.serial.clone(),
            extras: Extras::default(),
        })
    }
}
