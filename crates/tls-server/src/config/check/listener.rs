//! One listener.

use super::super::checked::{Listener, Tickets};
use super::super::look::Look;
use super::super::problem::Fault;
use super::super::shown::Shown;
use super::super::{Origin, Set, files, keys, values};
use super::process::Bounds;
use super::{clients, identity, policy, service};

/// Everything about it. The name of one that has none is given later, when all are known.
pub(super) fn check(mut look: Look<'_>, bounds: Option<&Bounds>, shown: &mut Shown) -> Option<Listener> {
    let name = match look.has(&keys::NAME) {
        true => look.optional(&keys::NAME, values::name),
        false => Some(Set::new(String::new(), Origin::Default)),
    };
    let addresses = look.each(&keys::ADDRESS, values::place);
    let service = service::check(&mut look);
    let accept_proxy = look.each(&keys::ACCEPT_PROXY, values::network);
    let identity = identity::check(&mut look);
    let clients = clients::check(&mut look);
    let policy = policy::check(&mut look);
    let tickets = tickets(&mut look);
    let max_connections = look.optional(&keys::LISTENER_CONNECTIONS, values::count);
    let handshake = timeout(&mut look, &keys::LISTENER_HANDSHAKE_TIMEOUT);
    let idle = timeout(&mut look, &keys::LISTENER_IDLE_TIMEOUT);
    shown.tables.push(look.shown);
    Some(Listener {
        name: name?,
        addresses: Some(addresses).filter(|addresses| !addresses.is_empty())?,
        service: service?,
        identity: identity?,
        clients: clients?,
        policy: policy?,
        max_connections,
        handshake_timeout: handshake.or(bounds.map(|bounds| bounds.handshake_timeout))?,
        idle_timeout: idle.or(bounds.map(|bounds| bounds.idle_timeout))?,
        accept_proxy,
        tickets: tickets?,
    })
}

fn timeout(look: &mut Look<'_>, key: &'static keys::Key) -> Option<Set<std::time::Duration>> {
    look.optional(key, values::deadline)
}

fn tickets(look: &mut Look<'_>) -> Option<Tickets> {
    let resumed = look.defaulted(&keys::TICKETS, values::switch)?;
    if !resumed.value {
        let advice = format!("leave it out, or {}", look.called(&keys::TICKETS));
        look.without_effect(&keys::TICKET_KEYS, "where no session is resumed", advice);
        return Some(Tickets::Off);
    }
    if !look.has(&keys::TICKET_KEYS) {
        return Some(Tickets::Own);
    }
    look.path(&keys::TICKET_KEYS, |path| match files::private(path) {
        Err(fault) if fault.advice.is_none() => Err(Fault {
            advice: Fault::new("").advise("make one: `openssl rand -base64 48`, with mode 0600").advice,
            ..fault
        }),
        other => other,
    })
    .map(Tickets::File)
}
