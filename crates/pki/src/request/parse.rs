//! A request that comes from somebody else: read, and its proof of possession checked.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use webpki::RawPublicKeyEntity;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{ParsedExtension, SubjectAlternativeName};
use x509_parser::prelude::FromDer;

use super::{DistinguishedName, SubjectAltName};
use crate::certificate::{Name, Names, SignatureAlgorithm, word};
use crate::key::{Algorithm, PublicKey};

/// The bytes are no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a certificate request that can be read: {0}")]
pub struct RequestParseError(String);

/// Why a request does not prove that its sender holds the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PossessionError {
    /// The signature is not that of the key in the request.
    #[error("its signature was not made with the key it asks a certificate for, or it was changed since")]
    Signature,
    /// The signature is made in a way that is not checked here.
    #[error("its signature is made with {algorithm}, which is not checked here")]
    Unsupported {
        /// The way, by name or OID.
        algorithm: String,
    },
    /// No certificate is issued for such a key, and its signatures are not checked.
    #[error("no certificate is issued for its kind of key: {kind}")]
    UnsupportedKey {
        /// The kind.
        kind: String,
    },
    /// The key can be broken, so that its signature proves nothing.
    #[error("its key is too weak to prove anything: RSA with {bits} bits; the least is 2048")]
    WeakKey {
        /// Its size.
        bits: u32,
    },
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
    /// Whether it asks to be a CA.
    pub asks_for_authority: bool,
    /// The key.
    pub key: PublicKey,
    signature_algorithm: String,
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
            asks_for_authority: false,
            signature_algorithm: SignatureAlgorithm::of(&parsed.signature_algorithm).name,
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
                match extension.parsed_extension() {
                    ParsedExtension::SubjectAlternativeName(names) => self.read_names(names),
                    ParsedExtension::BasicConstraints(basic) => self.asks_for_authority |= basic.ca,
                    _ => {}
                }
                let oid = extension.oid.to_id_string();
                let name = word(&oid).map_or_else(|| oid.clone(), str::to_owned);
                self.extensions.push(RequestedExtension { name, oid, critical: extension.critical });
            }
        }
    }

    fn read_names(&mut self, names: &SubjectAlternativeName<'_>) {
        for name in &names.general_names {
            self.all_names.add(name);
            match SubjectAltName::from_parsed(name) {
                Some(name) => self.names.push(name),
                None => self.left_out.add(name),
            }
        }
    }

    /// Checks that the sender holds the private key (RFC 2986 section 3).
    ///
    /// # Errors
    /// The signature is wrong or of a kind that is not checked, or the key is weak or of a kind that is not certified.
    pub fn prove(self) -> Result<Proven, PossessionError> {
        self.check_possession().map(|()| Proven(self))
    }

    /// As [`Self::prove`], for showing what was found.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn check_possession(&self) -> Result<(), PossessionError> {
        match self.key.algorithm() {
            None => return Err(PossessionError::UnsupportedKey { kind: self.key.title() }),
            Some(Algorithm::Rsa(bits)) if bits < 2048 => return Err(PossessionError::WeakKey { bits }),
            Some(_) => {}
        }
        let unsupported = || PossessionError::Unsupported { algorithm: self.signature_algorithm.clone() };
        let outer = Outer::from_der(&self.der).map_err(|_| unsupported())?;
        let message = outer.info.to_der().map_err(|_| unsupported())?;
        let spki = SubjectPublicKeyInfoDer::from(self.key.spki());
        let key = RawPublicKeyEntity::try_from(&spki).map_err(|_| unsupported())?;
        let mut verdict = unsupported();
        let named = |a: &&&dyn rustls_pki_types::SignatureVerificationAlgorithm| {
            a.signature_alg_id().as_ref() == outer.algorithm.value()
        };
        // From the last one: those of AWS-LC stand behind ring's, and are the faster ones.
        for algorithm in webpki::ALL_VERIFICATION_ALGS.iter().rev().filter(named) {
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

#[cfg(test)]
mod tests {
    use super::super::{Spec, build};
    use super::*;
    use crate::key::PrivateKey;

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

    #[test]
    fn what_proves_nothing_says_which_key_or_signature_it_is() {
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        let good = build(&Spec::new(&["good.example"], None, None).unwrap(), &key).unwrap();
        let changed = |from: &[u8], to: &[u8]| {
            let mut der = good.clone();
            while let Some(at) = der.windows(from.len()).position(|window| window == from) {
                der[at..at + to.len()].copy_from_slice(to);
            }
            Request::from_der(&der).unwrap().check_possession().unwrap_err().to_string()
        };
        // ecdsa-with-SHA256 becomes ecdsa-with-SHA224, and prime256v1 a curve that there is not.
        let (sha256, sha224) = (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", b"\x2a\x86\x48\xce\x3d\x04\x03\x01");
        assert!(changed(sha256, sha224).contains("ecdsa-with-SHA224"));
        let (prime, other) = (b"\x2a\x86\x48\xce\x3d\x03\x01\x07", b"\x2a\x86\x48\xce\x3d\x03\x01\x06");
        assert!(changed(prime, other).contains("kind of key"));
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
