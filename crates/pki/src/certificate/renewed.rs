//! What a certificate would say if it were issued again.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{ID_AD_CA_ISSUERS, ID_AD_OCSP};
use const_oid::db::rfc5912::ID_CE_NO_REV_AVAIL;
use der::Decode;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::oid_registry::Oid;

use super::parse::Parsed;
use super::{Extras, ParseError, Profile, Role, Template, Validity};
use crate::authority::Serial;
use crate::key::Algorithm;
use crate::request::{DistinguishedName, SubjectAltName};

/// Why a certificate cannot be issued again as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// It cannot be read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is a CA's: a new one has to be made known to everybody who trusts it.
    #[error("it is a CA's certificate")]
    Authority,
    /// It has a name that is never put into a certificate here.
    #[error("it has a name of a kind that is not issued here: {0}")]
    Name(String),
    /// It does not say what it may be used for, and what is issued here does.
    #[error("it names no usages, and what is issued here would be for less")]
    Usages,
    /// It says something that is never put into a certificate here.
    #[error("it has the extension {0}, which is not issued here and would be lost")]
    Extension(String),
}

impl Template {
    /// What the certificate `der` says, with other dates and another serial number: the subject byte for byte, the names,
    /// the usages, and where lists and issuers are found.
    ///
    /// # Errors
    /// It cannot be read, is a CA's, or says something that would be lost.
    pub fn renewing(der: &[u8], algorithm: Algorithm, validity: Validity, serial: Serial) -> Result<Self, RenewError> {
        let parsed = Parsed::from_der(der)?;
        let mut said = Said::default();
        for extension in parsed.x509.extensions() {
            said.take(extension.parsed_extension(), &extension.oid, extension.value)?;
        }
        let (Some(usage), Some(_)) = (&mut said.extras.key_usage, &said.extras.purposes) else {
            return Err(RenewError::Usages);
        };
        if !algorithm.is_rsa() {
            usage.0 -= KeyUsages::KeyEncipherment;
        }
        Ok(Self {
            subject: DistinguishedName::from_der(parsed.subject()),
            names: said.names,
            // Its own usages stand in the place of the profile's.
            role: Role::Leaf(Profile::Server),
            validity,
            serial,
            extras: said.extras,
        })
    }
}

#[derive(Default)]
struct Said {
    names: Vec<SubjectAltName>,
    extras: Extras,
}

impl Said {
    fn take(&mut self, extension: &ParsedExtension<'_>, oid: &Oid<'_>, value: &[u8]) -> Result<(), RenewError> {
        let lost = || RenewError::Extension(oid.to_id_string());
        match extension {
            ParsedExtension::BasicConstraints(constraints) if constraints.ca => return Err(RenewError::Authority),
            // These follow from what is issued and by whom.
            ParsedExtension::BasicConstraints(_)
            | ParsedExtension::SubjectKeyIdentifier(_)
            | ParsedExtension::AuthorityKeyIdentifier(_) => {}
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    let read = SubjectAltName::from_parsed(name);
                    self.names.push(read.ok_or_else(|| RenewError::Name(name.to_string()))?);
                }
            }
            ParsedExtension::KeyUsage(_) => {
                self.extras.key_usage = Some(KeyUsage::from_der(value).map_err(|_| lost())?);
            }
            ParsedExtension::ExtendedKeyUsage(_) => {
                self.extras.purposes = Some(ExtendedKeyUsage::from_der(value).map_err(|_| lost())?.0);
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in &points.points {
                    let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
                        return Err(lost());
                    };
                    if point.reasons.is_some() || point.crl_issuer.is_some() {
                        return Err(lost());
                    }
                    for name in names {
                        self.extras.crl_urls.push(url(name).ok_or_else(lost)?);
                    }
                }
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in &access.accessdescs {
                    let place = url(&description.access_location).ok_or_else(lost)?;
                    match description.access_method.to_id_string().parse::<ObjectIdentifier>() {
                        Ok(ID_AD_OCSP) => self.extras.ocsp_urls.push(place),
                        Ok(ID_AD_CA_ISSUERS) => self.extras.issuer_urls.push(place),
                        _ => return Err(lost()),
                    }
                }
            }
            _ if oid.to_id_string() == ID_CE_NO_REV_AVAIL.to_string() => self.extras.no_rev_avail = true,
            _ => return Err(lost()),
        }
        Ok(())
    }
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    }
}
