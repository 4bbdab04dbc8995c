//! What a leaf may be used for.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_CODE_SIGNING, ID_KP_EMAIL_PROTECTION, ID_KP_SERVER_AUTH};
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use crate::key::Algorithm;

/// What a leaf is for: its extendedKeyUsage, and what its key does in TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, clap::ValueEnum)]
pub enum Profile {
    /// A TLS server.
    #[default]
    Server,
    /// A TLS client.
    Client,
    /// Both, as services have that call each other.
    Peer,
    /// Programs that are signed.
    Code,
    /// Mail that is signed and encrypted (S/MIME).
    Email,
}

impl Profile {
    pub(super) fn purposes(self) -> Vec<ObjectIdentifier> {
        match self {
            Self::Server => vec![ID_KP_SERVER_AUTH],
            Self::Client => vec![ID_KP_CLIENT_AUTH],
            Self::Peer => vec![ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH],
            Self::Code => vec![ID_KP_CODE_SIGNING],
            Self::Email => vec![ID_KP_EMAIL_PROTECTION],
        }
    }

    /// TLS 1.3 and every suite with forward secrecy sign only. Old clients encrypt to a server's RSA key
    /// (RFC 5246 section 7.4.2), and mail is encrypted to its reader's (RFC 8550 section 4.4.2); with an elliptic curve
    /// there is nothing to encrypt to.
    pub(super) fn key_usage(self, algorithm: Option<Algorithm>) -> KeyUsage {
        let mut usages = KeyUsages::DigitalSignature.into();
        if !matches!(self, Self::Client | Self::Code) && algorithm.is_some_and(Algorithm::is_rsa) {
            usages |= KeyUsages::KeyEncipherment;
        }
        KeyUsage(usages)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Code => "code",
            Self::Email => "email",
        })
    }
}
