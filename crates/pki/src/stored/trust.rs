//! Whom a client believes without being told: the store's CAs.

use common::context::{Anchor, Origin};
use rustls_pki_types::CertificateDer;
use store::Store;

use super::StoredError;

/// The root of every CA in the store, each once; of a CA whose root is not there, the topmost certificate.
///
/// # Errors
/// The store could not be read.
pub fn anchors(store: &dyn Store) -> Result<Vec<Anchor>, StoredError> {
    let mut anchors: Vec<Anchor> = Vec::new();
    for authority in store.authorities()? {
        let Some(root) = authority.chain.into_iter().next_back() else { continue };
        let der = CertificateDer::from(root);
        if anchors.iter().all(|anchor| anchor.der != der) {
            anchors.push(Anchor { der, origin: Origin::Store(authority.name) });
        }
    }
    Ok(anchors)
}
