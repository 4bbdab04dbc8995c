//! What the things in a PKCS#12 file are called: content types, bags and attributes, as the bytes of their OIDs.

/// 1.2.840.113549.1.7.1
pub(super) const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// 1.2.840.113549.1.7.2
pub(super) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// 1.2.840.113549.1.7.6
pub(super) const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];

/// 1.2.840.113549.1.12.10.1, of which each bag is a member.
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];

/// 1.2.840.113549.1.9.22.1
pub(super) const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
/// 1.2.840.113549.1.9.23.1
pub(super) const X509_CRL: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 23, 1];
/// 1.2.840.113549.1.9.20
pub(super) const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
/// 1.2.840.113549.1.9.21
pub(super) const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
/// 2.16.840.1.113894.746875.1.1: without it Java takes no certificate of a file for trusted.
pub(super) const TRUSTED_KEY_USAGE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1];
/// 2.5.29.37.0
pub(super) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0];

/// The bags of RFC 7292 section 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bag {
    Key = 1,
    ShroudedKey = 2,
    Certificate = 3,
    Crl = 4,
    Secret = 5,
    Nested = 6,
}

impl Bag {
    pub(super) fn from_oid(oid: &[u8]) -> Option<Self> {
        Some(match oid.strip_prefix(BAGS)? {
            [1] => Self::Key,
            [2] => Self::ShroudedKey,
            [3] => Self::Certificate,
            [4] => Self::Crl,
            [5] => Self::Secret,
            [6] => Self::Nested,
            _ => return None,
        })
    }

    pub(super) fn oid(self) -> Vec<u8> {
        [BAGS, &[self as u8]].concat()
    }
}
