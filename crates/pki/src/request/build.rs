//! A request built and signed.

use der::asn1::{BitString, SetOfVec};
use der::{Decode, Encode};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::SubjectAltName as AltNameExtension;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};

use super::{Spec, SubjectAltName};
use crate::key::{KeyError, PrivateKey};

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

/// Builds a request for `spec` and proves possession of `key` by signing it (RFC 2986). The names are asked
/// for in an extension request (RFC 2985 section 5.4.2).
///
/// # Errors
/// Something cannot be encoded, or the key did not sign.
pub fn build(spec: &Spec, key: &PrivateKey) -> Result<Vec<u8>, RequestError> {
    let subject = Name::from_der(spec.subject.to_name()?.as_der())?;
    let mut attributes = SetOfVec::new();
    if !spec.names.is_empty() {
        let names = spec.names.iter().map(SubjectAltName::to_general_name).collect::<der::Result<_>>()?;
        let extension = (&AltNameExtension(names)).to_extension(&subject, &[])?;
        attributes.insert(ExtensionReq(vec![extension]).try_into()?)?;
    }
    let public_key = SubjectPublicKeyInfoOwned::from_der(key.public().spki())?;
    let info = CertReqInfo { version: Version::V1, subject, public_key, attributes };
    let signature = key.sign(&info.to_der()?)?;
    let algorithm = key.algorithm().signature_identifier();
    Ok(CertReq { info, algorithm, signature: BitString::from_bytes(&signature)? }.to_der()?)
}
