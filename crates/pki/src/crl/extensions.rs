//! The extensions of a list (RFC 5280 section 5.2): those that say which list it is, and those that make it less than
//! a complete one, which is refused by name.

use data_encoding::HEXLOWER;
use der::asn1::AnyRef;
use der::{Decode as _, Reader, SliceReader, Tag, Tagged as _};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;
use x509_cert::ext::pkix::crl::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::entry::shortest;
use super::error::CrlFault;

/// What the extensions say.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    /// In hexadecimal.
    pub(super) number: Option<String>,
    /// Whether the number is critical, which RFC 5280 section 5.2.3 forbids.
    pub(super) number_critical: bool,
    /// In hexadecimal, as a certificate's.
    pub(super) authority_key_id: Option<String>,
    /// Where the list is published, if it is about the certificates alone that name one of these places.
    pub(super) points: Option<Vec<String>>,
}

impl Extensions {
    pub(super) fn read(reader: &mut SliceReader<'_>) -> Result<Self, CrlFault> {
        let mut found = Self::default();
        let mut seen = Vec::new();
        reader.sequence(|reader| {
            while !reader.is_finished() {
                let extension: Extension = reader.decode()?;
                let oid = extension.extn_id.to_string();
                if seen.contains(&oid) {
                    return Err(CrlFault::UnreadableExtension { extension: oid });
                }
                found.take(&oid, &extension)?;
                seen.push(oid);
            }
            Ok(found)
        })
    }

    fn take(&mut self, oid: &str, extension: &Extension) -> Result<(), CrlFault> {
        let unreadable = |_| CrlFault::UnreadableExtension { extension: oid.to_owned() };
        let value = extension.extn_value.as_bytes();
        match oid {
            "2.5.29.20" => {
                self.number = Some(number(value).map_err(unreadable)?);
                self.number_critical = extension.critical;
            }
            "2.5.29.27" => return Err(CrlFault::Delta),
            "2.5.29.28" => {
                let point = IssuingDistributionPoint::from_der(value).map_err(unreadable)?;
                self.points = places(point)?;
            }
            "2.5.29.35" => {
                let authority = AuthorityKeyIdentifier::from_der(value).map_err(unreadable)?;
                self.authority_key_id = authority.key_identifier.map(|id| HEXLOWER.encode(id.as_bytes()));
            }
            other if extension.critical => return Err(CrlFault::UnknownCritical { extension: other.to_owned() }),
            _ => {}
        }
        Ok(())
    }
}

fn number(value: &[u8]) -> Result<String, der::Error> {
    let number = AnyRef::from_der(value)?;
    number.tag().assert_eq(Tag::Integer)?;
    Ok(HEXLOWER.encode(shortest(number.value())))
}

/// The places that the list speaks for; none where it speaks for every certificate of its issuer.
fn places(point: IssuingDistributionPoint) -> Result<Option<Vec<String>>, CrlFault> {
    let partial = |scope| Err(CrlFault::Partial { scope });
    if point.indirect_crl {
        return Err(CrlFault::Indirect);
    }
    if point.only_contains_user_certs {
        return partial("certificates that are no CA's");
    }
    if point.only_contains_ca_certs {
        return partial("CAs' certificates");
    }
    if point.only_contains_attribute_certs {
        return partial("attribute certificates");
    }
    if point.only_some_reasons.is_some() {
        return partial("some reasons of revocation");
    }
    match point.distribution_point {
        None => Ok(None),
        Some(DistributionPointName::FullName(names)) => Ok(Some(names.iter().filter_map(uri).collect())),
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => {
            partial("a place that is named in relation to its issuer")
        }
    }
}

fn uri(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        _ => None,
    }
}
