//! A request that comes from somebody else: read, and its proof of possession checked.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use webpki::RawPublicKeyEntity;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::{DistinguishedName, SubjectAltName};
use crate::certificate::{Name, Names};
use crate::key::PublicKey;

/// The bytes are no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a certificate request that can be read: {0}")]
pub struct RequestParseError(String);

/// Why a request does not prove that its sender holds the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PossessionError {
    /// The signature is not that of the key in the request.
    #[error("its signature was not made with the key it asks a certificate for, or it was changed since")]
    Signature,
    /// The signature cannot be checked here.
    #[error("its signature is of a kind that cannot be checked here, or its key too weak")]
    Unsupported,
}

/// An extension that the request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedExtension {
    /// What it is, by OID.
    pub oid: String,
    /// What it is, in words.
    pub name: String,
    /// Whether it asks for it to be critical.
    pub critical: bool,
}

/// A request as it was sent. Nothing in it is believed yet.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose certificate it is to be, byte for byte.
    pub subject: DistinguishedName,
    /// The same for people.
    pub subject_name: Name,
    /// The names asked for that a certificate of ours can have.
    pub names: Vec<SubjectAltName>,
    /// The names asked for, all of them, for people.
    pub all_names: Names,
    /// Those of them that no certificate of ours can have.
    pub left_out: Names,
    /// The extensions asked for, the names included.
    pub extensions: Vec<RequestedExtension>,
    /// The key.
    pub key: PublicKey,
    der: Vec<u8>,
}

/// A request whose signature was made with its own key.
#[derive(Debug, Clone)]
pub struct Proven(Request);

#[derive(der::Sequence)]
struct Outer<'a> {
    info: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

impl Request {
    /// Reads a request. Any bytes give a value or an error.
    ///
    /// # Errors
    /// The bytes are no request, or there is more after it.
    pub fn from_der(der: &[u8]) -> Result<Self, RequestParseError> {
        let failed = |error: &dyn std::fmt::Display| RequestParseError(error.to_string());
        let (rest, parsed) = X509CertificationRequest::from_der(der).map_err(|error| failed(&error))?;
        if !rest.is_empty() {
            return Err(RequestParseError(format!("{} more bytes follow it", rest.len())));
        }
        let info = &parsed.certification_request_info;
        let mut request = Self {
            subject: DistinguishedName::from_der(info.subject.as_raw()),
            subject_name: Name::of(&info.subject),
            names: Vec::new(),
            all_names: Names::default(),
            left_out: Names::default(),
            extensions: Vec::new(),
            key: PublicKey::from_spki(info.subject_pki.raw).map_err(|error| failed(&error))?,
            der: der.to_vec(),
        };
        request.read_extensions(&parsed);
        Ok(request)
    }

    fn read_extensions(&mut self, parsed: &X509CertificationRequest<'_>) {
        for attribute in parsed.certification_request_info.iter_attributes() {
            let x509_parser::cri_attributes::ParsedCriAttribute::ExtensionRequest(asked) = attribute.parsed_attribute()
            else {
                continue;
            };
            for extension in &asked.extensions {
                if let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() {
                    for name in &names.general_names {
                        self.all_names.add(name);
                        match SubjectAltName::from_parsed(name) {
                            Some(name) => self.names.push(name),
                            None => self.left_out.add(name),
                        }
                    }
                }
                let oid = extension.oid.to_id_string();
                let name = const_oid::ObjectIdentifier::new(&oid).ok();
                let name = name.and_then(|oid| const_oid::db::DB.by_oid(&oid));
                self.extensions.push(RequestedExtension {
                    name: name.map_or_else(|| oid.clone(), word),
                    oid,
                    critical: extension.critical,
                });
            }
        }
    }

    /// Checks that the sender holds the private key (RFC 2986 section 3).
    ///
    /// # Errors
    /// The signature is wrong, or of a kind that cannot be checked.
    pub fn prove(self) -> Result<Proven, PossessionError> {
        self.check_possession().map(|()| Proven(self))
    }

    /// As [`Self::prove`], for showing what was found.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn check_possession(&self) -> Result<(), PossessionError> {
        let outer = Outer::from_der(&self.der).map_err(|_| PossessionError::Unsupported)?;
        let message = outer.info.to_der().map_err(|_| PossessionError::Unsupported)?;
        let spki = SubjectPublicKeyInfoDer::from(self.key.spki());
        let key = RawPublicKeyEntity::try_from(&spki).map_err(|_| PossessionError::Unsupported)?;
        let mut verdict = PossessionError::Unsupported;
        let named = |a: &&&dyn rustls_pki_types::SignatureVerificationAlgorithm| {
            a.signature_alg_id().as_ref() == outer.algorithm.value()
        };
        for algorithm in webpki::ALL_VERIFICATION_ALGS.iter().filter(named) {
            match key.verify_signature(*algorithm, &message, outer.signature.raw_bytes()) {
                Ok(()) => return Ok(()),
                Err(webpki::Error::InvalidSignatureForPublicKey) => verdict = PossessionError::Signature,
                // The same signature algorithm exists once for each kind of key.
                Err(_) => {}
            }
        }
        Err(verdict)
    }

    /// The request as it was sent.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

impl std::ops::Deref for Proven {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.0
    }
}

/// `id-ce-subjectAltName` as RFC 5280 calls it in its text: `subjectAltName`.
fn word(name: &str) -> String {
    let bare = name.strip_prefix("id-ce-").or_else(|| name.strip_prefix("id-pe-")).unwrap_or(name);
    bare.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Spec, build};
    use super::*;
    use crate::key::{Algorithm, PrivateKey};

    #[test]
    fn every_kind_of_key_builds_a_request_that_proves_itself_and_says_what_was_asked() {
        let asked = ["host.example", "*.host.example", "10.0.0.1", "::1", "joe@host.example", "spiffe://a/b"];
        let spec = Spec::new(&asked, Some("/DC=org/DC=example/OU=a/OU=b/CN=host"), None).unwrap();
        for name in Algorithm::NAMES {
            let key = PrivateKey::generate(name.parse().unwrap()).unwrap();
            let request = Request::from_der(&build(&spec, &key).unwrap()).unwrap().prove().unwrap();
            assert_eq!(request.names, spec.names);
            assert_eq!(request.subject, spec.subject.to_name().unwrap());
            assert_eq!(request.key, *key.public(), "{name}");
        }
    }

    #[test]
    fn a_request_that_was_changed_proves_nothing() {
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        let spec = Spec::new(&["good.example"], None, None).unwrap();
        let mut der = build(&spec, &key).unwrap();
        let at = der.windows(4).position(|window| window == b"good").unwrap();
        der[at..at + 4].copy_from_slice(b"evil");
        let request = Request::from_der(&der).unwrap();
        assert_eq!(request.check_possession(), Err(PossessionError::Signature));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_give_a_request_or_an_error(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = Request::from_der(&bytes).map(|request| request.check_possession());
        }

        #[test]
        fn a_damaged_request_gives_a_request_or_an_error(at in 0_usize..300, byte in proptest::num::u8::ANY) {
            static GOOD: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
                let spec = Spec::new(&["good.example", "10.0.0.1"], None, None).unwrap();
                build(&spec, &PrivateKey::generate(Algorithm::P256).unwrap()).unwrap()
            });
            let mut der = GOOD.clone();
            let at = at % der.len();
            der[at] = byte;
            let _ = Request::from_der(&der).map(|request| request.check_possession());
        }
    }
}
