//! From a checked configuration to what a server acts by: everything it names is read, checked as one, and put
//! together. A reload does the same again, and what has not changed is used on.

mod addresses;
mod admin;
mod clients;
mod front;
mod identities;
mod services;
mod summary;
#[cfg(test)]
mod tests;
mod tickets;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use common::context::tickets::TicketKeys;
use common::context::{Identity, KeyLogging, Policy, ServerContext};
use common::terminal::CliError;
use common::{Clock, Secret};
use engine::{Bounds, Limits, Listener, PerWorker, Plan, ProxyHeader, Services};

use crate::config::{self, Checked};
use crate::control::reload::{InForce, Watched, WatchedStore};
use crate::identities::{Identities, Report};
use crate::services::forward::Tell;
use crate::services::{Forward, Sink};

pub use self::addresses::{Address, resolve};
pub use self::clients::admission_of;
pub use self::front::Front;
use self::services::Kept as KeptService;

/// Asks for a passphrase.
pub type Ask = Arc<dyn Fn(&str) -> Result<Option<Secret>, CliError> + Send + Sync>;

/// What a program lends to the assembly.
#[derive(Clone)]
pub struct Tools {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes what `hello` hands a worker's requests to.
    pub sink: Arc<dyn Fn() -> Sink + Send + Sync>,
    /// Told of what is wrong with an identity that is loaded later.
    pub report: Report,
    /// Told what there is to tell of backends.
    pub tell: Tell,
    /// Asked for the passphrase of a key, by the name of its file, where none is configured.
    pub ask: Ask,
    /// What answers on the admin listener, where that speaks TLS.
    pub admin: PerWorker<dyn Services>,
    /// What was read from standard input, which can be read once only.
    pub stdin: Option<Identity>,
    /// How many connections the system lets this process hold.
    pub possible: usize,
}

/// Puts together what a server acts by, again and again.
pub struct Assembler {
    tools: Tools,
    kept: Kept,
}

/// What is used on where it has not changed.
#[derive(Default)]
struct Kept {
    identities: HashMap<String, Arc<Identities>>,
    services: HashMap<String, KeptService>,
    ticket_keys: Option<Arc<TicketKeys>>,
    store: Option<(store::Location, Arc<dyn store::Store>)>,
}

/// One listener of the configuration, which may have several addresses.
#[derive(Clone)]
pub struct Served {
    /// Its name.
    pub name: Arc<str>,
    /// What it serves by.
    pub policy: Policy,
    /// How configurations are chosen.
    pub front: Arc<Front>,
    /// Where the backends of `forward` stand.
    pub forward: Option<Forward>,
    /// Its bounds.
    pub limits: Limits,
    /// Where it listens, as configured and resolved.
    pub addresses: Vec<std::net::SocketAddr>,
}

/// What a server acts by.
pub struct Assembly {
    /// For the engine.
    pub plan: Plan,
    /// For whoever reloads.
    pub in_force: InForce,
    /// The listeners, for whoever watches.
    pub served: Vec<Served>,
    /// What works and is not as it should be.
    pub warnings: Vec<String>,
}

/// Why nothing was put together: every reason, and what was looked at in vain.
#[derive(Debug)]
pub struct Faults {
    /// The reasons, at least one.
    pub faults: Vec<CliError>,
    /// A change of one of these may mend it.
    pub paths: Vec<PathBuf>,
}

/// What is gathered on the way.
#[derive(Default)]
struct Gathered {
    faults: Vec<CliError>,
    warnings: Vec<String>,
    paths: Vec<PathBuf>,
    store: Option<WatchedStore>,
}

impl Assembler {
    /// With nothing in force yet.
    pub fn new(tools: Tools) -> Self {
        Self { tools, kept: Kept::default() }
    }

