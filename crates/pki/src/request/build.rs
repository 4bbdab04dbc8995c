//! A request built and signed.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::ID_EXTENSION_REQ;
use der::Encode;
use x509_cert::ext::pkix::SubjectAltName as AltNameExtension;
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;

use super::encode::{BIT_STRING, INTEGER, SET, context, joined, oid, sequence, set_of, unsigned};
use super::{DistinguishedName, Spec, SubjectAltName};
use crate::key::{Digest, KeyError, PrivateKey};

/// A request could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Something in it cannot be encoded.
    #[error("encoding the request failed")]
    Encode(#[from] der::Error),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What a request says beside its key, every byte of it decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Whose certificate it is to be.
    pub subject: DistinguishedName,
    /// The extensions that are asked for, in their order.
    pub extensions: Vec<Extension>,
    /// Anything else that the issuer is told, such as a challengePassword.
    pub attributes: Vec<RequestAttribute>,
    /// The hash that is signed over, where the key takes any.
    pub digest: Option<Digest>,
    /// What a person should know of it.
    pub notes: Vec<String>,
}

/// An attribute of a request (RFC 2985 section 5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAttribute {
    /// Which.
    pub oid: ObjectIdentifier,
    /// Its one value in DER.
    pub value: Vec<u8>,
}

/// Builds a request for `spec` and proves possession of `key` by signing it (RFC 2986). The names are asked
/// for in an extension request (RFC 2985 section 5.4.2).
///
/// # Errors
/// Something cannot be encoded, or the key did not sign.
pub fn build(spec: &Spec, key: &PrivateKey) -> Result<Vec<u8>, RequestError> {
    let mut extensions = Vec::new();
    if !spec.names.is_empty() {
        let names = spec.names.iter().map(SubjectAltName::to_general_name).collect::<der::Result<_>>()?;
        // RFC 5280 section 4.2.1.6: where nothing else says whose it is, the names must be understood.
        let critical = spec.subject.is_empty();
        extensions.push((critical, &AltNameExtension(names)).to_extension(&Name::default(), &[])?);
    }
    let subject = spec.subject.to_name()?;
    sign(&Contents { subject, extensions, attributes: Vec::new(), digest: None, notes: Vec::new() }, key)
}

/// Builds a request that says `contents`, and signs it.
///
/// # Errors
/// As [`build`].
pub fn sign(contents: &Contents, key: &PrivateKey) -> Result<Vec<u8>, RequestError> {
    let mut attributes = Vec::new();
    for attribute in &contents.attributes {
        attributes.push(sequence(&[oid(&attribute.oid), joined(SET, &[&attribute.value])]));
    }
    if !contents.extensions.is_empty() {
        attributes.push(sequence(&[oid(&ID_EXTENSION_REQ), joined(SET, &[contents.extensions.to_der()?])]));
    }
    // `CertificationRequestInfo` (RFC 2986 section 4.1); the attributes are there even where there are none.
    let info = sequence(&[
        &unsigned(INTEGER, &[0]),
        contents.subject.as_der(),
        key.public().spki(),
        &set_of(context(0, true), attributes),
    ]);
    let (algorithm, signature) = key.sign_over(&info, contents.digest)?;
    Ok(sequence(&[info, algorithm.to_der()?, joined(BIT_STRING, &[&[0], &signature[..]])]))
}
