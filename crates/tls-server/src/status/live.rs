//! A source made of a running server and of what others know of it.

use std::sync::Arc;
use std::time::Duration;

use engine::observe::lines::Queue;
use engine::observe::{ListenerTotals, Totals};
use engine::{Bounds, Handle, Plan};

use super::{About, Backend, Certificates, Listener, Readiness, Reload, Source};

/// Tells something when it is asked.
pub type Tell<T> = Box<dyn Fn() -> T + Send + Sync>;

/// A [`Source`] of a server of the engine. What the engine does not know is told by whoever knows it.
pub struct Live {
    /// What does not change.
    pub about: About,
    /// The server.
    pub handle: Handle,
    /// What is in force.
    pub plan: Tell<Arc<Plan>>,
    /// Whether newcomers are to be sent here.
    pub readiness: Tell<Readiness>,
    /// The certificates, as many as are asked for.
    pub certificates: Box<dyn Fn(usize) -> Certificates + Send + Sync>,
    /// The backends.
    pub backends: Tell<Vec<Backend>>,
    /// How the last change of the configuration went.
    pub reload: Tell<Reload>,
    /// The queue of the log.
    pub log: Option<Queue>,
}

impl Live {
    /// What can be said of a server that nothing else is known of.
    pub fn new(about: About, handle: Handle, plan: Tell<Arc<Plan>>) -> Self {
        Self {
            about,
            handle,
            plan,
            readiness: Box::new(|| Readiness::Ready),
            certificates: Box::new(|_most| Certificates::default()),
            backends: Box::new(Vec::new),
            reload: Box::new(|| Reload { generation: 1, last: None }),
            log: None,
        }
    }
}

impl Source for Live {
    fn about(&self) -> &About {
        &self.about
    }

    fn totals(&self) -> Totals {
        self.handle.totals()
    }

    fn listeners(&self) -> Vec<Listener> {
        let mut totals = self.handle.listeners();
        let mut listeners: Vec<Listener> = Vec::new();
        // Those of the plan may have asked for any port; these have them.
        let bound = self.handle.addresses();
        for (place, listener) in (self.plan)().listeners.iter().enumerate() {
            let address = bound.get(place).copied().unwrap_or(listener.address);
            match listeners.iter_mut().find(|other| other.name == listener.name) {
                Some(other) => other.addresses.push(address),
                None => listeners.push(Listener {
                    name: Arc::clone(&listener.name),
                    addresses: vec![address],
                    limits: listener.limits.clone(),
                    totals: take(&mut totals, &listener.name),
                }),
            }
        }
        listeners
    }

    fn bounds(&self) -> Bounds {
        (self.plan)().bounds.clone()
    }

    fn answers(&self, within: Duration) -> bool {
        self.handle.ping(within)
    }

    fn readiness(&self) -> Readiness {
        (self.readiness)()
    }

    fn certificates(&self, most: usize) -> Certificates {
        (self.certificates)(most)
    }

    fn backends(&self) -> Vec<Backend> {
        (self.backends)()
    }

    fn reload(&self) -> Reload {
        (self.reload)()
    }

    fn log(&self) -> Option<Queue> {
        self.log.clone()
    }
}

fn take(totals: &mut Vec<ListenerTotals>, name: &Arc<str>) -> Option<ListenerTotals> {
    let place = totals.iter().position(|listener| listener.name == *name)?;
    Some(totals.swap_remove(place))
}
