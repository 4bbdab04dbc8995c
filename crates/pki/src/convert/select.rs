//! What of a heap is written: the leaf that is meant, and its chain.

use rustls_pki_types::CertificateDer;

use super::heap::{Heap, HeapError, Member};
use crate::certificate::{Parsed, Signature};
use crate::key::PrivateKey;

/// Which certificates are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// The leaf for this name, where there are several.
    pub name: Option<&'a str>,
    /// Those that are in nobody's chain as well, after it.
    pub all: bool,
}

/// What is written.
#[derive(Debug)]
pub struct Selected<'a> {
    /// The certificates: a leaf, its issuer, the issuer's issuer; or where no leaf is meant, all in their order.
    pub certificates: Vec<&'a CertificateDer<'static>>,
    /// What they are called.
    pub labels: Vec<String>,
    /// The first one's private key.
    pub key: Option<&'a PrivateKey>,
    /// What the certificates are called that are left out.
    pub left_out: Vec<String>,
    /// Whether the chain ends before a certificate that vouches for itself.
    pub is_incomplete: bool,
}

impl Heap {
    /// Chooses the leaf (that of the private key, or for the name, or the only one there is) and builds its chain.
    ///
    /// # Errors
    /// The private key belongs to no certificate, there are several keys and no name, or nothing is for the name.
    pub fn select(&self, selection: Selection<'_>) -> Result<Selected<'_>, HeapError> {
        let leaf = self.leaf(selection.name)?;
        let key = match leaf {
            Some(leaf) => self.keys().iter().find(|key| *key.public() == self.certificates[leaf].key),
            None => self.only_key()?,
        };
        let order: Vec<usize> = match leaf {
            None => (0..self.certificates.len()).collect(),
            Some(leaf) => {
                let mut chain = self.chain(leaf);
                if selection.all {
                    let others: Vec<usize> = (0..self.certificates.len()).filter(|one| !chain.contains(one)).collect();
                    chain.extend(others);
                }
                chain
            }
        };
        let left_out = (0..self.certificates.len()).filter(|index| !order.contains(index));
        let ends_open =
            |leaf| self.chain(leaf).last().is_some_and(|top| !self.certificates[*top].inspected.self_signed);
        Ok(Selected {
            certificates: order.iter().map(|index| &self.certificates[*index].der).collect(),
            labels: order.iter().map(|index| self.certificates[*index].inspected.label()).collect(),
            key,
            left_out: left_out.map(|index| self.certificates[index].inspected.label()).collect(),
            is_incomplete: leaf.is_some_and(ends_open),
        })
    }

    /// The leaf that is meant, by its place; none where there are several or none, and nothing says which.
    fn leaf(&self, name: Option<&str>) -> Result<Option<usize>, HeapError> {
        let newest = |of: &dyn Fn(&Member) -> bool| {
            let wanted = self.certificates.iter().enumerate().filter(|(_, member)| of(member));
            // Of several the one that was renewed last.
            wanted.max_by_key(|(_, member)| member.inspected.not_before).map(|(index, _)| index)
        };
        if let Some(asked) = name {
            let found = newest(&|member| is_for(member, asked));
            let missing = || HeapError::NoSuchName { asked: asked.to_owned(), certificates: self.labels() };
            return found.map(Some).ok_or_else(missing);
        }
        if self.certificates.is_empty() {
            return Ok(None);
        }
        match self.only_key()? {
            Some(key) => match newest(&|member| member.key == *key.public()) {
                Some(leaf) => Ok(Some(leaf)),
                None => {
                    let key = key.public().title();
                    Err(HeapError::Mismatch { key, certificates: self.labels() })
                }
            },
            None => {
                let mut leaves = (0..self.certificates.len()).filter(|index| !self.is_ca(*index));
                Ok(leaves.next().filter(|_| leaves.next().is_none()))
            }
        }
    }

    fn only_key(&self) -> Result<Option<&PrivateKey>, HeapError> {
        match self.keys() {
            [] => Ok(None),
            [key] => Ok(Some(key)),
            keys => Err(HeapError::SeveralKeys { count: keys.len() }),
        }
    }

    fn is_ca(&self, index: usize) -> bool {
        self.certificates[index].inspected.authority.ca
    }

    /// The way up from a certificate, by place. Of several issuers a root comes first, then the one that lasts longest.
    fn chain(&self, leaf: usize) -> Vec<usize> {
        let mut chain = vec![leaf];
        while let Some(last) = chain.last().copied().filter(|last| !self.certificates[*last].inspected.self_signed) {
            let issuers = (0..self.certificates.len())
                .filter(|index| !chain.contains(index))
                .filter(|index| is_issued_by(&self.certificates[last], &self.certificates[*index]));
            let best = issuers.max_by_key(|index| {
                let inspected = &self.certificates[*index].inspected;
                (inspected.self_signed, inspected.not_after)
            });
            match best {
                Some(issuer) => chain.push(issuer),
                None => break,
            }
        }
        chain
    }
}

fn is_issued_by(member: &Member, issuer: &Member) -> bool {
    let (Ok(child), Ok(parent)) = (Parsed::from_der(&member.der), Parsed::from_der(&issuer.der)) else { return false };
    child.issuer() == parent.subject()
        && child.check_signature(parent.public_key(), webpki::ALL_VERIFICATION_ALGS) != Signature::Bad
}

/// Whether the name is one of the certificate's, or its common name.
fn is_for(member: &Member, asked: &str) -> bool {
    let it = &member.inspected;
    let is_asked = |name: &str| name.eq_ignore_ascii_case(asked);
    it.names.dns.iter().any(|name| is_asked(name))
        || it.names.ip.iter().any(|address| is_asked(&address.to_string()))
        || is_asked(&it.label())
}

#[cfg(test)]
mod tests {
    use common::input::Blob;

