//! What a certificate says beyond what follows from its role: where its list is, and what stands in the place of the usual.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_AD_CA_ISSUERS, ID_AD_OCSP};
use const_oid::db::rfc5912::ID_CE_NO_REV_AVAIL;
use der::asn1::{Ia5String, Null, OctetString};
use der::{Encode, asn1};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, KeyUsage};

/// What a certificate says beyond its role. The default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// The purposes in the place of the profile's.
    pub(crate) purposes: Option<Vec<ObjectIdentifier>>,
    /// What the key may do in the place of the profile's.
    pub(crate) key_usage: Option<KeyUsage>,
    /// The identifier of its key, where others know the key by another one than ours.
    pub(crate) key_id: Option<Vec<u8>>,
    /// The names that a CA is held to, as DER, where they are another certificate's.
    pub(crate) constraints: Option<Vec<u8>>,
    /// Where the issuer's list is (RFC 5280 section 4.2.1.13).
    pub crl_urls: Vec<String>,
    /// Where the issuer's certificate is (RFC 5280 section 4.2.2.1).
    pub issuer_urls: Vec<String>,
    /// Where the issuer answers OCSP.
    pub ocsp_urls: Vec<String>,
    /// That nobody can ask whether it is revoked (RFC 9608), as it does not live long enough.
    pub no_rev_avail: bool,
}

impl Extras {
    /// The extensions that say where things are.
    pub(super) fn places(&self) -> der::Result<Vec<Extension>> {
        let mut list = Vec::new();
        if !self.issuer_urls.is_empty() || !self.ocsp_urls.is_empty() {
            let ocsp = self.ocsp_urls.iter().map(|url| (ID_AD_OCSP, url));
            let issuers = self.issuer_urls.iter().map(|url| (ID_AD_CA_ISSUERS, url));
            let description = |(access_method, url): (ObjectIdentifier, &String)| {
                Ok(AccessDescription { access_method, access_location: uri(url)? })
            };
            let access = ocsp.chain(issuers).map(description).collect::<der::Result<Vec<_>>>()?;
            list.push(extension(&AuthorityInfoAccessSyntax(access))?);
        }
        if !self.crl_urls.is_empty() {
            let point = |url: &String| {
                let name = DistributionPointName::FullName(vec![uri(url)?]);
                Ok(DistributionPoint { distribution_point: Some(name), reasons: None, crl_issuer: None })
            };
            let points = self.crl_urls.iter().map(point).collect::<der::Result<Vec<_>>>()?;
            list.push(extension(&CrlDistributionPoints(points))?);
        }
        if self.no_rev_avail {
            let extn_value = OctetString::new(Null.to_der()?)?;
            list.push(Extension { extn_id: ID_CE_NO_REV_AVAIL, critical: false, extn_value });
        }
        Ok(list)
    }
}

fn extension<E: Encode + const_oid::AssociatedOid>(value: &E) -> der::Result<Extension> {
    Ok(Extension { extn_id: E::OID, critical: false, extn_value: asn1::OctetString::new(value.to_der()?)? })
}

fn uri(url: &str) -> der::Result<GeneralName> {
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(url)?))
}
