//! A certificate that signs itself and says exactly what a configuration has decided.

use der::Encode;
use rustls_pki_types::CertificateDer;

use super::{IssueError, Validity};
use crate::authority::Serial;
use crate::key::{Digest, PrivateKey};
use crate::request::encode::{BIT_STRING, INTEGER, SEQUENCE, context, element, joined, sequence, unsigned};
use crate::request::openssl_cnf::CertificateParts;

/// Version 3 (RFC 5280 section 4.1.2.1).
const V3: u8 = 2;

/// Signs `parts` with the very key that they are about, over `digest` where the key takes any. What the extensions
/// allow is the configuration's to say: nothing is added to them and nothing is checked.
///
/// # Errors
/// Something cannot be encoded, or the key did not sign.
pub fn self_sign_parts(
    parts: &CertificateParts,
    validity: Validity,
    serial: &Serial,
    digest: Option<Digest>,
    key: &PrivateKey,
) -> Result<CertificateDer<'static>, IssueError> {
    let extensions = parts.extensions.as_deref().unwrap_or_default();
    let mut fields = vec![
        element(context(0, true), &unsigned(INTEGER, &[V3])),
        unsigned(INTEGER, serial.as_bytes()),
        key.signature_identifier(digest).to_der()?,
        parts.subject.as_der().to_vec(),
        validity.encode()?.to_der()?,
        parts.subject.as_der().to_vec(),
        key.public().spki().to_vec(),
    ];
    if !extensions.is_empty() {
        let list = extensions.iter().map(Encode::to_der).collect::<der::Result<Vec<_>>>()?;
        fields.push(element(context(3, true), &joined(SEQUENCE, &list)));
    }
    let to_be_signed = sequence(&fields);
    let (algorithm, signature) = key.sign_over(&to_be_signed, digest)?;
    let signed = sequence(&[to_be_signed, algorithm.to_der()?, joined(BIT_STRING, &[&[0], &signature[..]])]);
    Ok(CertificateDer::from(signed))
}
