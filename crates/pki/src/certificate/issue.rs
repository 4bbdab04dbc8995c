//! The one way by which every certificate is made: a template, a key to certify, and a key that signs.

use const_oid::db::rfc5280::ID_CE_NAME_CONSTRAINTS;
use der::asn1::{AnyRef, BitString, OctetString, Uint};
use der::{Decode, Encode, Sequence};
use rustls_pki_types::CertificateDer;
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName as AltNames,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::time::Validity as EncodedValidity;

use super::{Extras, Profile, Validity};
use crate::authority::{Permitted, Refusal, Serial};
use crate::key::{KeyError, PrivateKey, PublicKey};
use crate::request::{DistinguishedName, Proven, Spec, SubjectAltName};

/// A certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The issuer's policy says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something in it cannot be encoded.
    #[error("encoding the certificate failed")]
    Encode(#[from] der::Error),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What a new certificate says, but for its key and its issuer.
#[derive(Debug, Clone)]
pub struct Template {
    /// Whose it is.
    pub subject: DistinguishedName,
    /// The names it is for.
    pub names: Vec<SubjectAltName>,
    /// What it may do.
    pub role: Role,
    /// From when until when.
    pub validity: Validity,
    /// Its number at its issuer.
    pub serial: Serial,
    /// What it says beyond that.
    pub extras: Extras,
}

impl Template {
    /// What `spec` asks for.
    ///
    /// # Errors
    /// The subject cannot be encoded.
    pub fn new(spec: &Spec, role: Role, validity: Validity, serial: Serial) -> Result<Self, IssueError> {
        let (subject, names) = (spec.subject.to_name()?, spec.names.clone());
        Ok(Self { subject, names, role, validity, serial, extras: Extras::default() })
    }

    /// What a proven request asks for, and no more than that: the subject as it came, and the names. Where it
    /// asks for no names at all, as those that older tools write, the host or mailbox that its common name is; that of a
    /// client or a signer may be a person's, which one word alone is not taken for a host in.
    /// A CA has no names but its subject.
    pub fn from_request(request: &Proven, role: Role, validity: Validity, serial: Serial) -> Self {
        let names = if matches!(role, Role::Authority { .. }) {
            Vec::new()
        } else if request.all_names.is_empty() {
            let is_host = matches!(role, Role::Leaf(Profile::Server | Profile::Peer));
            let likely = |name: &&String| is_host || name.contains(['.', '@']);
            request.subject_name.common_name.iter().filter(likely).filter_map(|name| name.parse().ok()).collect()
        } else {
            request.names.clone()
        };
        Self { subject: request.subject.clone(), names, role, validity, serial, extras: Extras::default() }
    }
}

/// What a certificate may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// It speaks for its names.
    Leaf(Profile),
    /// It issues certificates.
    Authority {
        /// How many CAs may follow below it; none given is no bound.
        path_len: Option<u8>,
        /// The names it can speak for; empty is all.
        permitted: Vec<Permitted>,
    },
}

/// Who signs: a name and the identifier of its key.
pub(crate) struct Signer<'a> {
    pub(crate) name: &'a DistinguishedName,
    pub(crate) key_id: &'a [u8],
    pub(crate) key: &'a PrivateKey,
}

/// `TBSCertificate` (RFC 5280 section 4.1), with the issuer's name, the subject and the key as they came.
#[derive(Sequence)]
struct ToBeSigned<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: AnyRef<'a>,
    validity: EncodedValidity,
    subject: AnyRef<'a>,
    key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed<'a> {
    to_be_signed: AnyRef<'a>,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// Signs what `template` says with the very key that it certifies. The template's subject must not be empty.
///
/// # Errors
/// Something cannot be encoded, or the key did not sign.
pub fn self_sign(template: &Template, key: &PrivateKey) -> Result<CertificateDer<'static>, IssueError> {
    crate::authority::check_self_signed(template)?;
    let signer = Signer { name: &template.subject, key_id: key.public().key_id(), key };
    sign(template, key.public(), &signer)
}

