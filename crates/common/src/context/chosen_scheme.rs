//! Which signature scheme our own signature was made with. rustls chooses it in the middle of a handshake and tells
//! nobody; so each of our keys notes the choice as it is made.

use std::cell::Cell;
use std::sync::Arc;

use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::SubjectPublicKeyInfoDer;

thread_local! {
    static CHOSEN: Cell<Option<SignatureScheme>> = const { Cell::new(None) };
}

/// The scheme that a key of an [`Identity`](super::Identity) was last asked to sign with on this thread; none once it
/// has been taken. To be taken after each step of a handshake, as the next one on this thread may be another's.
pub fn take_chosen_scheme() -> Option<SignatureScheme> {
    CHOSEN.take()
}

/// A key that notes the scheme that is chosen for it.
#[derive(Debug)]
pub(super) struct Noting {
    key: Arc<dyn SigningKey>,
}

impl Noting {
    pub(super) fn new(key: Arc<dyn SigningKey>) -> Self {
        Self { key }
    }
}

impl SigningKey for Noting {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.key.choose_scheme(offered)?;
        CHOSEN.set(Some(signer.scheme()));
        Some(signer)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.key.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}
