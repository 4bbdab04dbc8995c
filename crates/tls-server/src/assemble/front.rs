//! What a listener has in force: which configuration a client gets, and whether it is let in.

use std::fmt;
use std::sync::Arc;

use common::Clock;
use common::facts::{ClientIdentity, Facts};
use engine::{Choice, Configs, Detail, Wake};
use pki::clients::Admission;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use wire::ClientHello;

use crate::identities::{Identities, Ready, Waiter};

/// The identities, the clients and the configuration of a listener.
pub struct Front {
    config: Arc<ServerConfig>,
    identities: Arc<Identities>,
    admission: Option<Arc<Admission>>,
    clock: Arc<dyn Clock>,
}

impl Front {
    pub(super) fn new(
        config: Arc<ServerConfig>,
        identities: Arc<Identities>,
        admission: Option<Arc<Admission>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { config, identities, admission, clock }
    }

    /// Which certificates are shown.
    pub fn identities(&self) -> &Arc<Identities> {
        &self.identities
    }

    /// Who is let in, where clients are asked.
    pub fn admission(&self) -> Option<&Arc<Admission>> {
        self.admission.as_ref()
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("identities", &self.identities).finish_non_exhaustive()
    }
}

impl Configs for Front {
    fn choose(&self, hello: Option<&ClientHello<'_>>, wake: &dyn Fn() -> Wake) -> Choice {
        let waiter = || -> Waiter {
            let wake = wake();
            Box::new(move || wake.wake())
        };
        match self.identities.ready(hello, &waiter) {
            Ready::Yes => Choice::Config(Arc::clone(&self.config)),
            Ready::Later => Choice::Later,
            Ready::Refuse(alert) => Choice::Refuse(alert),
        }
    }

    fn admit(
        &self,
        _facts: &Facts,
        certificates: &[CertificateDer<'static>],
    ) -> Result<Option<Arc<ClientIdentity>>, Detail> {
        match &self.admission {
            Some(admission) if !certificates.is_empty() => match admission.admit(certificates, self.clock.now()) {
                Ok(client) => Ok(Some(Arc::new(client))),
                Err(refusal) => Err(Arc::new(refusal)),
            },
            _ => Ok(None),
        }
    }

    fn detail(&self, error: &rustls::Error) -> Option<Detail> {
        match error {
            rustls::Error::InvalidCertificate(_) => pki::verify::take_refusal().map(|refusal| Arc::new(refusal) as _),
            _ => None,
        }
    }
}