    /// Reads everything that `checked` names, and puts it together. What is in force stays usable whatever comes of it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn assemble(&mut self, checked: &Checked) -> Result<Assembly, Faults> {
        let mut gathered = Gathered::default();
        if let config::Source::File(path) = &checked.source {
            gathered.paths.push(path.clone());
        }
        let keys = self.ticket_keys(checked, &mut gathered);
        let mut next = Kept { ticket_keys: keys.own.clone(), store: self.kept.store.take(), ..Kept::default() };
        let (mut served, mut listeners) = (Vec::new(), Vec::new());
        for listener in &checked.listeners {
            if let Some((front, kept)) = self.listener(checked, listener, &keys, &mut next, &mut gathered) {
                let of_engine = engine_listeners(&front, &kept, listener, &self.tools, &mut gathered);
                listeners.extend(of_engine.iter().cloned());
                served.push(Served {
                    name: listener.name.value.as_str().into(),
                    policy: listener.policy.policy(),
                    front,
                    forward: kept.forward().cloned(),
                    limits: limits(listener),
                    addresses: of_engine.iter().map(|listener| listener.address).collect(),
                });
                next.services.insert(listener.name.value.clone(), kept);
            }
        }
        if let Some((served_admin, listener)) = self.admin(checked, &served, &mut gathered) {
            served.push(served_admin);
            listeners.push(listener);
        }
        if !gathered.faults.is_empty() {
            self.kept.store = next.store;
            return Err(Faults { faults: gathered.faults, paths: gathered.paths });
        }
        self.kept = next;
        let plan = Plan { listeners, bounds: self.bounds(checked, &mut gathered) };
        let in_force = InForce {
            summary: summary::of(checked, &served, &keys, &plan),
            watched: Watched { paths: gathered.paths, store: gathered.store },
            ticket_keys: keys.own,
            drain: checked.limits.drain_timeout.value,
        };
        Ok(Assembly { plan, in_force, served, warnings: gathered.warnings })
    }

    /// One listener: its identities, its clients, its tickets and its service.
    fn listener(
        &mut self,
        checked: &Checked,
        listener: &config::Listener,
        keys: &tickets::Keys,
        next: &mut Kept,
        gathered: &mut Gathered,
    ) -> Option<(Arc<Front>, KeptService)> {
        let identities = self.identities(checked, listener, next, gathered);
        let admission = self.admission(listener, gathered);
        let service = self.service(listener, gathered);
        let (identities, admission, service) = (identities?, admission.ok()?, service?);
        let context = ServerContext {
            policy: listener.policy.policy(),
            clients: clients::asked(&listener.clients, admission.as_ref()),
            resumption: keys.resumption(listener, admission.as_deref()),
            key_logging: match &checked.log.keylog {
                None => KeyLogging::Off,
                Some(path) => KeyLogging::File(path.value.clone()),
            },
            ..ServerContext::with_resolver(Arc::clone(&identities) as _)
        };
        let config = context.config().map_err(|error| gathered.faults.push(fault_of_context(&error))).ok()?;
        next.identities.insert(listener.name.value.clone(), Arc::clone(&identities));
        let front = Front::new(config, identities, admission, Arc::clone(&self.tools.clock));
        Some((Arc::new(front), service))
    }

    fn bounds(&self, checked: &Checked, gathered: &mut Gathered) -> Bounds {
        let possible = self.tools.possible;
        let connections = checked.limits.max_connections.as_ref().map_or(possible, |most| most.value.get());
        if connections > possible {
            gathered.warnings.push(format!(
                "max connections {connections}: the system lets this process hold about {possible}; raise its limit of \
                 open files (`ulimit -n`, or LimitNOFILE in a unit) for more"
            ));
        }
        Bounds {
            connections,
            per_address: checked.limits.max_per_ip.as_ref().map(|most| most.value),
            handshake_rate: checked.limits.max_handshake_rate.as_ref().map(|most| most.value),
        }
    }
}

/// What the engine is told of a listener, once for each of its addresses.
fn engine_listeners(
    front: &Arc<Front>,
    service: &KeptService,
    listener: &config::Listener,
    tools: &Tools,
    gathered: &mut Gathered,
) -> Vec<Listener> {
    let addresses = match addresses::all(listener) {
        Ok(addresses) => addresses,
        Err(faults) => {
            gathered.faults.extend(faults);
            return Vec::new();
        }
    };
    let one = |address: Address| Listener {
        name: listener.name.value.as_str().into(),
        address: address.address,
        configs: Arc::clone(front) as _,
        services: service.services(tools),
        limits: limits(listener),
        proxy: match listener.accept_proxy.as_slice() {
            [] => ProxyHeader::Off,
            networks => ProxyHeader::From(networks.iter().map(|network| network.value).collect()),
        },
        fingerprint: service.wants_fingerprint(),
    };
    addresses.into_iter().map(one).collect()
}

fn limits(listener: &config::Listener) -> Limits {
    Limits {
        connections: listener.max_connections.as_ref().map(|most: &config::Set<NonZeroUsize>| most.value),
        handshake: listener.handshake_timeout.value,
        idle: listener.idle_timeout.value,
        ..Limits::default()
    }
}

fn fault_of_context(error: &common::context::ContextError) -> CliError {
    use common::context::ContextError;
    let words = common::terminal::ui::chain(error);
    match error {
        ContextError::KeyLog { .. } | ContextError::Tickets(_) => CliError::environment(words),
        _ => CliError::usage(words),
    }
}
