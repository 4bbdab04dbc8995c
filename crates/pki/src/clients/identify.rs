//! Who a client is.

use common::facts::ClientIdentity;

use crate::certificate::{Inspected, ParseError};

/// Who the client of this certificate is. Whether to believe it is the verifier's business.
///
/// # Errors
/// The bytes are no certificate, or more than one.
pub fn identify(leaf: &[u8]) -> Result<ClientIdentity, ParseError> {
    Ok(identity_of(&Inspected::from_der(leaf)?))
}

pub(crate) fn identity_of(leaf: &Inspected) -> ClientIdentity {
    ClientIdentity {
        subject: leaf.subject.text.clone(),
        issuer: leaf.issuer.text.clone(),
        common_name: leaf.subject.common_name.clone(),
        organizational_units: leaf.subject.organizational_units.clone(),
        dns: leaf.names.dns.clone(),
        uris: leaf.names.uri.clone(),
        emails: leaf.names.email.clone(),
        addresses: leaf.names.ip.clone(),
        serial: leaf.serial.clone(),
        fingerprint: leaf.fingerprint.clone(),
        pin: leaf.pin.clone(),
        not_after: leaf.not_after,
    }
}
