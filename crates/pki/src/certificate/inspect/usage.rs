//! What a certificate may be used for: keyUsage and extendedKeyUsage (RFC 5280 sections 4.2.1.3 and 4.2.1.12).

use std::fmt;

use serde::{Serialize, Serializer};
use x509_parser::extensions::{ExtendedKeyUsage, KeyUsage};

/// One bit of keyUsage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// `digitalSignature`: what a TLS handshake needs.
    DigitalSignature,
    /// `nonRepudiation`, now called contentCommitment.
    NonRepudiation,
    /// `keyEncipherment`: RSA key exchange, which is gone.
    KeyEncipherment,
    /// `dataEncipherment`.
    DataEncipherment,
    /// `keyAgreement`.
    KeyAgreement,
    /// `keyCertSign`: to issue certificates.
    KeyCertSign,
    /// `cRLSign`: to sign revocation lists.
    CrlSign,
    /// `encipherOnly`.
    EncipherOnly,
    /// `decipherOnly`.
    DecipherOnly,
}

impl Usage {
    const ALL: [(Self, &'static str); 9] = [
        (Self::DigitalSignature, "digitalSignature"),
        (Self::NonRepudiation, "nonRepudiation"),
        (Self::KeyEncipherment, "keyEncipherment"),
        (Self::DataEncipherment, "dataEncipherment"),
        (Self::KeyAgreement, "keyAgreement"),
        (Self::KeyCertSign, "keyCertSign"),
        (Self::CrlSign, "cRLSign"),
        (Self::EncipherOnly, "encipherOnly"),
        (Self::DecipherOnly, "decipherOnly"),
    ];

    /// What the standard calls a bit.
    pub(super) fn name_of(bit: usize) -> Option<&'static str> {
        Self::ALL.get(bit).map(|(_, name)| *name)
    }

    /// The bits that are set, in the order of the standard.
    pub(crate) fn of(usage: KeyUsage) -> Vec<Self> {
        let set = Self::ALL.iter().enumerate().filter(|(bit, _)| usage.flags >> bit & 1 == 1);
        set.map(|(_, (usage, _))| *usage).collect()
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL[*self as usize].1)
    }
}

/// One purpose of extendedKeyUsage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// `anyExtendedKeyUsage`.
    Any,
    /// `serverAuth`.
    ServerAuth,
    /// `clientAuth`.
    ClientAuth,
    /// `codeSigning`.
    CodeSigning,
    /// `emailProtection`.
    EmailProtection,
    /// `timeStamping`.
    TimeStamping,
    /// `OCSPSigning`.
    OcspSigning,
    /// Another, by its OID.
    Other(String),
}

impl Purpose {
    pub(crate) fn of(usage: &ExtendedKeyUsage<'_>) -> Vec<Self> {
        let known = [
            (usage.any, Self::Any),
            (usage.server_auth, Self::ServerAuth),
            (usage.client_auth, Self::ClientAuth),
            (usage.code_signing, Self::CodeSigning),
            (usage.email_protection, Self::EmailProtection),
            (usage.time_stamping, Self::TimeStamping),
            (usage.ocsp_signing, Self::OcspSigning),
        ];
        let known = known.into_iter().filter(|(set, _)| *set).map(|(_, purpose)| purpose);
        known.chain(usage.other.iter().map(|oid| Self::Other(oid.to_id_string()))).collect()
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "anyExtendedKeyUsage",
            Self::ServerAuth => "serverAuth",
            Self::ClientAuth => "clientAuth",
            Self::CodeSigning => "codeSigning",
            Self::EmailProtection => "emailProtection",
            Self::TimeStamping => "timeStamping",
            Self::OcspSigning => "OCSPSigning",
            Self::Other(oid) => oid,
        })
    }
}

impl Serialize for Purpose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
