//! Distinguished names: put together attribute by attribute, or taken over byte for byte.

use std::fmt;
use std::str::FromStr;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc3280::EMAIL_ADDRESS;
use const_oid::db::rfc4519;
use data_encoding::HEXLOWER_PERMISSIVE;
use der::asn1::{Any, SetOfVec};
use der::{Encode, Tag};
use x509_cert::attr::AttributeTypeAndValue;

/// An attribute of a distinguished name (RFC 5280 appendix A.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// `C`: a country in two letters.
    Country,
    /// `ST`: a state or province.
    State,
    /// `L`: a locality.
    Locality,
    /// `street`
    Street,
    /// `O`: an organization.
    Organization,
    /// `OU`: a unit of it. Often there are several.
    OrganizationalUnit,
    /// `CN`: the common name.
    CommonName,
    /// `DC`: one label of a domain. Often there are several.
    DomainComponent,
    /// `UID`
    UserId,
    /// `serialNumber`: of a person or device, not of the certificate.
    SerialNumber,
    /// `emailAddress`
    EmailAddress,
}

/// What is wrong with a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectProblem {
    /// It is written in neither of the two forms.
    #[error(
        "`{text}` is no distinguished name; write it as in `/DC=org/DC=example/CN=host` or `CN=host,DC=example,DC=org`"
    )]
    Form {
        /// What was written.
        text: String,
    },
    /// Several attributes in one step, which are read from requests and never written.
    #[error("`{text}` joins attributes with `+`, which is not done here; a `+` in a value has a backslash before it")]
    Joined {
        /// What was written.
        text: String,
    },
    /// An attribute that is not known.
    #[error(
        "`{attribute}` is no attribute of a distinguished name; there are C, ST, L, street, O, OU, CN, DC, UID, serialNumber, emailAddress"
    )]
    UnknownAttribute {
        /// Its name as written.
        attribute: String,
    },
    /// A value that the attribute cannot have.
    #[error("`{value}` cannot be the {attribute} of a distinguished name: {reason}")]
    Value {
        /// The attribute.
        attribute: Attribute,
        /// The value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A distinguished name in its order of encoding: the broadest attribute first, one to each step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject(Vec<(Attribute, String)>);

/// A distinguished name as DER. What comes from outside is kept byte for byte, as a chain only holds
/// together where the issuer's name is its issuer's subject exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName(Vec<u8>);

impl Attribute {
    const ALL: [Self; 11] = [
        Self::Country,
        Self::State,
        Self::Locality,
        Self::Street,
        Self::Organization,
        Self::OrganizationalUnit,
        Self::CommonName,
        Self::DomainComponent,
        Self::UserId,
        Self::SerialNumber,
        Self::EmailAddress,
    ];

    /// The short name (RFC 4519), the long one, the OID, the string type and the upper bound (RFC 5280
    /// appendix A.1).
    fn facts(self) -> (&'static str, &'static str, ObjectIdentifier, Tag, usize) {
        match self {
            Self::Country => ("C", "countryName", rfc4519::C, Tag::PrintableString, 2),
            Self::State => ("ST", "stateOrProvinceName", rfc4519::ST, Tag::Utf8String, 128),
            Self::Locality => ("L", "localityName", rfc4519::L, Tag::Utf8String, 128),
            Self::Street => ("street", "streetAddress", rfc4519::STREET, Tag::Utf8String, 128),
            Self::Organization => ("O", "organizationName", rfc4519::O, Tag::Utf8String, 64),
            Self::OrganizationalUnit => ("OU", "organizationalUnitName", rfc4519::OU, Tag::Utf8String, 64),
            Self::CommonName => ("CN", "commonName", rfc4519::CN, Tag::Utf8String, 64),
            Self::DomainComponent => ("DC", "domainComponent", rfc4519::DC, Tag::Ia5String, 63),
            Self::UserId => ("UID", "userId", rfc4519::UID, Tag::Utf8String, 256),
            Self::SerialNumber => ("serialNumber", "serialNumber", rfc4519::SERIAL_NUMBER, Tag::PrintableString, 64),
            Self::EmailAddress => ("emailAddress", "E", EMAIL_ADDRESS, Tag::Ia5String, 255),
        }
    }

    fn check(self, value: &str) -> Result<(), String> {
        let (_, _, _, tag, bound) = self.facts();
        let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
        if value.is_empty() {
            return Err("it is empty".to_owned());
        }
        if self == Self::Country && (value.len() != 2 || !value.bytes().all(|byte| byte.is_ascii_uppercase())) {
            return Err("a country has two capital letters (ISO 3166), as in `DE`".to_owned());
        }
        if value.chars().count() > bound {
            return Err(format!("it has more than {bound} characters"));
        }
        if value.chars().any(char::is_control) {
            return Err("it holds a control character".to_owned());
        }
        match tag {
            Tag::PrintableString if !value.chars().all(printable) => {
                Err("it may have letters, digits and ' ( ) + , - . / : = ? only".to_owned())
            }
            Tag::Ia5String if !value.is_ascii() => Err("it may have ASCII characters only".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Subject {
    /// The most characters that a common name may have (RFC 5280 appendix A.1).
    pub const COMMON_NAME_MAX: usize = 64;

    /// The name without any attribute.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A name of a common name alone.
    ///
    /// # Errors
    /// It is empty, too long, or holds a control character.
    pub fn common_name(value: &str) -> Result<Self, SubjectProblem> {
        let mut subject = Self::default();
        subject.push(Attribute::CommonName, value)?;
        Ok(subject)
    }

    /// Adds an attribute at the narrow end.
    ///
    /// # Errors
    /// The attribute cannot have this value.
    pub fn push(&mut self, attribute: Attribute, value: &str) -> Result<(), SubjectProblem> {
        attribute.check(value).map_err(|reason| SubjectProblem::Value {
            attribute,
            value: value.to_owned(),
            reason,
        })?;
        self.0.push((attribute, value.to_owned()));
        Ok(())
    }

    /// The same name with `change` made of its common name.
    ///
    /// # Errors
    /// What `change` gives cannot be a common name.
    pub fn map_common_name(&self, change: impl Fn(&str) -> String) -> Result<Self, SubjectProblem> {
        let mut changed = Self::default();
        for (attribute, value) in &self.0 {
            match attribute {
                Attribute::CommonName => changed.push(*attribute, &change(value))?,
                _ => changed.push(*attribute, value)?,
            }
        }
        Ok(changed)
    }

    /// Whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes in order.
    pub fn attributes(&self) -> &[(Attribute, String)] {
        &self.0
    }

    /// The name in DER.
    ///
    /// # Errors
    /// It cannot be encoded, which a subject that was put together here can.
    pub fn encode(&self) -> Result<DistinguishedName, SubjectProblem> {
        self.to_name().map_err(|_| SubjectProblem::Form { text: self.to_string() })
    }

    pub(crate) fn to_name(&self) -> der::Result<DistinguishedName> {
        let steps = self.0.iter().map(|(attribute, value)| {
            let (_, _, oid, tag, _) = attribute.facts();
            SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value: Any::new(tag, value.as_bytes())? }])
        });
        Ok(DistinguishedName(steps.collect::<der::Result<Vec<_>>>()?.to_der()?))
    }
}

impl DistinguishedName {
    /// Takes over the DER of a name that a parser has delimited.
    pub(crate) fn from_der(der: &[u8]) -> Self {
        Self(der.to_vec())
    }

    /// The DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Whether it has no attribute: an empty SEQUENCE.
    pub fn is_empty(&self) -> bool {
        self.0 == [0x30, 0]
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().0)
    }
}

impl FromStr for Attribute {
    type Err = SubjectProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |attribute: &Self| {
            let (short, long, ..) = attribute.facts();
            short.eq_ignore_ascii_case(text) || long.eq_ignore_ascii_case(text)
        };
        let unknown = || SubjectProblem::UnknownAttribute { attribute: text.to_owned() };
        Self::ALL.into_iter().find(named).ok_or_else(unknown)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (attribute, value) in &self.0 {
            write!(f, "/{attribute}={}", value.replace('\\', "\\\\").replace('/', "\\/").replace('+', "\\+"))?;
        }
        Ok(())
    }
}

