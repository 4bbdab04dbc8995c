//! One CA that vouches for another, and the chain of a CA out of a heap of certificates.

use rustls_pki_types::CertificateDer;
use x509_parser::prelude::ParsedExtension;

use super::{Permitted, Serial};
use crate::certificate::{Extras, ParseError, Parsed, Role, Signature, Template, Validity};
use crate::request::DistinguishedName;

/// A CA's certificate says of itself that it is none, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrossError {
    /// It cannot be read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is no CA's.
    #[error("the certificate is not a CA's (basicConstraints CA:TRUE is missing)")]
    NotAuthority,
}

/// What another certificate for the CA of `theirs` says: its name, the identifier of its key and the names it is held to,
/// byte for byte, as what it has issued names and obeys them.
///
/// # Errors
/// The certificate cannot be read, or is no CA's.
pub fn cross_template(theirs: &[u8], validity: Validity, serial: Serial) -> Result<Template, CrossError> {
    let parsed = Parsed::from_der(theirs)?;
    let (mut is_authority, mut path_len, mut key_id, mut constraints) = (false, None, None, None);
    for extension in parsed.x509.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                is_authority = basic.ca;
                path_len = basic.path_len_constraint.and_then(|length| u8::try_from(length).ok());
            }
            ParsedExtension::SubjectKeyIdentifier(id) => key_id = Some(id.0.to_vec()),
            ParsedExtension::NameConstraints(_) => constraints = Some(extension.value.to_vec()),
            _ => {}
        }
    }
    if !is_authority {
        return Err(CrossError::NotAuthority);
    }
    Ok(Template {
        subject: DistinguishedName::from_der(parsed.subject()),
        names: Vec::new(),
        role: Role::Authority { path_len, permitted: Vec::new() },
        validity,
        serial,
        extras: Extras { key_id, constraints, ..Extras::default() },
    })
}

impl Template {
    /// The same for a CA below which so many may follow where a number is given, and which is held to these names where
    /// there are any.
    #[must_use]
    pub fn held_to(mut self, asked: Option<u8>, names: Vec<Permitted>) -> Self {
        if let Role::Authority { path_len, permitted } = &mut self.role {
            *path_len = asked.or(*path_len);
            *permitted = names;
        }
        self
    }
}

/// The chain from `own` upwards, as far as the heap has it: each the one that signed the one before.
pub fn chain_of(own: CertificateDer<'static>, heap: Vec<CertificateDer<'static>>) -> Vec<CertificateDer<'static>> {
    let mut chain = vec![own];
    while let Some(parent) = chain.last().and_then(|last| parent_of(last, &heap)) {
        if chain.contains(parent) {
            break;
        }
        chain.push(parent.clone());
    }
    chain
}

fn parent_of<'a>(child: &[u8], heap: &'a [CertificateDer<'static>]) -> Option<&'a CertificateDer<'static>> {
    let child = Parsed::from_der(child).ok()?;
    heap.iter().find(|candidate| {
        Parsed::from_der(candidate).is_ok_and(|parent| {
            parent.subject() == child.issuer()
                && child.check_signature(parent.public_key(), webpki::ALL_VERIFICATION_ALGS) == Signature::Good
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Plan;
    use crate::key::Algorithm;
    use crate::specimens::authority;

    #[test]
    fn a_chain_is_found_in_a_heap_and_ends_at_its_root() {
        let root = authority("root", None);
        let other = authority("root", None);
        let below = authority("below", Some(&root));
        let heap: Vec<_> = [&other, &below, &root].iter().map(|ca| ca.chain()[0].clone()).collect();
        assert_eq!(chain_of(below.chain()[0].clone(), heap), below.chain());
    }

    #[test]
    fn a_cross_certificate_keeps_name_and_key_identifier() {
        let old = authority("old", None);
        let young = Plan {
            subject: "/CN=young".parse().unwrap(),
            algorithm: Algorithm::P256,
            validity: old.validity(),
            path_len: None,
            permitted: vec!["young.example".parse().unwrap()],
            serial: Serial::random().unwrap(),
        };
        let young = young.root().unwrap();
        let serial = Serial::random().unwrap();
        let template = cross_template(&young.chain()[0], old.validity(), serial).unwrap();
        let der = old.issue(&template, young.key().public()).unwrap();
        let (crossed, own) = (Parsed::from_der(&der).unwrap(), Parsed::from_der(&young.chain()[0]).unwrap());
        assert_eq!((crossed.subject(), crossed.issuer()), (own.subject(), old.subject().as_der()));
        assert_eq!(chain_of(der.clone(), old.chain().to_vec()).len(), 2);
        let names = |der: &[u8]| {
            let parsed = Parsed::from_der(der).unwrap();
            let mut extensions = parsed.x509.extensions().iter();
            let constraints = extensions.find(|e| matches!(e.parsed_extension(), ParsedExtension::NameConstraints(_)));
            constraints.map(|extension| extension.value.to_vec())
        };
        assert!(names(&der).is_some());
        assert_eq!(names(&der), names(&young.chain()[0]));
    }
}
