//! OpenSSL's names for what has an OID: short, long, and those that a configuration adds.

use const_oid::ObjectIdentifier;

/// The short name, the long one and the OID. There is no more in it than a request or a certificate can use.
const NAMES: &[(&str, &str, &str)] = &[
    // Attributes of a distinguished name.
    ("CN", "commonName", "2.5.4.3"),
    ("SN", "surname", "2.5.4.4"),
    ("serialNumber", "serialNumber", "2.5.4.5"),
    ("C", "countryName", "2.5.4.6"),
    ("L", "localityName", "2.5.4.7"),
    ("ST", "stateOrProvinceName", "2.5.4.8"),
    ("street", "streetAddress", "2.5.4.9"),
    ("O", "organizationName", "2.5.4.10"),
    ("OU", "organizationalUnitName", "2.5.4.11"),
    ("title", "title", "2.5.4.12"),
    ("description", "description", "2.5.4.13"),
    ("businessCategory", "businessCategory", "2.5.4.15"),
    ("postalAddress", "postalAddress", "2.5.4.16"),
    ("postalCode", "postalCode", "2.5.4.17"),
    ("postOfficeBox", "postOfficeBox", "2.5.4.18"),
    ("telephoneNumber", "telephoneNumber", "2.5.4.20"),
    ("telexNumber", "telexNumber", "2.5.4.21"),
    ("teletexTerminalIdentifier", "teletexTerminalIdentifier", "2.5.4.22"),
    ("facsimileTelephoneNumber", "facsimileTelephoneNumber", "2.5.4.23"),
    ("x121Address", "x121Address", "2.5.4.24"),
    ("internationaliSDNNumber", "internationaliSDNNumber", "2.5.4.25"),
    ("registeredAddress", "registeredAddress", "2.5.4.26"),
    ("destinationIndicator", "destinationIndicator", "2.5.4.27"),
    ("owner", "owner", "2.5.4.32"),
    ("roleOccupant", "roleOccupant", "2.5.4.33"),
    ("seeAlso", "seeAlso", "2.5.4.34"),
    ("name", "name", "2.5.4.41"),
    ("GN", "givenName", "2.5.4.42"),
    ("initials", "initials", "2.5.4.43"),
    ("generationQualifier", "generationQualifier", "2.5.4.44"),
    ("x500UniqueIdentifier", "x500UniqueIdentifier", "2.5.4.45"),
    ("dnQualifier", "dnQualifier", "2.5.4.46"),
    ("houseIdentifier", "houseIdentifier", "2.5.4.51"),
    ("dmdName", "dmdName", "2.5.4.54"),
    ("pseudonym", "pseudonym", "2.5.4.65"),
    ("role", "role", "2.5.4.72"),
    ("organizationIdentifier", "organizationIdentifier", "2.5.4.97"),
    ("c3", "countryCode3c", "2.5.4.98"),
    ("n3", "countryCode3n", "2.5.4.99"),
    ("dnsName", "dnsName", "2.5.4.100"),
    ("UID", "userId", "0.9.2342.19200300.100.1.1"),
    ("mail", "rfc822Mailbox", "0.9.2342.19200300.100.1.3"),
    ("info", "info", "0.9.2342.19200300.100.1.4"),
    ("roomNumber", "roomNumber", "0.9.2342.19200300.100.1.6"),
    ("userClass", "userClass", "0.9.2342.19200300.100.1.8"),
    ("host", "host", "0.9.2342.19200300.100.1.9"),
    ("manager", "manager", "0.9.2342.19200300.100.1.10"),
    ("homeTelephoneNumber", "homeTelephoneNumber", "0.9.2342.19200300.100.1.20"),
    ("DC", "domainComponent", "0.9.2342.19200300.100.1.25"),
    ("associatedDomain", "associatedDomain", "0.9.2342.19200300.100.1.37"),
    ("associatedName", "associatedName", "0.9.2342.19200300.100.1.38"),
    ("homePostalAddress", "homePostalAddress", "0.9.2342.19200300.100.1.39"),
    ("personalTitle", "personalTitle", "0.9.2342.19200300.100.1.40"),
    ("mobileTelephoneNumber", "mobileTelephoneNumber", "0.9.2342.19200300.100.1.41"),
    ("pagerTelephoneNumber", "pagerTelephoneNumber", "0.9.2342.19200300.100.1.42"),
    ("friendlyCountryName", "friendlyCountryName", "0.9.2342.19200300.100.1.43"),
    ("uid", "uniqueIdentifier", "0.9.2342.19200300.100.1.44"),
    ("emailAddress", "emailAddress", "1.2.840.113549.1.9.1"),
    ("jurisdictionL", "jurisdictionLocalityName", "1.3.6.1.4.1.311.60.2.1.1"),
    ("jurisdictionST", "jurisdictionStateOrProvinceName", "1.3.6.1.4.1.311.60.2.1.2"),
    ("jurisdictionC", "jurisdictionCountryName", "1.3.6.1.4.1.311.60.2.1.3"),
    ("friendlyName", "friendlyName", "1.2.840.113549.1.9.20"),
    ("INN", "INN", "1.2.643.3.131.1.1"),
    ("OGRN", "OGRN", "1.2.643.100.1"),
    ("SNILS", "SNILS", "1.2.643.100.3"),
    // Attributes of a request.
    ("unstructuredName", "unstructuredName", "1.2.840.113549.1.9.2"),
    ("challengePassword", "challengePassword", "1.2.840.113549.1.9.7"),
    ("unstructuredAddress", "unstructuredAddress", "1.2.840.113549.1.9.8"),
    // Purposes.
    ("serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    ("clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
    ("codeSigning", "Code Signing", "1.3.6.1.5.5.7.3.3"),
    ("emailProtection", "E-mail Protection", "1.3.6.1.5.5.7.3.4"),
    ("ipsecEndSystem", "IPSec End System", "1.3.6.1.5.5.7.3.5"),
    ("ipsecTunnel", "IPSec Tunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsecUser", "IPSec User", "1.3.6.1.5.5.7.3.7"),
    ("timeStamping", "Time Stamping", "1.3.6.1.5.5.7.3.8"),
    ("OCSPSigning", "OCSP Signing", "1.3.6.1.5.5.7.3.9"),
    ("DVCS", "dvcs", "1.3.6.1.5.5.7.3.10"),
    ("ipsecIKE", "ipsec Internet Key Exchange", "1.3.6.1.5.5.7.3.17"),
    ("capwapAC", "Ctrl/provision WAP Access", "1.3.6.1.5.5.7.3.18"),
    ("capwapWTP", "Ctrl/Provision WAP Termination", "1.3.6.1.5.5.7.3.19"),
    ("secureShellClient", "SSH Client", "1.3.6.1.5.5.7.3.21"),
    ("secureShellServer", "SSH Server", "1.3.6.1.5.5.7.3.22"),
    ("sendRouter", "Send Router", "1.3.6.1.5.5.7.3.23"),
    ("sendOwner", "Send Owner", "1.3.6.1.5.5.7.3.25"),
    ("cmcCA", "CMC Certificate Authority", "1.3.6.1.5.5.7.3.27"),
    ("cmcRA", "CMC Registration Authority", "1.3.6.1.5.5.7.3.28"),
    ("cmcArchive", "CMC Archive Server", "1.3.6.1.5.5.7.3.29"),
    ("id-kp-bgpsec-router", "BGPsec Router", "1.3.6.1.5.5.7.3.30"),
    (
        "id-kp-BrandIndicatorforMessageIdentification",
        "Brand Indicator for Message Identification",
        "1.3.6.1.5.5.7.3.31",
    ),
    ("cmKGA", "Certificate Management Key Generation Authority", "1.3.6.1.5.5.7.3.32"),
    ("msCodeInd", "Microsoft Individual Code Signing", "1.3.6.1.4.1.311.2.1.21"),
    ("msCodeCom", "Microsoft Commercial Code Signing", "1.3.6.1.4.1.311.2.1.22"),
    ("msCTLSign", "Microsoft Trust List Signing", "1.3.6.1.4.1.311.10.3.1"),
    ("msSGC", "Microsoft Server Gated Crypto", "1.3.6.1.4.1.311.10.3.3"),
    ("msEFS", "Microsoft Encrypted File System", "1.3.6.1.4.1.311.10.3.4"),
    ("msSmartcardLogin", "Microsoft Smartcard Login", "1.3.6.1.4.1.311.20.2.2"),
    ("nsSGC", "Netscape Server Gated Crypto", "2.16.840.1.113730.4.1"),
    ("pkInitClientAuth", "PKINIT Client Auth", "1.3.6.1.5.2.3.4"),
    ("pkInitKDC", "Signing KDC Response", "1.3.6.1.5.2.3.5"),
    ("anyExtendedKeyUsage", "Any Extended Key Usage", "2.5.29.37.0"),
    // Kinds of other names, ways of access, policies.
    ("msUPN", "Microsoft User Principal Name", "1.3.6.1.4.1.311.20.2.3"),
    ("id-on-permanentIdentifier", "Permanent Identifier", "1.3.6.1.5.5.7.8.3"),
    ("id-on-xmppAddr", "XmppAddr", "1.3.6.1.5.5.7.8.5"),
    ("id-on-dnsSRV", "SRVName", "1.3.6.1.5.5.7.8.7"),
    ("id-on-NAIRealm", "NAIRealm", "1.3.6.1.5.5.7.8.8"),
    ("id-on-SmtpUTF8Mailbox", "Smtp UTF8 Mailbox", "1.3.6.1.5.5.7.8.9"),
    ("OCSP", "OCSP", "1.3.6.1.5.5.7.48.1"),
    ("caIssuers", "CA Issuers", "1.3.6.1.5.5.7.48.2"),
    ("ad_timestamping", "AD Time Stamping", "1.3.6.1.5.5.7.48.3"),
    ("AD_DVCS", "ad dvcs", "1.3.6.1.5.5.7.48.4"),
    ("caRepository", "CA Repository", "1.3.6.1.5.5.7.48.5"),
    ("rpkiManifest", "RPKI Manifest", "1.3.6.1.5.5.7.48.10"),
    ("signedObject", "Signed Object", "1.3.6.1.5.5.7.48.11"),
    ("rpkiNotify", "RPKI Notify", "1.3.6.1.5.5.7.48.13"),
    ("anyPolicy", "X509v3 Any Policy", "2.5.29.32.0"),
    // Extensions.
    ("authorityInfoAccess", "Authority Information Access", "1.3.6.1.5.5.7.1.1"),
    ("subjectInfoAccess", "Subject Information Access", "1.3.6.1.5.5.7.1.11"),
    ("proxyCertInfo", "Proxy Certificate Information", "1.3.6.1.5.5.7.1.14"),
    ("tlsfeature", "TLS Feature", "1.3.6.1.5.5.7.1.24"),
    ("noCheck", "OCSP No Check", "1.3.6.1.5.5.7.48.1.5"),
    ("subjectDirectoryAttributes", "X509v3 Subject Directory Attributes", "2.5.29.9"),
    ("subjectKeyIdentifier", "X509v3 Subject Key Identifier", "2.5.29.14"),
    ("keyUsage", "X509v3 Key Usage", "2.5.29.15"),
    ("privateKeyUsagePeriod", "X509v3 Private Key Usage Period", "2.5.29.16"),
    ("subjectAltName", "X509v3 Subject Alternative Name", "2.5.29.17"),
    ("issuerAltName", "X509v3 Issuer Alternative Name", "2.5.29.18"),
    ("basicConstraints", "X509v3 Basic Constraints", "2.5.29.19"),
    ("nameConstraints", "X509v3 Name Constraints", "2.5.29.30"),
    ("crlDistributionPoints", "X509v3 CRL Distribution Points", "2.5.29.31"),
    ("certificatePolicies", "X509v3 Certificate Policies", "2.5.29.32"),
    ("policyMappings", "X509v3 Policy Mappings", "2.5.29.33"),
    ("authorityKeyIdentifier", "X509v3 Authority Key Identifier", "2.5.29.35"),
    ("policyConstraints", "X509v3 Policy Constraints", "2.5.29.36"),
    ("extendedKeyUsage", "X509v3 Extended Key Usage", "2.5.29.37"),
    ("freshestCRL", "X509v3 Freshest CRL", "2.5.29.46"),
    ("inhibitAnyPolicy", "X509v3 Inhibit Any Policy", "2.5.29.54"),
    ("noRevAvail", "X509v3 No Revocation Available", "2.5.29.56"),
    ("nsCertType", "Netscape Cert Type", "2.16.840.1.113730.1.1"),
    ("nsBaseUrl", "Netscape Base Url", "2.16.840.1.113730.1.2"),
    ("nsRevocationUrl", "Netscape Revocation Url", "2.16.840.1.113730.1.3"),
    ("nsCaRevocationUrl", "Netscape CA Revocation Url", "2.16.840.1.113730.1.4"),
    ("nsRenewalUrl", "Netscape Renewal Url", "2.16.840.1.113730.1.7"),
    ("nsCaPolicyUrl", "Netscape CA Policy Url", "2.16.840.1.113730.1.8"),
    ("nsSslServerName", "Netscape SSL Server Name", "2.16.840.1.113730.1.12"),
    ("nsComment", "Netscape Comment", "2.16.840.1.113730.1.13"),
];

/// The names that are known: OpenSSL's, and those that the configuration adds.
#[derive(Debug, Default)]
pub(super) struct Objects(Vec<(String, ObjectIdentifier)>);

impl Objects {
    /// Adds a name.
    pub(super) fn add(&mut self, name: &str, oid: ObjectIdentifier) {
        self.0.push((name.to_owned(), oid));
    }

    /// The OID that a name or a dotted number means. Upper and lower case are distinct, as `uid` and `UID` are two.
    pub(super) fn find(&self, text: &str) -> Option<ObjectIdentifier> {
        let known = NAMES.iter().find(|(short, long, _)| *short == text || *long == text);
        if let Some((_, _, dotted)) = known {
            return ObjectIdentifier::new(dotted).ok();
        }
        let added = self.0.iter().find(|(name, _)| name == text).map(|(_, oid)| *oid);
        added.or_else(|| dotted(text))
    }

    /// The name that was probably meant.
    pub(super) fn nearest(&self, text: &str) -> Option<&'static str> {
        nearest(text, NAMES.iter().flat_map(|(short, long, _)| [*short, *long]))
    }
}