impl FromStr for Subject {
    type Err = SubjectProblem;

    /// `/DC=org/DC=example/CN=host`, as `openssl req -subj` takes it, or `CN=host,DC=example,DC=org`, as RFC 4514
    /// and `cert show` have it: there the narrow end comes first. A separator or a `+` in a value has a backslash
    /// before it; in the second form two hexadecimal digits after one are a byte (RFC 4514 section 2.4).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || SubjectProblem::Form { text: text.to_owned() };
        let mut parts = match text.strip_prefix('/') {
            Some(rest) => split(rest, '/'),
            None => split(text, ','),
        }
        .ok_or_else(|| SubjectProblem::Joined { text: text.to_owned() })?;
        if !text.starts_with('/') {
            parts.reverse();
        }
        let mut subject = Self::default();
        for part in parts {
            let part = String::from_utf8(part).map_err(|_| form())?;
            let (attribute, value) = part.split_once('=').ok_or_else(form)?;
            subject.push(attribute.trim().parse()?, value.trim())?;
        }
        Ok(subject)
    }
}

/// Splits at separators that no backslash precedes, and takes the backslashes away. None where attributes are
/// joined with `+`.
fn split(text: &str, separator: char) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [high, low, after @ ..])
                if separator == ',' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                part.extend(HEXLOWER_PERMISSIVE.decode(&[*high, *low]).ok()?);
                rest = after;
            }
            (b'\\', [escaped, after @ ..]) => {
                part.push(*escaped);
                rest = after;
            }
            (b'+', _) => return None,
            (found, _) if char::from(*found) == separator => parts.push(std::mem::take(&mut part)),
            (other, _) => part.push(*other),
        }
    }
    parts.push(part);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_was_written_repeated_attributes_included() {
        let text = "/DC=org/DC=example/OU=Infra/OU=PKI \\/ TLS/CN=Example Root";
        let subject: Subject = text.parse().unwrap();
        assert_eq!(subject.attributes().len(), 5);
        assert_eq!(subject.to_string(), text);
        let narrow_first: Subject = "CN=Example Root,OU=PKI / TLS, OU=Infra,DC=example,DC=org".parse().unwrap();
        assert_eq!(narrow_first, subject);
        let escaped: Subject = "CN=R\\+D\\2C \\C3\\9C,O=a\\,b".parse().unwrap();
        assert_eq!(escaped.to_string(), "/O=a,b/CN=R\\+D, Ü");
        assert_eq!(escaped.to_string().parse(), Ok(escaped));
    }

    #[test]
    fn a_value_that_an_attribute_cannot_have_is_refused() {
        for text in ["x", "", "/CN", "/CN=", "/C=Germany", "/XX=y", "/DC=bücher", "CN=a+OU=b", "/CN=R+D", "CN=\\FF"] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
        assert!(Subject::common_name(&"x".repeat(65)).is_err());
    }
}
