//! A server that runs, as others see it: whoever changes it, whoever watches it, and the log's sentences.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{io, iter};

use arc_swap::ArcSwap;
use common::facts::version_name;
use engine::observe::Totals;
use engine::observe::lines::Queue;
use engine::{Bounds, Handle, Limits, Plan};
use pki::explain::Circumstances;

use crate::access::Surroundings;
use crate::assemble::{Assembly, Served};
use crate::control::reload::{Outcome, Problem};
use crate::control::{Phase, Serve, State};
use crate::identities::IdentityStatus;
use crate::status::{self, About, Certificates, LastReload, Readiness};
use crate::{admin, control};

/// What is in force, for whoever only looks.
struct InForce {
    /// The listeners, in the order of the configuration.
    served: Vec<Served>,
    /// The bounds of the process.
    bounds: Bounds,
    /// Where it listens, as bound.
    addresses: Vec<(Arc<str>, SocketAddr)>,
}

/// What the log and the pages know of a server, from before it listens.
pub struct View {
    in_force: ArcSwap<InForce>,
    about: About,
    state: Arc<State>,
    log: OnceLock<Queue>,
}

impl View {
    /// Of a server that acts by nothing yet.
    pub fn new(about: About, state: Arc<State>) -> Self {
        let nothing = InForce { served: Vec::new(), bounds: Bounds::default(), addresses: Vec::new() };
        Self { in_force: ArcSwap::from_pointee(nothing), about, state, log: OnceLock::new() }
    }

    /// The queue of its log.
    pub fn log_to(&self, queue: Queue) {
        self.log.get_or_init(|| queue);
    }

    /// It acts by `assembly` now, and listens on `addresses`, in the order of the plan.
    pub fn serves(&self, assembly: &Assembly, addresses: &[SocketAddr]) {
        self.put_in_force(assembly.served.clone(), assembly.plan.bounds.clone(), addresses);
    }

    fn put_in_force(&self, served: Vec<Served>, bounds: Bounds, addresses: &[SocketAddr]) {
        let names = served.iter().flat_map(|served| iter::repeat_n(&served.name, served.addresses.len()));
        let addresses = names.cloned().zip(addresses.iter().copied()).collect();
        self.in_force.store(Arc::new(InForce { served, bounds, addresses }));
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("about", &self.about).finish_non_exhaustive()
    }
}

impl InForce {
    /// The listener that is bound to `address`.
    fn at(&self, address: SocketAddr) -> Option<&Served> {
        let (name, _) = self.addresses.iter().find(|(_, bound)| *bound == address)?;
        self.served.iter().find(|served| served.name == *name)
    }
}

/// What the log's sentences need. A listener that is gone meanwhile is spoken of as the defaults are.
impl Surroundings for View {
    fn limits(&self, listener: SocketAddr) -> Limits {
        self.in_force.load().at(listener).map(|served| served.limits.clone()).unwrap_or_default()
    }

    fn bounds(&self) -> Bounds {
        self.in_force.load().bounds.clone()
    }

    fn circumstances(&self, listener: SocketAddr) -> Circumstances {
        let in_force = self.in_force.load();
        let plain = Circumstances::server("");
        let Some(served) = in_force.at(listener) else { return plain };
        let names: Vec<String> =
            served.policy.versions.supported().iter().rev().map(|version| version_name(version.version)).collect();
        Circumstances {
            versions: Some(names.join(" and ")),
            alpn: served.policy.alpn.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect(),
            own_certificate: served.front.identities().default_leaf().map(|leaf| leaf.label()),
            ..plain
        }
    }
}

/// A server that serves.
#[derive(Clone)]
pub struct Running {
    handle: Handle,
    view: Arc<View>,
    admin: Arc<Mutex<Option<admin::Serving>>>,
}

impl Running {
    /// The server of `handle`, which acts by what `view` shows.
    pub fn new(handle: Handle, view: Arc<View>) -> Self {
        Self { handle, view, admin: Arc::default() }
    }

    /// The pages end with the server, or when another process takes over.
    pub fn keep_admin(&self, serving: admin::Serving) {
        *self.admin.lock().unwrap_or_else(PoisonError::into_inner) = Some(serving);
    }

    /// Ends the admin pages.
    pub fn stop_admin(&self) {
        let serving = self.admin.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            serving.stop();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("view", &self.view).finish_non_exhaustive()
    }
}

/// What a reload puts in force.
pub struct Applied {
    /// For the engine.
    pub plan: Plan,
    /// For whoever looks.
    pub served: Vec<Served>,
}