/// Makes and signs the certificate. Whether it should be is decided before.
pub(crate) fn sign(
    template: &Template,
    key: &PublicKey,
    signer: &Signer<'_>,
) -> Result<CertificateDer<'static>, IssueError> {
    let algorithm = signer.key.algorithm().signature_identifier();
    let to_be_signed = ToBeSigned {
        version: Version::V3,
        serial: Uint::new(template.serial.as_bytes())?,
        signature: algorithm.clone(),
        issuer: AnyRef::from_der(signer.name.as_der())?,
        validity: template.validity.encode()?,
        subject: AnyRef::from_der(template.subject.as_der())?,
        key: AnyRef::from_der(key.spki())?,
        extensions: extensions(template, key, signer)?,
    };
    let to_be_signed = to_be_signed.to_der()?;
    let signature = BitString::from_bytes(&signer.key.sign(&to_be_signed)?)?;
    let signed = Signed { to_be_signed: AnyRef::from_der(&to_be_signed)?, algorithm, signature };
    Ok(CertificateDer::from(signed.to_der()?))
}

fn extensions(template: &Template, key: &PublicKey, signer: &Signer<'_>) -> der::Result<Vec<Extension>> {
    let extras = &template.extras;
    let self_signed = key == signer.key.public();
    let mut extensions = Extensions { subject: Name::default(), list: Vec::new() };
    extensions.add_role(template, key)?;
    let key_id = extras.key_id.as_deref().unwrap_or(key.key_id().as_slice());
    // Of leaves as well: RFC 5280 section 4.2.1.2 has it in every certificate, and linters miss it.
    extensions.add(&SubjectKeyIdentifier(OctetString::new(key_id)?))?;
    let key_identifier = Some(OctetString::new(if self_signed { key_id } else { signer.key_id })?);
    extensions.add(&AuthorityKeyIdentifier { key_identifier, ..Default::default() })?;
    match (&template.role, &extras.constraints) {
        (Role::Authority { permitted, .. }, _) if !permitted.is_empty() => {
            extensions.add((ID_CE_NAME_CONSTRAINTS, true, &Permitted::to_constraints(permitted)?))?;
        }
        (Role::Authority { .. }, Some(der)) => {
            let extn_value = OctetString::new(der.clone())?;
            extensions.list.push(Extension { extn_id: ID_CE_NAME_CONSTRAINTS, critical: true, extn_value });
        }
        _ => {}
    }
    extensions.list.extend(extras.places()?);
    Ok(extensions.list)
}

/// Extensions in order. Whether each is critical is said where it is added, or follows from its type alone.
struct Extensions {
    subject: Name,
    list: Vec<Extension>,
}

impl Extensions {
    /// What follows from the role, and the names.
    fn add_role(&mut self, template: &Template, key: &PublicKey) -> der::Result<()> {
        let extras = &template.extras;
        match &template.role {
            Role::Leaf(profile) => {
                self.add((true, &BasicConstraints { ca: false, path_len_constraint: None }))?;
                self.add(extras.key_usage.as_ref().unwrap_or(&profile.key_usage(key.algorithm())))?;
                let purposes = extras.purposes.clone().unwrap_or_else(|| profile.purposes());
                self.add(&ExtendedKeyUsage(purposes))?;
            }
            Role::Authority { path_len, .. } => {
                self.add((true, &BasicConstraints { ca: true, path_len_constraint: *path_len }))?;
                self.add(&KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?;
                if let Some(purposes) = &extras.purposes {
                    self.add(&ExtendedKeyUsage(purposes.clone()))?;
                }
            }
        }
        if !template.names.is_empty() {
            let names = template.names.iter().map(SubjectAltName::to_general_name).collect::<der::Result<_>>()?;
            // RFC 5280 section 4.2.1.6: where nothing else says whose it is, the names must be understood.
            self.add((template.subject.is_empty(), &AltNames(names)))?;
        }
        Ok(())
    }

    fn add<E: ToExtension<Error = der::Error>>(&mut self, extension: E) -> der::Result<()> {
        let extension = extension.to_extension(&self.subject, &self.list)?;
        self.list.push(extension);
        Ok(())
    }
}
