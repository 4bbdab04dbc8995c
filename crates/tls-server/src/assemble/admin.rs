//! The admin listener where it speaks TLS: one more listener of the engine, with the certificate of the first one and
//! clients of a CA of its own.

use std::sync::Arc;

use common::context::{Clients, KeyLogging, Policy, Resumption, ServerContext};
use common::terminal::CliError;
use engine::{Limits, Listener, ProxyHeader};
use pki::clients::{Admission, Rules};
use pki::verify::{ClientCertificates, Verifier};

use super::{Assembler, Front, Gathered, Served, addresses, clients, fault_of_context};
use crate::config::{Admin, Checked, Target};

/// Its name among the listeners.
pub(super) const NAME: &str = "admin";

impl Assembler {
    /// The admin listener, where clients have to show a certificate on it. What is wrong is gathered.
    pub(super) fn admin(
        &self,
        checked: &Checked,
        served: &[Served],
        gathered: &mut Gathered,
    ) -> Option<(Served, Listener)> {
        let Admin { address, client_ca } = checked.admin.as_ref()?;
        let client_ca = &client_ca.as_ref()?.value;
        let first = served.first()?;
        gathered.paths.push(client_ca.clone());
        let made = match &address.value {
            Target::Tcp(place) => addresses::resolve(place).map(|found| found.into_iter().next()),
            Target::Unix(_) => {
                Err(CliError::usage("the admin listener speaks TLS on an address, not on a Unix socket")
                    .advise("leave its client CA away: the socket is for its owner alone"))
            }
        };
        let made = made.and_then(|address| Ok((address, self.front(first, client_ca)?)));
        let (address, front) = made.map_err(|fault| gathered.faults.push(fault)).ok()?;
        let front = Arc::new(front);
        let listener = Listener {
            name: NAME.into(),
            address: address?.address,
            configs: Arc::clone(&front) as _,
            services: Arc::clone(&self.tools.admin),
            limits: Limits::default(),
            proxy: ProxyHeader::Off,
            fingerprint: false,
        };
        let served = Served {
            name: NAME.into(),
            policy: Policy::default(),
            front,
            forward: None,
            limits: Limits::default(),
            addresses: vec![listener.address],
        };
        Some((served, listener))
    }

    fn front(&self, first: &Served, client_ca: &std::path::Path) -> Result<Front, CliError> {
        let trust = clients::trust(client_ca)?;
        let verifier = Verifier::new(Arc::new(trust), first.policy.provider)
            .map_err(|error| CliError::usage(common::terminal::ui::chain(&error)))?
            .with_client_certificates(ClientCertificates::Required);
        let admission = Arc::new(Admission::new(verifier, Rules::default()));
        let identities = Arc::clone(first.front.identities());
        let context = ServerContext {
            policy: Policy { alpn: Vec::new(), ..first.policy.clone() },
            clients: Clients::Required(Arc::clone(&admission) as _),
            resumption: Resumption::Off,
            key_logging: KeyLogging::Off,
            ..ServerContext::with_resolver(Arc::clone(&identities) as _)
        };
        let config = context.config().map_err(|error| fault_of_context(&error))?;
        Ok(Front::new(config, identities, Some(admission), Arc::clone(&self.tools.clock)))
    }
}