/// Whether a name is one of an attribute of a distinguished name.
pub(super) fn is_attribute(name: &str) -> bool {
    let attributes = NAMES.iter().take_while(|(short, ..)| *short != "unstructuredName");
    attributes.into_iter().any(|(short, long, _)| *short == name || *long == name)
}

/// An OID in numbers.
pub(super) fn dotted(text: &str) -> Option<ObjectIdentifier> {
    ObjectIdentifier::new(text).ok().filter(|_| text.contains('.'))
}

/// The short name, where there is one, and else the numbers.
pub(super) fn name_of(oid: &ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    let known = NAMES.iter().find(|(_, _, number)| *number == dotted);
    known.map_or(dotted, |(short, ..)| (*short).to_owned())
}

/// Of `names`, the one that differs from `text` by a slip of the hand.
pub(super) fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let limit = if text.len() < 4 { 1 } else { 2 + text.len() / 8 };
    // Comparing costs the product of both lengths, and no name that is meant is long.
    let near = |name: &&str| text.len() <= 64 && name.len().abs_diff(text.len()) <= limit;
    let scored =
        names.into_iter().filter(near).map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name));
    scored.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_one_and_no_name_means_two() {
        let objects = Objects::default();
        for (short, long, number) in NAMES {
            assert_eq!(objects.find(short).map(|oid| oid.to_string()).as_deref(), Some(*number), "{short}");
            assert_eq!(objects.find(long).map(|oid| oid.to_string()).as_deref(), Some(*number), "{long}");
        }
    }

    #[test]
    fn a_slip_of_the_hand_is_recognised() {
        let objects = Objects::default();
        assert_eq!(objects.nearest("extendedKeyUsages"), Some("extendedKeyUsage"));
        assert_eq!(objects.nearest("comonName"), Some("commonName"));
        assert_eq!(objects.nearest("somethingElse"), None);
        assert_eq!((objects.find("1.2.3.4").is_some(), objects.find("12").is_some()), (true, false));
    }
}
