//! Leaves that the store's CAs issue and the store keeps.

use common::context::{Identity, Provider};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use store::{Issued, Store};

use super::authority::private_key;
use super::{StoredError, issued_row};
use crate::authority::{Issuer, Serial};
use crate::certificate::{Profile, Role, Template, Validity};
use crate::key::PrivateKey;
use crate::request::Spec;

/// The identity of that name, its chain and key checked as one.
///
/// # Errors
/// There is none, its key is kept elsewhere, or chain and key do not match.
pub fn identity(store: &dyn Store, name: &str, provider: Provider) -> Result<Identity, StoredError> {
    let row = store.identity(name)?.ok_or_else(|| StoredError::NoIdentity { name: name.to_owned() })?;
    let key = private_key(name, row.key.as_ref())?;
    let chain = row.chain.into_iter().map(CertificateDer::from).collect();
    Ok(Identity::from_der(&format!("store:{name}"), chain, key.to_rustls(), provider)?)
}

/// The private key of an identity of the store.
///
/// # Errors
/// It is kept elsewhere, or cannot be used.
pub fn key_of(identity: &store::Identity) -> Result<PrivateKey, StoredError> {
    private_key(&identity.name, identity.key.as_ref())
}

/// What a leaf is to be, and who issues it.
#[derive(Debug)]
pub struct LeafPlan<'a> {
    /// The name it is kept under.
    pub name: &'a str,
    /// The store's name of its issuer.
    pub authority: &'a str,
    /// The issuer.
    pub issuer: &'a Issuer,
    /// The subject and the names.
    pub spec: &'a Spec,
    /// What it is for.
    pub profile: Profile,
    /// From when until when; cut to the issuer's dates.
    pub validity: Validity,
}

/// A leaf that was issued, as the rows that keep it.
#[derive(Debug)]
pub struct IssuedLeaf {
    /// The identity.
    pub identity: store::Identity,
    /// The line in the issuer's book.
    pub issued: Issued,
    /// Its serial number.
    pub serial: Serial,
}

/// Issues a leaf for `key`. Nothing is stored yet.
///
/// # Errors
/// The issuer's policy objects, its dates leave none for the leaf, or signing failed.
pub fn issue_leaf(plan: &LeafPlan<'_>, key: &PrivateKey, now: Timestamp) -> Result<IssuedLeaf, StoredError> {
    let validity = plan.validity.within(plan.issuer.validity())?;
    let serial = Serial::random()?;
    let template = Template::new(plan.spec, Role::Leaf(plan.profile), validity, serial.clone())?;
    let leaf = plan.issuer.issue(&template, key.public())?;
    let names: Vec<String> = plan.spec.names.iter().map(ToString::to_string).collect();
    let issued = issued_row(plan.authority, &template, &leaf);
    let identity = store::Identity {
        name: plan.name.to_owned(),
        names,
        chain: std::iter::once(&leaf).chain(plan.issuer.chain_to_send()).map(|der| der.to_vec()).collect(),
        key: Some(key.to_pkcs8().clone()),
        authority: Some(plan.authority.to_owned()),
        not_before: validity.not_before(),
        not_after: validity.not_after(),
        created: now,
    };
    Ok(IssuedLeaf { identity, issued, serial })
}
