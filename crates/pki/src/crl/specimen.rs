//! Lists for tests.

use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, OctetString, UtcTime};
use der::{Decode as _, Encode};
use jiff::Timestamp;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, CrlReason};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use super::Crl;
use crate::authority::Issuer;
use crate::certificate::Parsed;

/// What a list says; the default is empty and holds for a week.
pub(crate) struct List {
    pub(crate) revoked: Vec<(Vec<u8>, Option<CrlReason>)>,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    pub(crate) version: Version,
    pub(crate) extensions: Vec<Extension>,
}

impl Default for List {
    fn default() -> Self {
        Self {
            revoked: Vec::new(),
            this_update: "2026-11-20T00:00:00Z",
            next_update: Some("2026-11-27T00:00:00Z"),
            version: Version::V2,
            extensions: Vec::new(),
        }
    }
}

impl List {
    /// One that revokes these certificates.
    pub(crate) fn revoking(certificates: &[&[u8]]) -> Self {
        let serial = |der: &&[u8]| Parsed::from_der(der).unwrap().x509.tbs_certificate.raw_serial().to_vec();
        let revoked = certificates.iter().map(|der| (serial(der), Some(CrlReason::KeyCompromise)));
        Self { revoked: revoked.collect(), ..Self::default() }
    }

    /// The same, with the identifier of its signer's key.
    pub(crate) fn with_key_id(mut self, issuer: &Issuer) -> Self {
        let key_identifier = Some(OctetString::new(issuer.key().public().key_id().as_slice()).unwrap());
        let authority = AuthorityKeyIdentifier { key_identifier, ..Default::default() };
        self.extensions.push(extension(AuthorityKeyIdentifier::OID, false, &authority));
        self
    }

    pub(crate) fn signed_by(&self, issuer: &Issuer) -> Vec<u8> {
        let certificate = Parsed::from_der(&issuer.chain()[0]).unwrap();
        let algorithm = issuer.key().algorithm().signature_identifier();
        let revoked = self.revoked.iter().map(entry).collect::<Vec<_>>();
        let to_be_signed = TbsCertList {
            version: self.version,
            signature: algorithm.clone(),
            issuer: Name::from_der(certificate.subject()).unwrap(),
            this_update: time(self.this_update),
            next_update: self.next_update.map(time),
            revoked_certificates: (!revoked.is_empty()).then_some(revoked),
            crl_extensions: (!self.extensions.is_empty()).then(|| self.extensions.clone()),
        };
        let signature = issuer.key().sign(&to_be_signed.to_der().unwrap()).unwrap();
        let signature = BitString::from_bytes(&signature).unwrap();
        let list: CertificateList =
            CertificateList { tbs_cert_list: to_be_signed, signature_algorithm: algorithm, signature };
        list.to_der().unwrap()
    }

    pub(crate) fn crl(&self, issuer: &Issuer) -> Crl {
        Crl::from_der(self.signed_by(issuer), "test.crl").unwrap()
    }
}

pub(crate) fn extension(oid: ObjectIdentifier, critical: bool, value: &impl Encode) -> Extension {
    Extension { extn_id: oid, critical, extn_value: OctetString::new(value.to_der().unwrap()).unwrap() }
}

fn entry((serial, reason): &(Vec<u8>, Option<CrlReason>)) -> RevokedCert {
    let reason = reason.map(|reason| vec![extension(CrlReason::OID, false, &reason)]);
    RevokedCert {
        serial_number: SerialNumber::new(serial).unwrap(),
        revocation_date: time("2026-11-19T08:30:00Z"),
        crl_entry_extensions: reason,
    }
}

fn time(text: &str) -> Time {
    let seconds = text.parse::<Timestamp>().unwrap().as_second();
    Time::UtcTime(UtcTime::from_unix_duration(std::time::Duration::from_secs(seconds.cast_unsigned())).unwrap())
}
