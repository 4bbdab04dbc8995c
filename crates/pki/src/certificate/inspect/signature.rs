//! The algorithm of a certificate's signature, by the name people know.

use serde::Serialize;
use x509_parser::asn1_rs::{Oid, Sequence};
use x509_parser::der_parser::asn1_rs::FromDer;
use x509_parser::x509::AlgorithmIdentifier;

/// A signature algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureAlgorithm {
    /// `ecdsa-with-SHA256`, `sha256WithRSAEncryption`, …; what is not known is an OID.
    pub name: String,
    /// Whether its hash is broken: MD2, MD4, MD5 or SHA-1.
    pub broken: bool,
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl SignatureAlgorithm {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let oid = algorithm.algorithm.to_id_string();
        let (name, broken) = match oid.as_str() {
            "1.2.840.113549.1.1.2" => ("md2WithRSAEncryption", true),
            "1.2.840.113549.1.1.3" => ("md4WithRSAEncryption", true),
            "1.2.840.113549.1.1.4" => ("md5WithRSAEncryption", true),
            "1.2.840.113549.1.1.5" => ("sha1WithRSAEncryption", true),
            "1.2.840.113549.1.1.11" => ("sha256WithRSAEncryption", false),
            "1.2.840.113549.1.1.12" => ("sha384WithRSAEncryption", false),
            "1.2.840.113549.1.1.13" => ("sha512WithRSAEncryption", false),
            "1.2.840.113549.1.1.14" => ("sha224WithRSAEncryption", false),
            "1.2.840.113549.1.1.10" => return Self::pss(algorithm),
            "1.2.840.10045.4.1" => ("ecdsa-with-SHA1", true),
            "1.2.840.10045.4.3.1" => ("ecdsa-with-SHA224", false),
            "1.2.840.10045.4.3.2" => ("ecdsa-with-SHA256", false),
            "1.2.840.10045.4.3.3" => ("ecdsa-with-SHA384", false),
            "1.2.840.10045.4.3.4" => ("ecdsa-with-SHA512", false),
            "1.2.840.10040.4.3" => ("dsa-with-SHA1", true),
            "2.16.840.1.101.3.4.3.2" => ("dsa-with-SHA256", false),
            "1.3.101.112" => ("Ed25519", false),
            "1.3.101.113" => ("Ed448", false),
            "2.16.840.1.101.3.4.3.17" => ("ML-DSA-44", false),
            "2.16.840.1.101.3.4.3.18" => ("ML-DSA-65", false),
            "2.16.840.1.101.3.4.3.19" => ("ML-DSA-87", false),
            other => (other, false),
        };
        Self { name: name.to_owned(), broken }
    }

    /// RSASSA-PSS names its hash in `[0]`, and means SHA-1 where it does not (RFC 4055 section 3.1).
    fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let hash = algorithm.parameters.as_ref().and_then(|parameters| {
            let (_, tagged) = x509_parser::asn1_rs::Any::from_der(parameters.data).ok()?;
            if tagged.tag().0 != 0 {
                return None;
            }
            let (_, identifier) = Sequence::from_der(tagged.data).ok()?;
            let (_, oid) = Oid::from_der(&identifier.content).ok()?;
            Some(oid.to_id_string())
        });
        let (hash, broken) = match hash.as_deref() {
            None | Some("1.3.14.3.2.26") => ("SHA1", true),
            Some("2.16.840.1.101.3.4.2.1") => ("SHA256", false),
            Some("2.16.840.1.101.3.4.2.2") => ("SHA384", false),
            Some("2.16.840.1.101.3.4.2.3") => ("SHA512", false),
            Some(other) => (other, false),
        };
        Self { name: format!("rsassaPss with {hash}"), broken }
    }
}
