//! CAs out of the store and into it.

use common::Secret;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use store::Store;

use super::StoredError;
use crate::authority::Issuer;
use crate::key::PrivateKey;

/// The CA of that name, ready to issue.
///
/// # Errors
/// There is none, its key is kept elsewhere, or it cannot issue.
pub fn issuer(store: &dyn Store, name: &str) -> Result<Issuer, StoredError> {
    let row = store.authority(name)?.ok_or_else(|| StoredError::NoAuthority { name: name.to_owned() })?;
    issuer_of(row)
}

pub(super) fn issuer_of(row: store::Authority) -> Result<Issuer, StoredError> {
    let name = row.name;
    let key = private_key(&name, row.key.as_ref())?;
    let chain = row.chain.into_iter().map(CertificateDer::from).collect();
    Issuer::new(chain, key).map_err(|source| StoredError::Issuer { name, source })
}

/// The row that keeps `issuer` under `name`.
pub fn authority_row(name: &str, issuer: &Issuer, now: Timestamp) -> store::Authority {
    store::Authority {
        name: name.to_owned(),
        chain: issuer.chain().iter().map(|der| der.to_vec()).collect(),
        key: Some(issuer.key().to_pkcs8().clone()),
        created: now,
    }
}

pub(super) fn private_key(name: &str, key: Option<&Secret>) -> Result<PrivateKey, StoredError> {
    let key = key.ok_or_else(|| StoredError::NoKey { name: name.to_owned() })?;
    PrivateKey::from_pkcs8(key.expose()).map_err(|source| StoredError::Key { name: name.to_owned(), source })
}
