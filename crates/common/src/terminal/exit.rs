//! The exit codes of every program, stable, and repeated in the JSON.

use std::process::ExitCode;

use serde::Serialize;

/// What a command ends with. The numbers are part of the contract and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// It holds.
    Success = 0,
    /// The answer is no: a damaged backup, keys that do not match.
    No = 1,
    /// Usage, configuration or unreadable input.
    Usage = 2,
    /// The surroundings failed: the file system, the database, a port in use.
    Environment = 3,
    /// The name could not be resolved.
    Resolution = 10,
    /// No connection could be made.
    Connect = 11,
    /// The peer does not speak TLS.
    NotTls = 12,
    /// STARTTLS was refused.
    StartTls = 13,
    /// The peer sent a fatal alert.
    Alert = 20,
    /// Nothing in common: version, suite, group, signature, ALPN.
    NothingInCommon = 21,
    /// A deadline passed.
    Deadline = 22,
    /// Unknown issuer or missing intermediate.
    UnknownIssuer = 31,
    /// Expired or not yet valid.
    Validity = 32,
    /// The name does not match.
    NameMismatch = 33,
    /// Purpose, constraint, or too weak.
    Unsuitable = 34,
    /// Revoked.
    Revoked = 35,
    /// Revocation unknown where it is required.
    RevocationUnknown = 36,
    /// A pin or an identity rule said no.
    Identity = 37,
    /// Our own certificate is required or was rejected.
    OwnCertificate = 40,
    /// Below the policy asked for.
    Policy = 50,
    /// Expires within the threshold.
    Expiring = 51,
    /// The stream was cut off without close_notify.
    Truncated = 60,
}

impl Exit {
    /// The number the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Serialize for Exit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}