impl Applied {
    /// Of an assembly.
    pub fn of(assembly: &Assembly) -> Self {
        Self { plan: assembly.plan.clone(), served: assembly.served.clone() }
    }
}

impl Serve for Running {
    type Plan = Applied;

    fn update(&self, applied: Applied) -> Result<(), Vec<Problem>> {
        let Applied { plan, served } = applied;
        let bounds = plan.bounds.clone();
        match self.handle.update(plan) {
            Ok(updated) => {
                self.view.put_in_force(served, bounds, &updated.addresses);
                Ok(())
            }
            Err(error) => Err(vec![control::problem(&error)]),
        }
    }

    fn drain(&self, deadline: Duration) {
        self.handle.drain(deadline);
    }

    fn stop(&self) {
        self.handle.stop();
    }

    fn connections(&self) -> u64 {
        self.handle.totals().connections
    }

    fn sockets(&self) -> io::Result<Vec<(SocketAddr, OwnedFd)>> {
        self.handle.sockets()
    }

    fn hand_over(&self, deadline: Duration) {
        self.stop_admin(); // the successor has pages of its own, at the same address
        self.handle.hand_over(deadline);
    }
}

impl status::Source for Running {
    fn about(&self) -> &About {
        &self.view.about
    }

    fn totals(&self) -> Totals {
        self.handle.totals()
    }

    fn listeners(&self) -> Vec<status::Listener> {
        let in_force = self.view.in_force.load();
        let mut totals = self.handle.listeners();
        let addresses = |name: &str| {
            in_force.addresses.iter().filter(|(other, _)| **other == *name).map(|(_, address)| *address).collect()
        };
        let mut listeners: Vec<status::Listener> = in_force
            .served
            .iter()
            .map(|served| status::Listener {
                name: Arc::clone(&served.name),
                addresses: addresses(&served.name),
                limits: served.limits.clone(),
                totals: totals.iter().position(|totals| totals.name == served.name).map(|at| totals.remove(at)),
            })
            .collect();
        // Those that are gone and have connections still.
        listeners.extend(totals.into_iter().map(|totals| status::Listener {
            name: Arc::clone(&totals.name),
            addresses: Vec::new(),
            limits: Limits::default(),
            totals: Some(totals),
        }));
        listeners
    }

    fn bounds(&self) -> Bounds {
        self.view.in_force.load().bounds.clone()
    }

    fn answers(&self, within: Duration) -> bool {
        self.handle.ping(within)
    }

    fn readiness(&self) -> Readiness {
        match self.view.state.phase() {
            Phase::Serving => Readiness::Ready,
            Phase::Draining | Phase::HandedOver => Readiness::Draining,
            phase @ (Phase::Starting | Phase::Stopping) => Readiness::NotReady(vec![format!("it is {phase}")]),
        }
    }

    fn certificates(&self, most: usize) -> Certificates {
        let in_force = self.view.in_force.load();
        let mut certificates = Certificates::default();
        let mut loaded: Vec<IdentityStatus> = Vec::new();
        for served in &in_force.served {
            let identities = served.front.identities();
            let counts = identities.counts();
            certificates.loaded += counts.loaded as u64;
            certificates.failed += counts.failed as u64;
            certificates.waiting += (counts.identities - counts.loaded - counts.failed) as u64;
            loaded.extend(identities.first_to_end(most));
            certificates.unusable.extend(identities.failed(most).into_iter().map(Into::into));
        }
        loaded.sort_by_key(|identity| identity.not_after);
        certificates.list = loaded.into_iter().take(most).map(Into::into).collect();
        certificates.unusable.truncate(most);
        certificates
    }

    fn backends(&self) -> Vec<status::Backend> {
        let in_force = self.view.in_force.load();
        let forwards = in_force.served.iter().filter_map(|served| Some((&served.name, served.forward.as_ref()?)));
        forwards.flat_map(|(name, forward)| forward.status(name)).collect()
    }

    fn reload(&self) -> status::Reload {
        let reload = self.view.state.reload();
        status::Reload {
            generation: reload.generation,
            last: reload.last.map(|last| LastReload {
                at: last.at,
                trigger: last.trigger.to_string(),
                outcome: match last.outcome {
                    Outcome::Changed => status::Outcome::Changed,
                    Outcome::Unchanged => status::Outcome::Unchanged,
                    Outcome::Refused => status::Outcome::Refused,
                },
                difference: last.difference.changes.iter().map(ToString::to_string).collect(),
                problems: last.problems.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    fn log(&self) -> Option<Queue> {
        self.view.log.get().cloned()
    }
}
