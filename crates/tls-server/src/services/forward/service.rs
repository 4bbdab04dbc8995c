//! One connection: what the client sends goes to a backend, and what that sends goes back.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use engine::{BackendEvent, Dial, End, Opened, Out, Service, Services};

use super::Forward;
use super::backends::{Backends, Lease, Member};
use super::health::Change;
use super::notice::Notice;
use super::proxy_protocol::{self, Client};
use super::status::Fault;

/// Makes the services of one worker.
pub(super) struct Forwarder {
    forward: Forward,
    backends: Rc<RefCell<Backends>>,
}

impl Forwarder {
    pub(super) fn new(forward: Forward, backends: Backends) -> Self {
        Self { forward, backends: Rc::new(RefCell::new(backends)) }
    }
}

impl Services for Forwarder {
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service> {
        self.backends.borrow_mut().follow(&self.forward.list());
        let header =
            self.forward.settings().proxy_protocol.map(|version| proxy_protocol::encode(version, &client(opened)));
        Box::new(Forwarding {
            forward: self.forward.clone(),
            backends: Rc::clone(&self.backends),
            header: header.unwrap_or_default(),
            until: Instant::now() + self.forward.settings().connect,
            tried: Vec::new(),
            lease: None,
            client_ended: false,
            backend_ended: false,
        })
    }
}

/// What the backend is told of a client.
fn client<'a>(opened: &Opened<'a>) -> Client<'a> {
    Client {
        id: opened.peer.id,
        source: opened.peer.address,
        destination: opened.peer.local,
        facts: opened.facts,
        certified: !opened.certificates.is_empty(),
    }
}

/// A connection and its backend.
struct Forwarding {
    forward: Forward,
    backends: Rc<RefCell<Backends>>,
    /// What the backend is told first.
    header: Vec<u8>,
    /// By then a backend has to be reached.
    until: Instant,
    /// The backends that were not reached.
    tried: Vec<Rc<Member>>,
    /// The backend that is reached, or being tried.
    lease: Option<Lease>,
    client_ended: bool,
    backend_ended: bool,
}

impl Service for Forwarding {
    fn on_open(&mut self, out: &mut Out<'_>) {
        self.dial(out);
        out.backend_write(&std::mem::take(&mut self.header));
    }

    fn on_data(&mut self, _data: &[u8], out: &mut Out<'_>) {
        out.pass_on();
    }

    fn on_end(&mut self, end: End, out: &mut Out<'_>) {
        self.client_ended = true;
        match end {
            End::Closed if self.backend_ended => {
                out.backend_shut();
                out.close();
            }
            End::Closed => out.backend_shut(),
            End::CutOff => out.backend_abort(),
        }
    }

    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        match event {
            BackendEvent::Connected => {
                self.tried = Vec::new();
                self.reached();
            }
            BackendEvent::Failed(fault) => {
                self.failed(fault.into());
                self.dial(out);
            }
            BackendEvent::Data(_) => out.pass_on(),
            BackendEvent::End => {
                self.backend_ended = true;
                if self.client_ended { out.close() } else { out.shut() }
            }
            BackendEvent::Broken(_) => out.abort(),
        }
    }
}

impl Forwarding {
    /// Tries the next backend. Where none is left, the client is told by a reset that this was no conversation.
    fn dial(&mut self, out: &mut Out<'_>) {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
        let next = if left.is_zero() { None } else { self.backends.borrow_mut().choose(&self.tried, now) };
        let Some((member, others)) = next else { return out.abort() };
        out.dial(&Dial { to: member.target().clone(), deadline: share(left, others) });
        self.lease = Some(Lease::new(member));
    }

    fn reached(&self) {
        let Some(member) = self.lease.as_ref().map(Lease::member) else { return };
        if member.reached() == Change::Back {
            self.forward.tell(&Notice::Back { backend: member.backend().to_owned(), target: member.target().clone() });
        }
    }

    fn failed(&mut self, fault: Fault) {
        let Some(lease) = self.lease.take() else { return };
        let member = lease.member();
        if member.failed(fault, Instant::now()) == Change::ToRest {
            let (backend, target) = (member.backend().to_owned(), member.target().clone());
            self.forward.tell(&Notice::Rests { backend, target, fault });
        }
        self.tried.push(Rc::clone(member));
    }
}

/// How much of the time that is left a try may take: half where others may have to be tried after it.
fn share(left: Duration, others: usize) -> Duration {
    if others == 0 { left } else { left / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_leaves_time_for_those_after_it() {
        let mut left = Duration::from_secs(8);
        let tries: Vec<u64> = (0..4)
            .rev()
            .map(|others| {
                let share = share(left, others);
                left -= share;
                share.as_secs()
            })
            .collect();
        assert_eq!((tries, left), (vec![4, 2, 1, 1], Duration::ZERO));
    }
}
