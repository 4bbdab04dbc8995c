//! Which extension is decoded by what, and what object identifiers are called.

use const_oid::ObjectIdentifier;
use const_oid::db::DB;

use super::super::detail::Detail;
use super::super::element::Unreadable;
use super::{
    access, constraints, distribution, identifiers, names, policies, revocation, transparency, usage, vendors,
};

type Decode = fn(&[u8]) -> Result<Detail, Unreadable>;

/// Every extension that is decoded here.
const KNOWN: &[(&str, &str, Decode)] = &[
    // RFC 5280 section 4.2, X.509.
    ("2.5.29.9", "subjectDirectoryAttributes", identifiers::directory_attributes),
    ("2.5.29.14", "subjectKeyIdentifier", identifiers::subject_key),
    ("2.5.29.15", "keyUsage", usage::key_usage),
    ("2.5.29.16", "privateKeyUsagePeriod", usage::private_key_period),
    ("2.5.29.17", "subjectAltName", names::alternative),
    ("2.5.29.18", "issuerAltName", names::alternative),
    ("2.5.29.19", "basicConstraints", constraints::basic),
    ("2.5.29.30", "nameConstraints", constraints::names),
    ("2.5.29.31", "cRLDistributionPoints", distribution::points),
    ("2.5.29.32", "certificatePolicies", policies::policies),
    ("2.5.29.33", "policyMappings", policies::mappings),
    ("2.5.29.35", "authorityKeyIdentifier", identifiers::authority_key),
    ("2.5.29.36", "policyConstraints", policies::constraints),
    ("2.5.29.37", "extendedKeyUsage", usage::extended),
    ("2.5.29.46", "freshestCRL", distribution::points),
    ("2.5.29.54", "inhibitAnyPolicy", policies::inhibit_any),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess", access::descriptions),
    ("1.3.6.1.5.5.7.1.11", "subjectInfoAccess", access::descriptions),
    // RFC 5280 sections 5.2 and 5.3: of CRLs and their entries.
    ("2.5.29.20", "cRLNumber", revocation::number),
    ("2.5.29.21", "reasonCode", revocation::reason_code),
    ("2.5.29.24", "invalidityDate", revocation::date),
    ("2.5.29.27", "deltaCRLIndicator", revocation::number),
    ("2.5.29.28", "issuingDistributionPoint", distribution::issuing),
    ("2.5.29.29", "certificateIssuer", names::alternative),
    ("2.5.29.60", "expiredCertsOnCRL", revocation::date),
    // What came after it.
    ("1.3.6.1.5.5.7.48.1.5", "ocspNoCheck", usage::presence), // RFC 6960 section 4.2.2.2.1
    ("1.3.6.1.5.5.7.1.24", "tlsFeature", usage::tls_feature), // RFC 7633
    ("2.5.29.56", "noRevAvail", usage::presence),             // RFC 9608
    ("1.3.6.1.5.5.7.1.3", "qcStatements", policies::qualified), // RFC 3739 section 3.2.6
    ("2.23.140.3.1", "cabfOrganizationIdentifier", identifiers::organization),
    ("1.2.840.113549.1.9.15", "smimeCapabilities", vendors::capabilities), // RFC 4262
    // RFC 6962 sections 3.1 and 3.3.
    ("1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestamps", transparency::timestamps),
    ("1.3.6.1.4.1.11129.2.4.3", "ctPoison", usage::presence),
    // Netscape's.
    ("2.16.840.1.113730.1.1", "nsCertType", vendors::netscape_type),
    ("2.16.840.1.113730.1.2", "nsBaseUrl", vendors::text),
    ("2.16.840.1.113730.1.3", "nsRevocationUrl", vendors::text),
    ("2.16.840.1.113730.1.4", "nsCaRevocationUrl", vendors::text),
    ("2.16.840.1.113730.1.7", "nsRenewalUrl", vendors::text),
    ("2.16.840.1.113730.1.8", "nsCaPolicyUrl", vendors::text),
    ("2.16.840.1.113730.1.12", "nsSslServerName", vendors::text),
    ("2.16.840.1.113730.1.13", "nsComment", vendors::text),
    // Microsoft's.
    ("1.3.6.1.4.1.311.20.2", "msCertificateTemplateName", vendors::text),
    ("1.3.6.1.4.1.311.21.1", "msCaVersion", revocation::number),
    ("1.3.6.1.4.1.311.21.2", "msPreviousCertificateHash", identifiers::subject_key),
    ("1.3.6.1.4.1.311.21.7", "msCertificateTemplate", vendors::template),
    ("1.3.6.1.4.1.311.21.10", "msApplicationPolicies", policies::policies),
    ("1.3.6.1.4.1.311.25.2", "msNtdsSecurity", vendors::security_identifier),
];