    use super::*;
    use crate::convert::pem;
    use crate::key::Algorithm;
    use crate::specimens::{Leaf, authority};

    fn heap(certificates: &[&CertificateDer<'static>], keys: &[&PrivateKey]) -> Heap {
        let mut text = pem::chain(certificates).into_bytes();
        keys.iter().for_each(|key| text.extend_from_slice(pem::private_key(key).expose()));
        let mut heap = Heap::new();
        heap.add(Blob::new("heap.pem", text).pieces().unwrap(), None).unwrap();
        heap
    }

    #[test]
    fn a_chain_is_built_out_of_a_heap_and_the_rest_left_out() {
        let (root, stranger) = (authority("Root", None), authority("Stranger", None));
        let intermediate = authority("Intermediate", Some(&root));
        let leaf = Leaf::default().issued_by(&intermediate);
        let (root, middle, stranger) = (&root.chain()[0], &intermediate.chain()[0], &stranger.chain()[0]);
        let heap = heap(&[stranger, root, &leaf, middle, root, &leaf], &[]);
        let selected = heap.select(Selection::default()).unwrap();
        assert_eq!(selected.labels, ["good.example", "Intermediate", "Root"]);
        assert_eq!(selected.left_out, ["Stranger"]);
        assert!(!selected.is_incomplete);
        let all = heap.select(Selection { all: true, ..Selection::default() }).unwrap();
        assert_eq!(all.labels, ["good.example", "Intermediate", "Root", "Stranger"]);
        assert!(all.left_out.is_empty());
    }

    #[test]
    fn the_private_key_says_which_leaf_is_meant() {
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        let own = Leaf::default().self_signed_with(&key);
        let other = Leaf { subject: "/CN=other.example", ..Leaf::default() }.self_signed();
        let heap = heap(&[&other, &own], &[&key]);
        let selected = heap.select(Selection::default()).unwrap();
        assert_eq!(selected.labels, ["good.example"]);
        assert_eq!(selected.key.map(PrivateKey::public), Some(key.public()));
        let named = heap.select(Selection { name: Some("other.example"), all: false }).unwrap();
        assert_eq!((named.labels, named.key.is_none()), (vec!["other.example".to_owned()], true));
    }

    #[test]
    fn a_key_without_its_certificate_is_refused() {
        let (key, another) =
            (PrivateKey::generate(Algorithm::P256).unwrap(), PrivateKey::generate(Algorithm::P256).unwrap());
        let leaf = Leaf::default().self_signed_with(&key);
        let mismatch = heap(&[&leaf], &[&another]).select(Selection::default()).unwrap_err();
        assert!(mismatch.to_string().contains("none of the certificates: good.example"), "{mismatch}");
        let several = heap(&[&leaf], &[&key, &another]);
        assert!(matches!(several.select(Selection::default()), Err(HeapError::SeveralKeys { count: 2 })));
        assert!(several.select(Selection { name: Some("GOOD.example"), all: false }).unwrap().key.is_some());
        assert!(several.select(Selection { name: Some("bad.example"), all: false }).is_err());
    }

    #[test]
    fn a_heap_of_cas_keeps_its_order() {
        let (one, two) = (authority("One", None), authority("Two", None));
        let selected = heap(&[&two.chain()[0], &one.chain()[0]], &[]);
        assert_eq!(selected.select(Selection::default()).unwrap().labels, ["Two", "One"]);
    }
}
