//! A request for a CA whose certificate is signed elsewhere: by a root that is kept offline, or by another CA.

use der::asn1::{BitString, SetOfVec};
use der::{Decode, Encode};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};

use crate::key::PrivateKey;
use crate::request::{DistinguishedName, RequestError};

/// Builds a request in which `key` asks to be a CA of that name. What a CA is stands in the request for those issuers
/// that go by it; ours decides by its profile.
///
/// # Errors
/// The name cannot be encoded, or the key did not sign.
pub fn request(subject: &DistinguishedName, key: &PrivateKey) -> Result<Vec<u8>, RequestError> {
    let subject = Name::from_der(subject.as_der())?;
    let usages = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    let basic = (true, &BasicConstraints { ca: true, path_len_constraint: None }).to_extension(&subject, &[])?;
    let usages = (&usages).to_extension(&subject, &[])?;
    let mut attributes = SetOfVec::new();
    attributes.insert(ExtensionReq(vec![basic, usages]).try_into()?)?;
    let public_key = SubjectPublicKeyInfoOwned::from_der(key.public().spki())?;
    let info = CertReqInfo { version: Version::V1, subject, public_key, attributes };
    let signature = BitString::from_bytes(&key.sign(&info.to_der()?)?)?;
    Ok(CertReq { info, algorithm: key.algorithm().signature_identifier(), signature }.to_der()?)
}
