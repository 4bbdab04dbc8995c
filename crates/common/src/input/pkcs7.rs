//! PKCS#7 (RFC 5652 section 5): the certificates and CRLs of a `SignedData`, whose signature nobody asks about.

use super::tlv::{self, CONTEXT_0, CONTEXT_1, Elements, INTEGER, OID, SEQUENCE, SET};

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// What a bundle holds, in its order.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
}

/// Reads a bundle; none where it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Bundle> {
    let der = tlv::to_der(bytes);
    let mut content = Elements::inside(SEQUENCE, der.as_deref().map_or(bytes, Vec::as_slice))?;
    if content.expect(OID)? != SIGNED_DATA {
        return None;
    }
    let mut signed = content.enter(CONTEXT_0)?.enter(SEQUENCE)?;
    signed.expect(INTEGER)?;
    signed.expect(SET)?;
    signed.expect(SEQUENCE)?;
    Some(Bundle {
        certificates: signed.enter(CONTEXT_0).map(sequences).unwrap_or_default(),
        crls: signed.enter(CONTEXT_1).map(sequences).unwrap_or_default(),
    })
}

/// The members that are certificates or CRLs; the other choices have tags of their own.
fn sequences(mut members: Elements<'_>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((tag, whole)) = members.whole() {
        if tag == SEQUENCE {
            found.push(whole.to_vec());
        }
    }
    found
}
