//! The identities of a server as they are told.

use super::{Certificate, Unusable};
use crate::identities::IdentityStatus;

impl From<IdentityStatus> for Certificate {
    fn from(identity: IdentityStatus) -> Self {
        Self {
            names: identity.names,
            issuer: identity.issuer,
            serial: identity.serial,
            key: identity.key,
            not_before: Some(identity.not_before),
            not_after: identity.not_after,
            source: identity.source,
            served: identity.fingerprint,
            on_disk: identity.fingerprint_on_disk,
            warnings: identity.warnings,
        }
    }
}

impl From<IdentityStatus> for Unusable {
    fn from(identity: IdentityStatus) -> Self {
        Self { source: identity.source, problem: identity.problem.unwrap_or_default() }
    }
}
