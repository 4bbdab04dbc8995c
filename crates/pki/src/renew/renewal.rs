//! A certificate of the store, issued again by the CA that issued it.

use jiff::Timestamp;
use store::{Change, Identity, Store};

use super::standing::{Standing, held_until};
use crate::authority::Serial;
use crate::certificate::{RenewError, Template, Validity};
use crate::key::{Algorithm, PrivateKey};
use crate::stored::{StoredError, issued_row, issuer, key_of};

/// What becomes of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The certificate is for the same key.
    Key,
    /// A new one is made, of this kind; none given is the kind that it had.
    Nothing(Option<Algorithm>),
}

/// How it is issued again.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What becomes of the key.
    pub kept: Kept,
    /// For how many days; none given is as long as before.
    pub days: Option<u32>,
    /// Whether also within an hour of the last time.
    pub force: bool,
}

/// A certificate that was issued again.
#[derive(Debug)]
pub struct Renewed {
    /// As it was.
    pub old: Identity,
    /// As it is in the store now.
    pub new: Identity,
    /// The new serial number.
    pub serial: Serial,
}

/// Why a certificate was not issued again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotRenewed {
    /// The store, the CA or the key.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// No CA of the store issued it.
    #[error("`{name}` was not issued by a CA of this store")]
    Foreign {
        /// The identity's name.
        name: String,
    },
    /// It says something that cannot be issued again.
    #[error("`{name}` cannot be issued again as it is: {source}")]
    Unlike {
        /// The identity's name.
        name: String,
        /// What.
        source: RenewError,
    },
    /// It was issued just now.
    #[error("`{name}` was issued at {last}, and is left alone until {until}")]
    Held {
        /// The identity's name.
        name: String,
        /// When it was issued.
        last: String,
        /// Until when it is left alone.
        until: String,
    },
}

impl NotRenewed {
    /// Whether somebody else has changed the identity since it was read.
    pub fn is_raced(&self) -> bool {
        matches!(self, Self::Stored(StoredError::Store(store::Error::Changed { .. })))
    }
}

/// How an identity of the store stands.
pub fn standing(identity: &Identity, now: Timestamp) -> Standing {
    let lot = identity.chain.first().map(Vec::as_slice).unwrap_or_default();
    Standing::of(identity.not_before, identity.not_after, lot, now)
}

/// Issues the certificate of `old` again and puts it in its place, in one change of the store. `reason` stands in the
/// history.
///
/// # Errors
/// It was issued just now, no CA of the store issued it or that cannot issue it again, it says something that would be
/// lost, or the store failed. Nothing was changed then.
pub fn renew(
    store: &dyn Store,
    old: Identity,
    terms: Terms,
    reason: &str,
    now: Timestamp,
) -> Result<Renewed, NotRenewed> {
    let name = || old.name.clone();
    if let (Some(until), false) = (held_until(old.created, now), terms.force) {
        let time = |time: Timestamp| time.strftime("%F %H:%M UTC").to_string();
        return Err(NotRenewed::Held { name: name(), last: time(old.created), until: time(until) });
    }
    let authority = old.authority.clone().ok_or_else(|| NotRenewed::Foreign { name: name() })?;
    let issuer = issuer(store, &authority)?;
    let key = match terms.kept {
        Kept::Key => key_of(&old)?,
        Kept::Nothing(algorithm) => fresh_key(&old, algorithm)?,
    };
    let validity = validity(&old, terms.days, now).and_then(|validity| validity.within(issuer.validity()));
    let validity = validity.map_err(StoredError::from)?;
    let serial = Serial::random().map_err(StoredError::from)?;
    let leaf = old.chain.first().map(Vec::as_slice).unwrap_or_default();
    let template = Template::renewing(leaf, key.algorithm(), validity, serial.clone())
        .map_err(|source| NotRenewed::Unlike { name: name(), source })?;
    let der = issuer.issue(&template, key.public()).map_err(StoredError::from)?;

    let new = Identity {
        name: old.name.clone(),
        names: old.names.clone(),
        chain: std::iter::once(&der).chain(issuer.chain_to_send()).map(|der| der.to_vec()).collect(),
        key: Some(key.to_pkcs8().clone()),
        authority: Some(authority.clone()),
        not_before: validity.not_before(),
        not_after: validity.not_after(),
        created: now,
    };
    let change =
        Change::new(reason).record_issued(issued_row(&authority, &template, &der)).replace_identity(&old, new.clone());
    store.apply(change).map_err(StoredError::from)?;
    Ok(Renewed { old, new, serial })
}

/// A new key of the kind that is wanted, or that it has.
fn fresh_key(old: &Identity, algorithm: Option<Algorithm>) -> Result<PrivateKey, StoredError> {
    let algorithm = match algorithm {
        Some(algorithm) => algorithm,
        None => key_of(old)?.algorithm(),
    };
    PrivateKey::generate(algorithm).map_err(|source| StoredError::Key { name: old.name.clone(), source })
}

/// As long as before, or so many days.
fn validity(old: &Identity, days: Option<u32>, now: Timestamp) -> Result<Validity, crate::certificate::ValidityError> {
    match days {
        Some(days) => Validity::days(now, days),
        None => {
            let before = Validity::between(old.not_before, old.not_after)?;
            before.beginning(now)
        }
    }
}