/// What else a certificate names by an object identifier, where the database has no name for it.
const WORDS: &[(&str, &str)] = &[
    ("2.5.29.32.0", "anyPolicy"),
    ("2.5.29.37.0", "anyExtendedKeyUsage"),
    ("1.3.6.1.5.5.7.3.17", "ipsecIKE"),
    ("1.3.6.1.5.5.7.3.21", "sshClient"),
    ("1.3.6.1.5.5.7.3.22", "sshServer"),
    ("1.3.6.1.5.5.7.3.36", "documentSigning"),
    ("1.3.6.1.4.1.311.10.3.4", "msEncryptingFileSystem"),
    ("1.3.6.1.4.1.311.10.3.12", "msDocumentSigning"),
    ("1.3.6.1.4.1.311.20.2.2", "msSmartcardLogon"),
    ("1.3.6.1.4.1.311.20.2.3", "userPrincipalName"),
    ("1.3.6.1.5.5.7.9.1", "dateOfBirth"),
    ("1.3.6.1.5.5.7.9.2", "placeOfBirth"),
    ("1.3.6.1.5.5.7.9.3", "gender"),
    ("1.3.6.1.5.5.7.9.4", "countryOfCitizenship"),
    ("1.3.6.1.5.5.7.9.5", "countryOfResidence"),
    ("1.3.6.1.5.5.7.48.1", "ocsp"),
    ("1.3.6.1.5.5.7.48.2", "caIssuers"),
    ("1.3.6.1.5.5.7.48.3", "timeStamping"),
    ("1.3.6.1.5.5.7.48.5", "caRepository"),
    ("1.3.6.1.5.5.7.8.5", "xmppAddr"),
    ("1.3.6.1.5.5.7.8.7", "dnsSRV"),
    ("1.3.6.1.5.5.7.8.9", "smtpUTF8Mailbox"),
    ("1.3.6.1.5.2.2", "kerberosPrincipalName"),
    ("1.3.6.1.5.2.3.4", "kerberosClientAuth"),
    ("1.3.6.1.5.2.3.5", "kerberosKeyDistribution"),
    ("2.23.140.1.1", "cabfExtendedValidation"),
    ("2.23.140.1.2.1", "cabfDomainValidated"),
    ("2.23.140.1.2.2", "cabfOrganizationValidated"),
    ("2.23.140.1.2.3", "cabfIndividualValidated"),
    ("0.4.0.1862.1.1", "qcCompliance"),
    ("0.4.0.1862.1.2", "qcLimitValue"),
    ("0.4.0.1862.1.3", "qcRetentionPeriod"),
    ("0.4.0.1862.1.4", "qcSSCD"),
    ("0.4.0.1862.1.5", "qcPDS"),
    ("0.4.0.1862.1.6", "qcType"),
];

pub(super) fn find(oid: &str) -> Option<(&'static str, Decode)> {
    KNOWN.iter().find(|(known, ..)| *known == oid).map(|(_, name, decode)| (*name, *decode))
}

/// What an object identifier is called: as RFC 5280 writes it, without its prefix.
pub(crate) fn word(oid: &str) -> Option<&'static str> {
    let known =
        KNOWN.iter().map(|(known, name, _)| (known, name)).chain(WORDS.iter().map(|(known, name)| (known, name)));
    if let Some((_, name)) = known.into_iter().find(|(known, _)| **known == oid) {
        return Some(name);
    }
    let name = DB.by_oid(&ObjectIdentifier::new(oid).ok()?)?;
    let bare = ["id-ce-", "id-pe-", "id-kp-", "id-ad-", "id-on-", "id-qt-", "id-at-", "pkcs-9-at-"];
    Some(bare.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name))
}

/// The same, or the object identifier itself.
pub(super) fn word_or_oid(oid: String) -> String {
    word(&oid).map_or(oid, str::to_owned)
}

#[cfg(test)]
pub(super) fn oids() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(oid, ..)| *oid)
}
